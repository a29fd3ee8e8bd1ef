/** What every HTTP server here does with sockets: listening, noticing that a client left, writing an answer. */
import { type IncomingMessage, type OutgoingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** Limits of a server: ms to send the head of a request, ms a connection may stay idle. Bodies are bounded by who reads them. */
export const serverTimes = {
  headersTimeout: 15_000,
  keepAliveTimeout: 65_000,
  requestTimeout: 0,
  connectionsCheckingInterval: 5_000,
} as const;

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Stops accepting; ends connections after `graceMs`. */
  readonly close: (graceMs?: number) => Promise<void>;
}

/** Listens; port 0 is any free one. Rejects with the error of the socket. */
export const listenOn = async (
  server: Server,
  where: { readonly host: string; readonly port: number },
): Promise<Listening> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where.port, where.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: (graceMs = 0) =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), graceMs).unref();
      }),
  };
};

/** Why the head of a request could not be read. */
export type HeadFault = 'tooLong' | 'tooSlow' | 'broken';

const headFaults: Readonly<Record<string, HeadFault>> = {
  HPE_HEADER_OVERFLOW: 'tooLong',
  ERR_HTTP_REQUEST_TIMEOUT: 'tooSlow',
};

/** Has what is no request answered in JSON, then its connection ended; behind an answer that is still on its way, only ended. */
export const answerUnreadable = (
  server: Server,
  answer: (fault: HeadFault) => { readonly status: number; readonly body: string },
): void => {
  const answering = new WeakMap<Duplex, ServerResponse>();
  const ending = new WeakSet<Duplex>();
  server.prependListener('request', (incoming, outgoing) => void answering.set(incoming.socket, outgoing));
  server.on('clientError', (error: Error & { readonly code?: string }, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    if (ending.has(socket)) return; // all that comes is unreadable now
    const before = answering.get(socket);
    if (before?.writableFinished === false) {
      ending.add(socket);
      before.once('close', () => socket.end());
      return;
    }
    const { status, body } = answer(headFaults[error.code ?? ''] ?? 'broken');
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
};

/** A header as one text; undefined when it was not sent. */
export const headerOf = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
};

/** Why a body could not be read as a whole. */
export type BodyFault = 'tooLarge' | 'tooSlow' | 'broken';

/** How long and how far what is too much is still read away: who is sending does not read an answer before. */
const [LINGER_MS, LINGER_BYTES] = [2_000, 64 * 1024 * 1024];

/** Reads the rest of a body away, within bounds. */
const readAway = (message: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    let length = 0;
    const end = (): void => {
      clearTimeout(timer);
      message.off('data', data).off('end', end).off('close', end);
      message.pause();
      resolve();
    };
    const data = (part: Buffer): void => {
      length += part.length;
      if (length > LINGER_BYTES) end();
    };
    const timer = setTimeout(end, LINGER_MS);
    message.on('data', data).on('end', end).on('close', end).resume();
  });

const readParts = (message: IncomingMessage, maxBytes: number, timeoutMs: number): Promise<Buffer | BodyFault> =>
  new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    const end = (value: Buffer | BodyFault): void => {
      clearTimeout(timer);
      message.off('data', data).off('end', whole).off('close', broken);
      resolve(value);
    };
    const data = (part: Buffer): void => {
      length += part.length;
      parts.push(part);
      if (length <= maxBytes) return;
      message.pause();
      end('tooLarge');
    };
    const whole = (): void => end(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
    const broken = (): void => end('broken');
    const timer = timeoutMs > 0 ? setTimeout(() => end('tooSlow'), timeoutMs) : undefined;
    message.on('data', data).on('end', whole).on('close', broken);
    message.on('error', () => undefined); // 'close' follows
    if (message.readableEnded) whole();
    else if (message.destroyed) broken();
  });

/** Takes a short body that came with its head, a turn after the head; undefined when it is not all here, or is larger than `maxBytes`. */
export const takePresent = (message: IncomingMessage, maxBytes: number): Buffer | undefined => {
  const { complete, headers, readableLength: here } = message;
  if (here === 0 || here > maxBytes || !(complete || Number(headers['content-length']) === here)) return undefined;
  const body: Buffer = message.read();
  message.resume(); // to its end
  return body;
};

/** Reads a body as a whole, within bounds of size and, unless `timeoutMs` is 0, of time. Keeps nothing beyond the bound. */
export const readWhole = async (
  message: IncomingMessage,
  maxBytes = Number.POSITIVE_INFINITY,
  timeoutMs = 0,
): Promise<Buffer | BodyFault> => {
  await undefined; // a short body that came with its head is there by then
  const present = takePresent(message, maxBytes);
  if (present) return present;
  const read = await readParts(message, maxBytes, timeoutMs);
  if (read === 'tooLarge' && !message.readableEnded) await readAway(message);
  return read;
};

/** Aborts when the client closes the connection before its answer is complete. */
export const clientSignal = (outgoing: ServerResponse): AbortSignal => {
  const gone = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort(new DOMException('The client went away', 'AbortError'));
  });
  return gone.signal;
};

/** A stream of text, or of bytes. Who takes it either reads `pieces` to the end or calls `cancel`. */
export interface TextStream<Piece extends string | Uint8Array = string> {
  readonly pieces: AsyncIterable<Piece>;
  /** Ends the source at once, also while a piece is waited for. */
  readonly cancel: () => void;
  /** Bytes a slow reader may lag behind before its connection is closed; without it the source waits for the reader. */
  readonly mostUnsent?: number;
}

/** What a client is sent. */
export interface HttpAnswer<Piece extends string | Uint8Array = string> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | TextStream<Piece>;
}

/** Larger bodies are written apart from their head. */
const ONE_WRITE_BYTES = 65_536;

/** Ends a message with its whole body: as text of single bytes a small one leaves with its head in one write. */
export const endWith = (outgoing: OutgoingMessage, body: Uint8Array): void => {
  if (body.length > ONE_WRITE_BYTES) outgoing.end(body);
  else outgoing.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1'), 'latin1');
};

const drained = (outgoing: ServerResponse): Promise<void> =>
  new Promise((resume) => {
    outgoing.once('drain', resume);
    outgoing.once('close', resume);
  });

const writeStream = async (
  outgoing: ServerResponse,
  { pieces, cancel, mostUnsent }: TextStream<string | Uint8Array>,
): Promise<void> => {
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) cancel();
  });
  let first = true;
  try {
    for await (const piece of pieces) {
      if (outgoing.destroyed) return;
      const flows = outgoing.write(piece);
      // Node holds what is written until the work at hand is done; the first piece does not wait for the ones behind it.
      if (first) outgoing.socket?.uncork();
      first = false;
      if (mostUnsent === undefined) {
        if (!flows) await drained(outgoing);
      } else if (outgoing.writableLength > mostUnsent) {
        outgoing.destroy();
        return;
      }
    }
    outgoing.end();
  } catch (error) {
    if (!outgoing.destroyed) throw error;
  }
};

/** A connection on which the rest of a body may still come cannot take another request. */
const closing = ({ req }: ServerResponse): Readonly<Record<string, string>> =>
  req.complete ? {} : { connection: 'close' };

/** Writes an answer; a stream as its pieces come. Ends the connection when the body was not read. Rejects when the stream fails. */
export const writeAnswer = async (outgoing: ServerResponse, answer: HttpAnswer<string | Uint8Array>): Promise<void> => {
  const { status, headers, body } = answer;
  if (outgoing.destroyed) {
    if (!(body instanceof Uint8Array)) body.cancel();
    return;
  }
  if (!(body instanceof Uint8Array)) {
    outgoing.writeHead(status, { ...headers, ...closing(outgoing) });
    await writeStream(outgoing, body);
    return;
  }
  outgoing.writeHead(status, { ...headers, ...closing(outgoing), 'content-length': String(body.length) });
  endWith(outgoing, body);
};
