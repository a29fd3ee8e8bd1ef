import type { Socket } from 'node:net';

const HTTP2_START = 'PRI';

/** How long a connection may stay silent before its first bytes, ms. */
const FIRST_BYTES_MS = 10_000;

/** Where connections go by their first bytes. */
export interface Protocols {
  readonly http1: (socket: Socket) => void;
  readonly http2: (socket: Socket) => void;
}

/** Looks at the first three bytes (`PRI` opens HTTP/2) and hands the socket over with nothing consumed. */
export const routeByFirstBytes = (socket: Socket, protocols: Protocols): void => {
  let seen = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.setTimeout(FIRST_BYTES_MS, () => socket.destroy());
  const onData = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const start = seen.toString('latin1', 0, HTTP2_START.length);
    if (start.length < HTTP2_START.length && HTTP2_START.startsWith(start)) return;
    socket.off('data', onData);
    socket.pause();
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    socket.unshift(seen);
    if (start === HTTP2_START) {
      protocols.http2(socket);
      return;
    }
    protocols.http1(socket);
    socket.resume();
  };
  socket.on('data', onData);
};
