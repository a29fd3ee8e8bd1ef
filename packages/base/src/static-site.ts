/** Files that a server gives to browsers beside its own API. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** One file. */
export interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
  /** Entity tag, quotes included. */
  readonly tag: string;
}

/** A set of files and the policy they are shown under. */
export interface StaticSite {
  /** The file of a path that begins with `/`; `/` is the page itself. */
  readonly find: (path: string) => StaticFile | undefined;
  /** Value of `content-security-policy`. */
  readonly policy: () => string;
}

/** Makes a file. */
export const staticFile = (type: string, body: Buffer): StaticFile => ({
  type,
  body,
  tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
});

/** Programs ask `/` for health and get JSON; a browser says that it wants a page. */
const wantsPage = ({ headers }: IncomingMessage): boolean => (headers.accept ?? '').includes('text/html');

/** Answers a GET or HEAD of one of the files; every other request is left. */
export const serveStatic = (site: StaticSite, incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
  if (incoming.method !== 'GET' && incoming.method !== 'HEAD') return false;
  const [path = '/'] = (incoming.url ?? '/').split('?', 1);
  if (path === '/' && !wantsPage(incoming)) return false;
  const file = site.find(path);
  if (!file) return false;
  const headers = {
    'content-security-policy': site.policy(),
    'content-type': file.type,
    'cache-control': 'no-cache',
    etag: file.tag,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    vary: 'accept',
  };
  if (incoming.headers['if-none-match'] === file.tag) {
    outgoing.writeHead(304, headers).end();
    return true;
  }
  outgoing.writeHead(200, { ...headers, 'content-length': file.body.length });
  outgoing.end(incoming.method === 'HEAD' ? undefined : file.body);
  return true;
};
