/** Reading a request body from the socket, with limits of size and time. */
import type { IncomingMessage } from 'node:http';
import { type BodyFault, readWhole } from '@atoma/base';
import { type Checked, ok, type Problem, problem } from '../serve/problem.ts';

const faults: Readonly<Record<BodyFault, Problem>> = {
  tooLarge: problem('body_too_large'),
  tooSlow: problem('invalid_request', { detail: 'the body took too long' }),
  broken: problem('invalid_request', { detail: 'the body ended early' }),
};

/** The whole body, or why it is refused. Stops reading at the limit. */
export const readRequestBody = async (
  incoming: IncomingMessage,
  limit: number,
  timeoutMs: number,
): Promise<Checked<Uint8Array>> => {
  const body = await readWhole(incoming, limit, timeoutMs);
  return typeof body === 'string' ? faults[body] : ok(body);
};
