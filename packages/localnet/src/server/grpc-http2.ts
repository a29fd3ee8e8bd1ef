import { once } from 'node:events';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { parseTimeout, switchUnder, withDeadline } from '../rpc/transport/deadline.ts';
import type { Dispatch, RpcReply } from '../rpc/transport/dispatch.ts';
import { decodeRequest, encodeFrame, MAX_MESSAGE_BYTES, trailerPairs } from '../rpc/transport/frames.ts';
import { methodPath, readBody } from '../rpc/transport/grpc-web.ts';
import { Status, statusOf } from '../rpc/transport/status.ts';

const CONTENT_TYPE = 'application/grpc+proto';

/** Fails a call before any message: everything travels in the headers. */
const fail = (stream: ServerHttp2Stream, error: unknown): void => {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond(
    { ':status': 200, 'content-type': CONTENT_TYPE, ...trailerPairs(statusOf(error)) },
    { endStream: true },
  );
};

/** Starts the reply; `status` is read when the last message is out. */
const open = (stream: ServerHttp2Stream, status: () => ReturnType<typeof statusOf>): void => {
  stream.respond({ ':status': 200, 'content-type': CONTENT_TYPE }, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(trailerPairs(status())));
};

const sendStream = async (stream: ServerHttp2Stream, messages: AsyncIterable<Uint8Array>): Promise<void> => {
  let status: ReturnType<typeof statusOf> = { code: Status.OK, message: '' };
  open(stream, () => status);
  try {
    for await (const message of messages) {
      if (stream.destroyed) return;
      if (!stream.write(encodeFrame(0, message))) await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
    }
  } catch (error) {
    status = statusOf(error);
  }
  if (!stream.destroyed) stream.end();
};

const send = async (stream: ServerHttp2Stream, reply: RpcReply): Promise<void> => {
  if (reply.kind === 'stream') return sendStream(stream, reply.messages);
  if (stream.destroyed) return;
  open(stream, () => ({ code: Status.OK, message: '' }));
  stream.end(encodeFrame(0, reply.message));
};

/** Serves one native gRPC call of an HTTP/2 connection. */
export const serveGrpc = async (
  dispatch: Dispatch,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  shutdown: AbortSignal,
): Promise<void> => {
  stream.on('error', () => {}); // a reset by the client is not a fault of the server
  if (!(headers['content-type'] ?? '').toLowerCase().startsWith('application/grpc')) {
    stream.respond({ ':status': 415 }, { endStream: true });
    return;
  }
  const call = switchUnder(shutdown);
  stream.once('close', () => {
    call.release();
    call.abort(new DOMException('the client went away', 'AbortError'));
  });
  try {
    const timeout = parseTimeout(headers['grpc-timeout'] as string | undefined);
    const signal = withDeadline(call.signal, timeout);
    const message = decodeRequest(await readBody(stream as AsyncIterable<Buffer>, MAX_MESSAGE_BYTES + 5));
    await send(stream, await dispatch({ path: methodPath(String(headers[':path'])), message, signal }));
  } catch (error) {
    fail(stream, error);
  }
};
