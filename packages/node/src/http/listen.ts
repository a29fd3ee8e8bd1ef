/** Opening and closing an HTTP server. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { nodeError } from '../errors.ts';

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Stops accepting; ends connections after `graceMs`. */
  readonly close: (graceMs?: number) => Promise<void>;
}

const HEADERS_TIMEOUT_MS = 15_000;

/** Listens on the address. Throws `NODE_PORT`. */
export const listen = async (
  app: Hono<{ Bindings: HttpBindings }>,
  where: { readonly host: string; readonly port: number },
): Promise<Listening> => {
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS, keepAliveTimeout: 65_000, requestTimeout: 0 },
  }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(nodeError('PORT', { port: where.port, why: cause.message }, cause)));
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
