import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatch } from '../rpc/transport/dispatch.ts';
import {
  answerWebCall,
  bodyLimit,
  methodPath,
  readBody,
  webContentType,
  webFailure,
} from '../rpc/transport/grpc-web.ts';

/** Media types may be written in capitals. */
const contentType = ({ headers }: IncomingMessage): string => (headers['content-type'] ?? '').toLowerCase();

/** Whether a request is gRPC-web by its content type. */
export const isGrpcWeb = (request: IncomingMessage): boolean => contentType(request).startsWith('application/grpc-web');

const writePieces = async (response: ServerResponse, pieces: AsyncIterable<Buffer>): Promise<void> => {
  response.flushHeaders();
  for await (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
};

/** Serves one gRPC-web call of an HTTP/1.1 connection. */
export const serveGrpcWeb = async (
  dispatch: Dispatch,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> => {
  const text = contentType(request).includes('-text');
  response.setHeader('content-type', webContentType(text));
  try {
    const body = await readBody(request as AsyncIterable<Buffer>, bodyLimit(text));
    const timeout = request.headers['grpc-timeout'] as string | undefined;
    const reply = await answerWebCall(dispatch, { path: methodPath(request.url ?? ''), text, timeout, body, signal });
    if (Buffer.isBuffer(reply)) response.end(reply);
    else await writePieces(response, reply);
  } catch (error) {
    if (!response.destroyed) response.end(webFailure(text, error));
  }
};
