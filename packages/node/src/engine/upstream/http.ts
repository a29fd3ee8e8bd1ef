/** Answers of upstream servers. */
import { IncomingMessage } from 'node:http';
import { pipeline, Readable, Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { type HttpCall, openHttpClient, takePresent } from '@atoma/base';

/** An answer whose body is still to be read. */
export interface UpstreamResponse {
  readonly status: number;
  readonly contentType: string;
  /** The header Retry-After. */
  readonly retryAfter: string | undefined;
  /** Parts of the body as they arrive, decompressed. Ends with an error when the connection breaks. */
  readonly body: Readable;
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
/** How long the end of a body that holds nothing more of interest is waited for, ms. */
const DRAIN_MS = 1_000;

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

const decoded = (message: IncomingMessage): Readable => {
  const encoding = message.headers['content-encoding'];
  if (encoding === undefined) return message;
  const names = encoding
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length === 0) return message;
  const unknown = names.find((name) => !decoders[name]);
  if (unknown !== undefined) {
    message.destroy();
    return Readable.from(refuseEncoding(unknown));
  }
  const steps = names.reverse().map((name) => (decoders[name] as () => Transform)());
  return pipeline([message, ...steps], () => undefined) as unknown as Readable;
};

const toResponse = (message: IncomingMessage): UpstreamResponse => {
  const body = decoded(message);
  for (const each of [message, body]) each.on('error', () => undefined); // who reads the body is told; an abort after that concerns nobody
  return {
    status: message.statusCode ?? 0,
    contentType: (message.headers['content-type'] ?? '').toLowerCase(),
    retryAfter: message.headers['retry-after'],
    body,
    cancel: () => {
      message.destroy();
      body.destroy();
    },
  };
};

/** Opens connections as they are needed. */
export const openConnections = (): Connections => {
  const { send, close } = openHttpClient({ maxFreeSockets: 256, timeout: IDLE_MS });
  return { send: async (call) => toResponse(await send(call)), close };
};

/** The whole body. Rejects when it breaks off or is larger than 64 MiB. */
export const readAll = async ({ body, cancel }: UpstreamResponse): Promise<Buffer> => {
  await undefined;
  const present = body instanceof IncomingMessage ? takePresent(body, MAX_ANSWER_BYTES) : undefined;
  if (present) return present;
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    length += (part as Buffer).length;
    if (length > MAX_ANSWER_BYTES) {
      cancel();
      throw new DOMException(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`, 'NetworkError');
    }
    parts.push(part as Buffer);
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
};

/** Reads on to the end of a body of which nothing more is wanted, so that its connection can be used again; gives it up soon. */
export const drain = ({ body, cancel }: UpstreamResponse): void => {
  if (body.readableEnded || body.destroyed) return;
  const timer = setTimeout(cancel, DRAIN_MS);
  timer.unref();
  body.once('close', () => clearTimeout(timer));
  body.resume();
};
