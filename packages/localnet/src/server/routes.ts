import type { IncomingMessage, ServerResponse } from 'node:http';
import { inServerSpan, type StaticSite, serveStatic } from '@atoma/base';
import { chainState, type Ledger } from '../rpc/ledger-functions.ts';
import { SERVER_NAME } from '../rpc/rpc-params.ts';
import type { Dispatch } from '../rpc/transport/dispatch.ts';
import { isAdminPath, serveAdmin } from './admin.ts';
import { allowOrigins, answerPreflight } from './cors.ts';
import { type FaucetOptions, isFaucetPath, serveFaucet } from './faucet.ts';
import { isGraphqlPath, serveGraphql } from './graphql.ts';
import { isGrpcWeb, serveGrpcWeb } from './grpc-http1.ts';
import { closedSignal, sendJson } from './http-io.ts';
import { refuseOtherApi } from './refusals.ts';

/** Everything HTTP requests may reach. */
export interface Site {
  readonly ledger: Ledger;
  readonly dispatch: Dispatch;
  readonly faucet: FaucetOptions;
  /** Pages for browsers; undefined: none. */
  readonly pages: StaticSite | undefined;
  /** Aborted when the server closes. */
  readonly shutdown: AbortSignal;
}

/** Also HEAD, which load balancers ask with; Node keeps the body back. */
const isLook = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';

/** Answers one request of the faucet's own port: the faucet, and a health check. */
export const serveFaucetSite = async (
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  if (request.method === 'OPTIONS') return answerPreflight(request, response);
  allowOrigins(request, response);
  if (request.method === 'POST' && isFaucetPath(request.url)) return serveFaucet(site.faucet, request, response);
  if (isLook(request) && (request.url === '/' || request.url === '/health'))
    return sendJson(response, 200, { status: 'ok', server: SERVER_NAME });
  sendJson(response, 404, { status: { Failure: { internal: `there is no ${request.method} ${request.url} here` } } });
};

const health = ({ ledger }: Site, response: ServerResponse): void => {
  const { chainId, epoch, checkpoint } = chainState(ledger);
  sendJson(response, 200, { status: 'ok', server: SERVER_NAME, chainId, epoch, checkpoint });
};

const serveCall = (site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> =>
  serveGrpcWeb(site.dispatch, request, response, closedSignal(response, site.shutdown));

/** Paths of calls are `/package.Service/Method`; what else a client asks for is not repeated in a span. */
const isCallPath = (path: string): boolean => /^\/[\w.]{1,80}\/\w{1,40}$/.test(path);

/** Serves a call in the trace it belongs to. A ledger is asked all the time: calls outside of a trace begin none. */
const inTrace = (request: IncomingMessage, response: ServerResponse, serve: () => Promise<void>): Promise<void> => {
  const { headers, url = '' } = request;
  if (headers.traceparent === undefined || !isCallPath(url)) return serve();
  const facts = { 'url.path': url, 'rpc.system': 'grpc', 'atoma.part': 'ledger' };
  return new Promise((resolve, reject) => {
    inServerSpan(request, response, facts, () => void serve().then(resolve, reject));
  });
};

/** Answers one HTTP/1.1 request: gRPC-web, faucet, admin, health check, and a pointer for the APIs not served. */
export const serveSite = async (site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const path = request.url ?? '/';
  if (isAdminPath(path)) return serveAdmin(site.ledger, site.faucet.notify, request, response);
  if (request.method === 'OPTIONS') return answerPreflight(request, response);
  allowOrigins(request, response);
  if (site.pages && serveStatic(site.pages, request, response)) return;
  if (isGrpcWeb(request)) return inTrace(request, response, () => serveCall(site, request, response));
  if (isLook(request) && (path === '/' || path === '/health')) return health(site, response);
  if (request.method === 'POST' && isFaucetPath(path)) return serveFaucet(site.faucet, request, response);
  if (isGraphqlPath(path)) return serveGraphql(site.dispatch, request, response);
  return refuseOtherApi(request, response);
};
