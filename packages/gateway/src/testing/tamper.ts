/** A proxy in front of a node that changes, delays or breaks answers. */
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a proxy does; may be changed while it runs. */
export interface Mischief {
  /** Changes the body of an answer to work; null: passes it on as it comes. */
  change: ((text: string) => string) | null;
  /** Replaces receipt and signature in the headers of answers to work; null: passes them on. */
  resign: ((receipt: Uint8Array) => { readonly receipt: Uint8Array; readonly signature: Uint8Array }) | null;
  /** Headers of answers to work to leave out. */
  drop: readonly string[];
  /** Ends the connection after so many bytes of an answer, once. */
  breakAfter: number | null;
  /** Answers work with this status once for each. */
  statuses: number[];
  /** Holds answers to work until their client has left. */
  holds: boolean;
  /** Requests for work seen. */
  work: number;
}

/** A running proxy. */
export interface FaultProxy {
  readonly url: string;
  readonly mischief: Mischief;
  readonly close: () => Promise<void>;
}

/** Starts a proxy for `target()`. */
export const startProxy = async (target: () => string): Promise<FaultProxy> => {
  const mischief: Mischief = {
    change: null,
    resign: null,
    drop: [],
    breakAfter: null,
    statuses: [],
    holds: false,
    work: 0,
  };
  const server = createServer((incoming, outgoing) => {
    const isWork = incoming.method === 'POST' && !/receipts|disputes/.test(incoming.url ?? '');
    if (isWork) mischief.work++;
    const status = isWork ? mischief.statuses.shift() : undefined;
    if (status !== undefined) {
      incoming.resume();
      outgoing.writeHead(status, { 'content-type': 'text/html' }).end('<html>bad</html>');
      return;
    }
    const { host: _, ...headers } = incoming.headers;
    const call = httpRequest(
      new URL(incoming.url ?? '/', target()),
      { method: incoming.method ?? 'GET', headers },
      async (answer) => {
        const kept = Object.fromEntries(
          Object.entries(answer.headers).filter(([name]) => !isWork || !mischief.drop.includes(name)),
        );
        if (isWork && mischief.resign && kept['atoma-receipt'] !== undefined) {
          const made = mischief.resign(new Uint8Array(Buffer.from(String(kept['atoma-receipt']), 'base64')));
          kept['atoma-receipt'] = Buffer.from(made.receipt).toString('base64');
          kept['atoma-receipt-signature'] = Buffer.from(made.signature).toString('base64');
        }
        if (isWork && mischief.holds && !outgoing.closed) await once(outgoing, 'close');
        if (isWork && mischief.change) {
          const parts: Buffer[] = [];
          for await (const part of answer) parts.push(part as Buffer);
          const { 'content-length': __, ...rest } = kept;
          outgoing
            .writeHead(answer.statusCode ?? 500, rest)
            .end(mischief.change(Buffer.concat(parts).toString('utf8')));
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 500, kept);
        let left = isWork ? mischief.breakAfter : null;
        if (left !== null) mischief.breakAfter = null;
        answer.on('error', () => outgoing.destroy());
        answer.on('end', () => outgoing.end());
        answer.on('data', (part: Buffer) => {
          if (left !== null && part.length >= left) {
            outgoing.write(part.subarray(0, left), () => outgoing.destroy());
            return;
          }
          if (left !== null) left -= part.length;
          outgoing.write(part);
        });
      },
    );
    call.on('error', () => outgoing.destroy());
    outgoing.on('close', () => call.destroy());
    incoming.pipe(call);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mischief,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
