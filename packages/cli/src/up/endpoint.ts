/** The gateway of a market in one process: one wallet pays, one key opens. */
import { existsSync, readFileSync } from 'node:fs';
import {
  type BooksCopy,
  copyBooks,
  createKeyAdmin,
  type GatewayStore,
  openGatewayStore,
  startGateway,
} from '@atoma/gateway';
import { createLog, rehearsalRoot } from '@atoma/node';
import { type Buyer, type BuyerEvent, type ConfidentialPolicy, openJournal } from '@atoma/sdk';
import { given } from '../chain/given.ts';
import { writePrivateFile } from '../config/home.ts';
import type { Pages } from '../pages.ts';
import { pollMsOf } from './fleet.ts';
import type { UpMarket } from './market.ts';
import { gatewayFiles, rehearsalSecretOf } from './plan.ts';

/** A running endpoint. */
export interface Endpoint {
  readonly baseUrl: string;
  readonly key: string;
  /** Administrator's surface; null without one. */
  readonly adminUrl: string | null;
  /** Who pays behind it. */
  readonly buyer: Buyer;
  /** The books as they are now: receipts of the wallet, rows of the gateway. */
  readonly books: () => Promise<BooksCopy>;
  readonly close: () => Promise<void>;
}

const makeKey = async (store: GatewayStore): Promise<string> =>
  (await createKeyAdmin(store, { actor: 'atoma up', now: Date.now }).create({ tenant: 'up', name: 'atoma up' })).text;

/** A kept market keeps its key; the store itself knows only its hash. */
const keyOf = async (store: GatewayStore, directory: string | null): Promise<string> => {
  if (directory === null) return makeKey(store);
  const file = gatewayFiles(directory).key;
  if (!existsSync(file)) writePrivateFile(file, `${await makeKey(store)}\n`);
  return readFileSync(file, 'utf8').trim();
};

/** Accepts the market's own rehearsals, and nothing else. */
const rehearsals = async ({ plan }: UpMarket): Promise<ConfidentialPolicy> => {
  const { createConfidentialJudge } = await import('@atoma/attest');
  return { judge: createConfidentialJudge({ rehearsalRoot: rehearsalRoot(rehearsalSecretOf(plan)) }) };
};

/** Starts the gateway on `port` (0: any free one). */
export const openEndpoint = async (
  market: UpMarket,
  options: {
    readonly port: number;
    readonly onEvent: (event: BuyerEvent) => void;
    /** Pause between two looks at settlements, ms; 0: it does not look by itself. */
    readonly watchMs?: number;
    /** Where the buyer's journal lies; absent: in memory. */
    readonly journalPath?: (market: UpMarket) => string;
    /** File of the administrator's token; absent: there is no such surface. */
    readonly tokenPath?: string;
    /** Name of the program in its remedies; absent: they are said in words. */
    readonly program?: string;
    /** What a browser gets at its address; absent: nothing. */
    readonly pages?: Pages;
    /** What the market's own nodes found of a stack, for its administrator. */
    readonly findings?: (stack: bigint) => Promise<readonly object[]>;
  },
): Promise<Endpoint> => {
  const { directory, level, epochMs } = market.plan;
  const storePath = directory === null ? ':memory:' : gatewayFiles(directory).store;
  const store = openGatewayStore({ path: storePath, durability: 'process' });
  const holder = `\`atoma up\` (process ${process.pid})`;
  const journal = await openJournal({
    path: options.journalPath?.(market) ?? ':memory:',
    durability: 'process',
    holder,
  });
  const gateway = await startGateway({
    store,
    port: options.port,
    ...(options.tokenPath === undefined ? {} : { adminPort: 0, tokenPath: options.tokenPath }),
    ...(options.pages === undefined
      ? {}
      : { pages: options.pages.at('market'), adminPages: options.pages.at('gateway') }),
    ...given({
      findings: options.findings,
      commands: options.program === undefined ? undefined : { program: options.program },
    }),
    payments: {},
    log: createLog('silent'),
    watchMs: options.watchMs ?? pollMsOf(epochMs),
    buyer: {
      atoma: market.buyer,
      journal,
      // All nodes are this process's own: there is nobody to be independent of.
      policy: { allowPrivateNodes: true, levels: [level], nodePolicy: 'any' },
      onEvent: options.onEvent,
      ...(level === 2 ? { confidential: await rehearsals(market) } : {}),
    },
  });
  return {
    baseUrl: `http://127.0.0.1:${gateway.port}/v1`,
    key: await keyOf(store, directory),
    adminUrl: gateway.adminPort === null ? null : `http://127.0.0.1:${gateway.adminPort}`,
    buyer: gateway.buyer,
    books: () => copyBooks(journal, store),
    close: async () => {
      await gateway.stop(2_000);
      await store.close();
    },
  };
};
