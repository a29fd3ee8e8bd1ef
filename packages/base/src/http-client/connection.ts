/** One kept connection, and the exchange it is in. */
import { connect as connectPlain, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type AnswerParser, createAnswerParser } from './parser.ts';
import { type HttpReply, type OpenReply, openReply } from './reply.ts';

/** Where connections go. */
export interface Server {
  readonly secure: boolean;
  /** For the header `host`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** One request on a connection. */
export interface Exchange {
  readonly head: string;
  readonly body: Uint8Array | undefined;
  /** ms of silence after which `onSilence` is asked whether to wait as long again. */
  readonly timeoutMs: number | undefined;
  readonly onSilence: (() => Promise<boolean>) | undefined;
  readonly answered: (reply: HttpReply) => void;
  /** No answer came; `stale`: the connection had been used before and was closed before a byte was heard. */
  readonly failed: (error: Error, stale: boolean) => void;
  /** The answer has ended, or broken off. */
  readonly over: () => void;
}

/** A connection that is in an exchange, or waits for one. */
export interface Connection {
  readonly start: (exchange: Exchange) => void;
  /** Ends it, and the exchange with that reason. */
  readonly end: (reason: Error) => void;
  /** Whether it has ended, or waited for so long that its server will have closed it. */
  readonly over: () => boolean;
}

/** How a connection is opened. */
export interface ConnectionParameters {
  readonly server: Server;
  readonly lookup: LookupFunction | undefined;
  /** ms it is kept without an exchange, where its server does not name a shorter time. */
  readonly idleMs: number;
  /** Told when it can take another exchange. */
  readonly free: (connection: Connection) => void;
  /** Told once, when it has ended. */
  readonly gone: (connection: Connection) => void;
  /** The TLS session of its server, shared by its connections. */
  readonly session: { value?: Buffer };
}

/** Larger bodies are written apart from their head. */
const ONE_WRITE_BYTES = 65_536;
/** A server closes an idle connection by its own clock: it is left alone so much earlier, ms. */
const MARGIN_MS = 1_000;

const hungUp = (): Error => new DOMException('socket hang up', { name: 'NetworkError', cause: { code: 'ECONNRESET' } });

/** Codes of a connection that its server had closed. */
const closed: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);
const isClosed = (error: Error & { readonly code?: unknown }): boolean =>
  closed.has(error.code) || closed.has((error.cause as { readonly code?: unknown } | undefined)?.code);

const open = ({ server, lookup, session }: ConnectionParameters): Socket => {
  const { secure, host, port } = server;
  const options = { host, port, noDelay: true, keepAlive: true, ...(lookup ? { lookup } : {}) };
  if (!secure) return connectPlain(options);
  const socket = connectTls({
    ...options,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(session.value ? { session: session.value } : {}),
  });
  return socket.on('session', (value) => {
    session.value = value;
  });
};

/** ms an idle connection is kept: as long as its server says, less a margin. */
const keptFor = (reply: HttpReply | undefined, idleMs: number): number => {
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})/i.exec(reply?.header('keep-alive') ?? '')?.[1];
  return seconds === undefined ? idleMs : Math.min(idleMs, Number(seconds) * 1_000 - MARGIN_MS);
};

const write = (socket: Socket, { head, body }: Exchange): void => {
  if (!body || body.length > ONE_WRITE_BYTES) {
    socket.write(head, 'latin1');
    if (body) socket.write(body);
  } else socket.write(head + Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1'), 'latin1');
};

/** An exchange under way. */
interface Ongoing {
  readonly exchange: Exchange;
  readonly parser: AnswerParser;
  reply: OpenReply | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Whether a byte came. */
  heard: boolean;
  /** Whether its reader is slower than its server, whose silence then says nothing. */
  paused: boolean;
  /** Whether all of its answer came. */
  complete: boolean;
}

/** Begins an exchange on a connection. `end` ends the connection, unless the exchange is over. */
const begin = (exchange: Exchange, socket: Socket, end: (of: Ongoing, reason: Error) => void): Ongoing => {
  const parser = createAnswerParser({
    head: (status, headers) => {
      const reply = openReply(status, headers, {
        pause: () => flow(true),
        resume: () => flow(false),
        cancel: (reason) => end(ongoing, reason),
      });
      ongoing.reply = reply;
      exchange.answered(reply.reply);
    },
    data: (part) => ongoing.reply?.data(part),
    end: () => {
      ongoing.complete = true;
      ongoing.reply?.end();
    },
  });
  const ongoing: Ongoing = {
    ...{ exchange, parser, reply: undefined, timer: undefined },
    ...{ heard: false, paused: false, complete: false },
  };
  const flow = (paused: boolean): void => {
    if (ongoing.complete) return;
    ongoing.paused = paused;
    if (paused) socket.pause();
    else socket.resume();
  };
  const { timeoutMs, onSilence } = exchange;
  const giveUp = (): void => end(ongoing, new DOMException(`no answer within ${timeoutMs} ms`, 'NetworkError'));
  const again = (): void => void ongoing.timer?.refresh();
  const silence = (): void => {
    if (ongoing.paused) again();
    else if (onSilence) onSilence().then((waits) => (waits ? again() : giveUp()), giveUp);
    else giveUp();
  };
  if (timeoutMs !== undefined) ongoing.timer = setTimeout(silence, timeoutMs);
  return ongoing;
};

/** Opens a connection; it takes its first exchange at once. */
export const openConnection = (parameters: ConnectionParameters): Connection => {
  const socket = open(parameters);
  let current: Ongoing | undefined;
  let [used, ended] = [false, false];
  let expires = Number.POSITIVE_INFINITY;

  const take = (): Ongoing | undefined => {
    const was = current;
    current = undefined;
    clearTimeout(was?.timer);
    if (was) was.timer = undefined;
    return was;
  };
  const end = (reason: Error): void => {
    if (ended) return;
    ended = true;
    socket.destroy();
    parameters.gone(connection);
    const was = take();
    if (was?.reply) {
      was.reply.fail(reason);
      was.exchange.over();
    } else was?.exchange.failed(reason, used && !was.heard && isClosed(reason));
  };
  const park = ({ reply }: Ongoing): void => {
    if (ended) return;
    used = true;
    expires = performance.now() + keptFor(reply?.reply, parameters.idleMs);
    socket.unref();
    parameters.free(connection);
  };
  const release = (was: Ongoing): void => {
    take();
    was.exchange.over();
    if (was.paused) socket.resume();
    if (!was.parser.keepsAlive()) end(hungUp());
    else if (socket.writableLength === 0) park(was);
    else socket.write('', () => park(was)); // once all of the request has left
  };
  const hear = (bytes: Buffer): void => {
    const of = current;
    if (!of) {
      end(hungUp()); // nothing was asked
      return;
    }
    of.heard = true;
    of.timer?.refresh();
    try {
      of.parser.push(bytes);
      if (of.complete && current === of) release(of);
    } catch (error) {
      end(error as Error);
    }
  };
  socket
    .on('data', hear)
    .on('end', () => {
      current?.parser.close();
      end(hungUp());
    })
    .on('error', end)
    .on('close', () => end(hungUp()));

  const connection: Connection = {
    start: (exchange) => {
      expires = Number.POSITIVE_INFINITY;
      if (used) socket.ref();
      current = begin(exchange, socket, (of, reason) => {
        if (current === of) end(reason);
      });
      write(socket, exchange);
    },
    end,
    over: () => ended || performance.now() > expires,
  };
  return connection;
};
