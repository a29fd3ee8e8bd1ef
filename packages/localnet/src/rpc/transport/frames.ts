import { rpcError } from '../rpc-errors.ts';
import type { CallStatus } from './status.ts';

/** Largest request message in bytes. A transaction is at most 128 KiB, so this leaves room for batches. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

const HEADER_BYTES = 5;
const TRAILER_FLAG = 0x80;

/** A gRPC frame: flag byte, big-endian u32 length, body. */
export const encodeFrame = (flag: number, body: Uint8Array): Buffer => {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  frame[0] = flag;
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, HEADER_BYTES);
  return frame;
};

/** The lines of a gRPC-web trailer; native gRPC sends the same pairs as HTTP/2 trailers. */
export const trailerPairs = (status: CallStatus): Readonly<Record<string, string>> => ({
  'grpc-status': String(status.code),
  'grpc-message': encodeURIComponent(status.message),
  ...status.metadata,
});

/** The trailer frame that ends every gRPC-web reply. */
export const encodeTrailers = (status: CallStatus): Buffer =>
  encodeFrame(
    TRAILER_FLAG,
    Buffer.from(
      Object.entries(trailerPairs(status))
        .map(([name, value]) => `${name}:${value}\r\n`)
        .join(''),
    ),
  );

/** The one message inside a request body. Throws RPC_BAD_FRAME, RPC_COMPRESSED or RPC_BODY_TOO_LARGE. */
export const decodeRequest = (body: Uint8Array): Uint8Array => {
  if (body.length < HEADER_BYTES) throw rpcError('BAD_FRAME', { reason: `${body.length} bytes, at least 5 expected` });
  const flag = body[0] as number;
  if (flag === 1) throw rpcError('COMPRESSED');
  if (flag !== 0) throw rpcError('BAD_FRAME', { reason: `flag ${flag} instead of 0` });
  const length = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(1);
  if (length > MAX_MESSAGE_BYTES) throw rpcError('BODY_TOO_LARGE', { limit: MAX_MESSAGE_BYTES });
  if (body.length !== HEADER_BYTES + length)
    throw rpcError('BAD_FRAME', { reason: `${length} bytes announced, ${body.length - HEADER_BYTES} sent` });
  return body.subarray(HEADER_BYTES);
};

/** Bytes of a gRPC-web-text body: base64, possibly several padded pieces in a row. Throws RPC_BAD_FRAME. */
export const decodeText = (body: Uint8Array): Uint8Array => {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
  if (!/^[A-Za-z0-9+/=\s]*$/.test(text)) throw rpcError('BAD_FRAME', { reason: 'the body is not base64' });
  const pieces = text.match(/[^=]+=*/g) ?? [];
  return pieces.length === 1
    ? Buffer.from(pieces[0] as string, 'base64')
    : Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')));
};

/** Bytes of a frame as the text format sends them: base64, frame by frame. */
export const encodeText = (frame: Buffer): Buffer => Buffer.from(frame.toString('base64'), 'latin1');
