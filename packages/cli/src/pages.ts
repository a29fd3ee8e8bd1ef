/** The pages that ledger, gateway and node show to a browser. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StaticFile, type StaticSite, staticFile } from '@atoma/base';
import { type Deployment, encodeDeployment } from '@atoma/sdk';
import type { Chain } from './chain/chain.ts';
import { openRecordings } from './lab/recordings.ts';

/** A node whose pages are served here. */
export interface SiteNode {
  readonly node: string;
  /** Address its public API listens at. */
  readonly url: string;
  /** Address of its operator's surface; null where there is none. */
  readonly operator: string | null;
}

/** What the pages are told of the market; see the parser in the web package. */
export interface SiteFacts {
  readonly network: string;
  readonly deployment: string;
  readonly ledger: string;
  /** Whether the ledger is the embedded one, whose clock can be moved. */
  readonly ours: boolean;
  /** OpenAI base URL. */
  readonly gateway: string | null;
  /** The gateway's administration. */
  readonly admin: string | null;
  readonly models: readonly string[];
  readonly nodes: readonly SiteNode[];
}

/** What {@link siteFacts} is made of. */
type FactParts = Pick<SiteFacts, 'network' | 'ledger' | 'ours'> & {
  readonly deployment: Deployment;
} & Partial<Pick<SiteFacts, 'gateway' | 'admin' | 'models' | 'nodes'>>;

/** Facts of a market; what is left out is not served here. */
export const siteFacts = ({ deployment, ...parts }: FactParts): SiteFacts => ({
  gateway: null,
  admin: null,
  models: [],
  nodes: [],
  ...parts,
  deployment: encodeDeployment(deployment),
});

/** Facts of what one process serves on a chain that may be another's. */
export const siteOn = (
  { network, url }: Pick<Chain, 'network' | 'url'>,
  deployment: Deployment,
  served: Omit<FactParts, 'network' | 'ledger' | 'ours' | 'deployment'>,
): SiteFacts =>
  siteFacts({ network: network.name, deployment, ledger: url, ours: network.kind === 'embedded', ...served });

/** What stands behind the root of a server: the market, the console of a node, or the gateway's. */
export type SiteHome = 'market' | 'node' | 'gateway';

/** Pages that learn later where everything answers: addresses are known only once all of it listens. */
export interface Pages {
  readonly at: (home: SiteHome) => StaticSite;
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

/** Scripts and styles of this server alone; what a page asks goes here, to the ledger and to the gateway. Sounds and pictures are answers. */
const policyOf = (facts: SiteFacts | undefined): string => {
  const others = [facts?.ledger, facts?.gateway].map((url) => (url ? new URL(url).origin : ''));
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src data: blob:; connect-src 'self' ${others.join(' ')}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
};

/** The pages in a folder, or undefined where they were not built: a program run from its sources has none beside it. */
export const openPages = (root: string | undefined = folder()): Pages | undefined => {
  if (root === undefined) return undefined;
  const files = readFiles(root);
  const recordings = openRecordings(join(root, '../atoma.js'));
  let facts: SiteFacts | undefined;
  return {
    at: (home) => ({
      find: (path) =>
        path === '/site.json' && facts
          ? staticFile('application/json', Buffer.from(JSON.stringify({ ...facts, home })))
          : (files.get(path) ?? recordings.find(path)),
      policy: () => policyOf(facts),
    }),
    tell: (told) => {
      facts = told;
    },
  };
};
