/** Whole answers of nodes in JSON, bounded in silence and in time: a node that trickles holds nobody up. */
import { record } from '../../wire/json.ts';
import type { NodeRequest, Transport } from './http.ts';

/** What a whole answer may take, ms. */
const WHOLE_MS = 60_000;

/** An answer that was read. */
export interface WholeAnswer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Sends a request and reads its answer within `wholeMs`. Rejects where that is not enough, or the answer is no JSON. */
export const askWhole = async (
  send: Transport,
  request: Omit<NodeRequest, 'signal'>,
  wholeMs = WHOLE_MS,
): Promise<WholeAnswer> => {
  const answer = await send({ ...request, signal: AbortSignal.timeout(wholeMs) });
  return { status: answer.status, json: record(JSON.parse(Buffer.from(await answer.bytes()).toString('utf8'))) };
};
