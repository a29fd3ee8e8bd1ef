/** Answers of upstream servers. */
import { pipeline, Readable, Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { type HttpCall, type HttpReply, openHttpClient } from '@atoma/base';

/** An answer whose body is still to be read. */
export interface UpstreamResponse {
  readonly status: number;
  readonly contentType: string;
  /** The header Retry-After. */
  readonly retryAfter: string | undefined;
  /** Parts of the body as they arrive, decompressed. Ends with an error when the connection breaks. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body. Rejects when it breaks off or is larger than 64 MiB. */
  readonly whole: () => Promise<Buffer>;
  /** Reads on to the end of a body of which nothing more is wanted, so that its connection can be used again; gives it up soon. */
  readonly discard: () => void;
  /** Gives the connection up. */
  readonly cancel: () => void;
}

/** Connections of one engine. */
export interface Connections {
  /** Sends and waits for status and headers. */
  readonly send: (call: HttpCall) => Promise<UpstreamResponse>;
  /** Ends them all, those in use too. */
  readonly close: () => void;
}

const IDLE_MS = 30_000;

/** Largest whole answer, bytes. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** What is called deflate is zlib's format, and the bare one where servers misread the name: the first byte tells. */
const createAnyInflate = (): Transform => {
  let inflate: Transform | undefined;
  return new Transform({
    transform(part: Buffer, _, done) {
      if (!inflate) {
        inflate = ((part[0] ?? 0) & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw();
        inflate.on('data', (bytes) => this.push(bytes)).on('error', (error) => this.destroy(error));
      }
      if (inflate.write(part)) done();
      else inflate.once('drain', done);
    },
    flush(done) {
      if (inflate) inflate.once('end', done).end();
      else done();
    },
  });
};

/** Servers are asked not to compress; proxies in front of them do it all the same. */
const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: zlib.createGunzip,
  'x-gzip': zlib.createGunzip,
  deflate: createAnyInflate,
  br: zlib.createBrotliDecompress,
  // Absent in the oldest Node that runs this.
  ...(typeof zlib.createZstdDecompress === 'function' ? { zstd: zlib.createZstdDecompress } : {}),
};

async function* refuseEncoding(name: string): AsyncGenerator<Uint8Array> {
  yield* [];
  throw new DOMException(`its answer is encoded as ${name}`, 'NetworkError');
}

/** What takes a body's encodings off; none where it has none. */
const decodersOf = ({ header }: HttpReply): readonly string[] =>
  (header('content-encoding') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');

const decoded = (reply: HttpReply, names: readonly string[]): AsyncIterable<Uint8Array> => {
  const unknown = names.find((name) => !decoders[name]);
  if (unknown !== undefined) {
    reply.cancel();
    return refuseEncoding(unknown);
  }
  const steps = [...names].reverse().map((name) => (decoders[name] as () => Transform)());
  const body = pipeline([Readable.from(reply.body), ...steps], () => undefined) as unknown as Readable;
  return body.on('error', () => undefined); // who reads it is told; an abort after that concerns nobody
};

const readAll = async (body: AsyncIterable<Uint8Array>, cancel: () => void): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > MAX_ANSWER_BYTES) {
      cancel();
      throw new DOMException(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`, 'NetworkError');
    }
    parts.push(part);
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
};

const toResponse = (reply: HttpReply): UpstreamResponse => {
  const { status, header, discard, cancel } = reply;
  const names = decodersOf(reply);
  const body = names.length === 0 ? reply.body : decoded(reply, names);
  return {
    status,
    contentType: (header('content-type') ?? '').toLowerCase(),
    retryAfter: header('retry-after'),
    body,
    whole: () => readAll(body, cancel),
    discard,
    cancel,
  };
};

/** Opens connections as they are needed. */
export const openConnections = (): Connections => {
  const { send, close } = openHttpClient({ idleMs: IDLE_MS });
  return { send: async (call) => toResponse(await send(call)), close };
};
