/** `atoma docs` */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { listenOn, serverTimes, serveStatic } from '@atoma/base';
import { untilStopped } from '../buyer/stop.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Report } from '../kernel/command.ts';
import { type ErrorPage, errorLines, errorPage } from './error-text.ts';
import type { docsFlags } from './flags.ts';
import { pathOf, siteOf } from './site.ts';

/** Beside the installed program, or in dist/site of the checkout: seen from the bundle, from a chunk of it, and from the sources. */
const places = ['site/', '../site/', '../../../../dist/site/', '../../../../../dist/site/'];

/** Where the site is; undefined where it was not built. */
const built = (): string | undefined =>
  places.map((place) => join(import.meta.dirname, place)).find((site) => existsSync(join(site, 'index.html')));

/** What is said of a page that is served. */
export const pageReport = (url: string): Report => ({
  data: { url },
  short: url,
  lines: () => [`documentation at ${url}`, 'Ctrl-C ends it'],
});

/** What is said of an error where no site is built. */
export const errorReport = ({ code, message, hint, retryable }: ErrorPage): Report => ({
  data: { error: { code, message, hint, retryable } },
  short: hint,
  lines: () => errorLines({ code, message, hint, retryable }),
});

/** `atoma docs` */
export const serveDocs: Handler<typeof docsFlags> = async (run, { page, port }) => {
  const folder = built();
  const site = folder === undefined ? undefined : siteOf(folder);
  const path = site && pathOf(site, page);
  if (!site || path === undefined) {
    const error = page === undefined ? undefined : errorPage(page); // no site, or one built before the error was
    if (error) return errorReport(error);
    throw site ? cliError('DOCS_NO_PAGE', { page: page ?? '' }) : cliError('DOCS_NOT_BUILT');
  }
  const server = createServer(serverTimes, (incoming, outgoing) => {
    if (!serveStatic(site, incoming, outgoing))
      outgoing.writeHead(404, { 'content-type': 'text/plain' }).end('no such page\n');
  });
  const listening = await listenOn(server, { host: '127.0.0.1', port });
  run.onEnd(() => listening.close());
  const url = `http://127.0.0.1:${listening.port}${path}`;
  const stopped = untilStopped();
  run.report(pageReport(url));
  await stopped;
  return undefined;
};
