/** The answer to what is not even HTTP: the same error body as everywhere, then the connection ends. */
import type { Duplex } from 'node:stream';
import { type Problem, problem, problemJson, problems } from '../serve/problem.ts';

const problemOf = (code: string | undefined): Problem => {
  if (code === 'HPE_HEADER_OVERFLOW') return problem('envelope_malformed', { detail: 'the headers are too long' });
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return problem('invalid_request', { detail: 'its headers took too long' });
  return problem('invalid_request', { detail: 'it is not HTTP' });
};

/** Writes the answer to a socket whose request could not be read. */
export const answerBroken = (error: Error & { readonly code?: string }, socket: Duplex): void => {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const value = problemOf(error.code);
  const body = JSON.stringify(problemJson(value, null));
  const head = [
    `HTTP/1.1 ${problems[value.code].status} Bad Request`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};
