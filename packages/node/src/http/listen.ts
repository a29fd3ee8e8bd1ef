/** Opening an HTTP server over an application. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answerUnreadable, type Listening, listenOn, type StaticSite, serverTimes, serveStatic } from '@atoma/base';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { nodeError } from '../node-errors.ts';
import { unreadable } from './broken.ts';

export type { Listening };

/** Answers a request, or leaves it to the next. */
export type FirstListener = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

/** Pages come behind what costs something. */
export const withPages = (pages: StaticSite | undefined, first: FirstListener = () => false): FirstListener =>
  pages ? (incoming, outgoing) => first(incoming, outgoing) || serveStatic(pages, incoming, outgoing) : first;

/** Listens on the address; `first` may answer a request before the application sees it. Throws `NODE_PORT`. */
export const listen = async (
  app: Hono<{ Bindings: HttpBindings }>,
  where: { readonly host: string; readonly port: number },
  first: FirstListener = () => false,
): Promise<Listening> => {
  const rest = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer(serverTimes, (incoming, outgoing) => {
    if (!first(incoming, outgoing)) void rest(incoming, outgoing);
  });
  answerUnreadable(server, unreadable);
  return listenOn(server, where).catch((cause: Error) => {
    throw nodeError('PORT', { port: where.port, why: cause.message }, cause);
  });
};
