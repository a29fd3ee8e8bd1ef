/** Reading a request body from the socket, with limits of size and time. */
import type { IncomingMessage } from 'node:http';
import { type Problem, problem } from '../serve/problem.ts';

/** The whole body, or why it is refused. Stops reading at the limit. */
export const readRequestBody = (
  incoming: IncomingMessage,
  limit: number,
  timeoutMs: number,
): Promise<Uint8Array | Problem> =>
  new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    const end = (value: Uint8Array | Problem): void => {
      clearTimeout(timer);
      incoming.off('data', data).off('end', whole).off('error', broken).off('close', broken);
      resolve(value);
    };
    const data = (part: Buffer): void => {
      length += part.length;
      if (length <= limit) {
        parts.push(part);
        return;
      }
      incoming.pause();
      end(problem('body_too_large'));
    };
    const whole = (): void => end(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
    const broken = (): void => end(problem('invalid_request', { detail: 'the body ended early' }));
    const timer = setTimeout(() => end(problem('invalid_request', { detail: 'the body took too long' })), timeoutMs);
    incoming.on('data', data).on('end', whole).on('error', broken).on('close', broken);
    if (incoming.readableEnded) whole();
  });
