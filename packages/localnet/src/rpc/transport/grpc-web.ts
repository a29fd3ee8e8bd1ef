import { rpcError } from '../rpc-errors.ts';
import { parseTimeout, withDeadline } from './deadline.ts';
import type { Dispatch, RpcReply } from './dispatch.ts';
import { decodeRequest, decodeText, encodeFrame, encodeText, encodeTrailers, MAX_MESSAGE_BYTES } from './frames.ts';
import { Status, statusOf } from './status.ts';

const OK = { code: Status.OK, message: '' };

/** One gRPC-web call, free of any HTTP library. */
export interface WebCall {
  readonly path: string;
  /** Whether body and reply are base64 text (`application/grpc-web-text`). */
  readonly text: boolean;
  readonly timeout: string | null | undefined;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

/** Body of a gRPC-web reply: whole, or in pieces as they appear. */
export type WebReply = Buffer | AsyncIterable<Buffer>;

/** Path of a method in a request's target: a query, which some proxies add, names no other method. */
export const methodPath = (target: string): string => target.split('?', 1)[0] as string;

/** Exactly these content types: a charset or a suffix breaks clients. */
export const webContentType = (text: boolean): string =>
  text ? 'application/grpc-web-text' : 'application/grpc-web+proto';

async function* streamFrames(messages: AsyncIterable<Uint8Array>, encode: (frame: Buffer) => Buffer) {
  try {
    for await (const message of messages) yield encode(encodeFrame(0, message));
    yield encode(encodeTrailers(OK));
  } catch (error) {
    yield encode(encodeTrailers(statusOf(error)));
  }
}

const bodyOf = (reply: RpcReply, encode: (frame: Buffer) => Buffer): WebReply =>
  reply.kind === 'unary'
    ? encode(Buffer.concat([encodeFrame(0, reply.message), encodeTrailers(OK)]))
    : streamFrames(reply.messages, encode);

/** Answers one gRPC-web call. Never rejects: errors travel in the trailer frame. */
export const answerWebCall = async (dispatch: Dispatch, call: WebCall): Promise<WebReply> => {
  const encode = call.text ? encodeText : (frame: Buffer) => frame;
  try {
    const signal = withDeadline(call.signal, parseTimeout(call.timeout));
    const message = decodeRequest(call.text ? decodeText(call.body) : call.body);
    return bodyOf(await dispatch({ path: call.path, message, signal }), encode);
  } catch (error) {
    return encode(encodeTrailers(statusOf(error)));
  }
};

/** The trailer-only reply to a request that could not even be read. */
export const webFailure = (text: boolean, error: unknown): Buffer => {
  const frame = encodeTrailers(statusOf(error));
  return text ? encodeText(frame) : frame;
};

/** Longest body in bytes; text bodies are a third longer than what they carry. */
export const bodyLimit = (text: boolean): number =>
  text ? Math.ceil(MAX_MESSAGE_BYTES / 3) * 4 + 16 : MAX_MESSAGE_BYTES + 5;

/** A body that is too large is still read up to here, so that the refusal reaches its sender and the connection serves on. */
const MOST_DRAINED_BYTES = 64 * 1024 * 1024;

/** Collects a body of at most `limit` bytes; throws RPC_BODY_TOO_LARGE beyond it. */
export const readBody = async (chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length <= limit) parts.push(chunk);
    else parts.length = 0;
    if (length > MOST_DRAINED_BYTES) break; // ends the connection
  }
  if (length > limit) throw rpcError('BODY_TOO_LARGE', { limit });
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
};
