/** The pages that ledger and gateway of a market show to a browser. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StaticFile, type StaticSite, staticFile } from '@atoma/base';

/** What the pages are told of the market; see the parser in the web package. */
export interface SiteFacts {
  readonly network: string;
  readonly deployment: string;
  readonly ledger: string;
  readonly gateway: string | null;
  readonly models: readonly string[];
}

/** Pages that learn later where everything answers: addresses are known only once all of it listens. */
export interface MarketPages {
  readonly site: StaticSite;
  readonly tell: (facts: SiteFacts) => void;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Beside the bundled program, or one above its parts. */
const places = ['./web/', '../web/'];

const folder = (): string | undefined =>
  places
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((path) => existsSync(join(path, 'index.html')));

const readFiles = (root: string): ReadonlyMap<string, StaticFile> => {
  const read = (path: string): StaticFile =>
    staticFile(TYPES[extname(path)] ?? 'application/octet-stream', readFileSync(join(root, path)));
  const assets = readdirSync(join(root, 'assets')).map((name) => [`/assets/${name}`, read(`assets/${name}`)] as const);
  return new Map([['/', read('index.html')], ...assets]);
};

const origin = (url: string | null): string => (url === null ? '' : new URL(url).origin);

/** The pages, or undefined where they were not built: a program run from its sources has none. */
export const openPages = (): MarketPages | undefined => {
  const root = folder();
  if (root === undefined) return undefined;
  const files = readFiles(root);
  let facts: SiteFacts | undefined;
  let described: StaticFile | undefined;
  return {
    site: {
      find: (path) => (path === '/site.json' ? described : files.get(path)),
      policy: () =>
        `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ${origin(facts?.ledger ?? null)} ${origin(facts?.gateway ?? null)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    },
    tell: (told) => {
      facts = told;
      described = staticFile('application/json', Buffer.from(JSON.stringify(told)));
    },
  };
};
