import type { IncomingMessage, ServerResponse } from 'node:http';

/** Reply headers a page's script may read: the trailers of a failed call travel in them at times. */
const EXPOSED = 'grpc-status, grpc-message, error-code, error-hint';

/** Lets pages of any origin use gRPC-web and the faucet, also from public https pages (private network access). */
export const allowOrigins = (request: IncomingMessage, response: ServerResponse): void => {
  if (request.headers.origin === undefined) return;
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-expose-headers', EXPOSED);
};

/** Answers a browser's preflight. */
export const answerPreflight = (request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(204, {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    'access-control-allow-private-network': 'true',
    'access-control-max-age': '86400',
  });
  response.end();
};
