/** Opens the books and the ledgers, in files or over HTTP, and asks the chain. */
import { existsSync } from 'node:fs';
import { type BooksCopy, copyBooks, decodeBooks, openGatewayStore } from '@atoma/gateway';
import { openSqliteStore } from '@atoma/node';
import { type Atoma, createNodeLedgerReader, listAllEvents, type NodeLedgerReader, openJournal } from '@atoma/sdk';
import type { ChainSide, NodeSide, Sides } from './check.ts';
import { reconcileError } from './reconcile-errors.ts';

/** Books in files. */
export interface BookFiles {
  readonly journal: string;
  /** Null: a buyer without a gateway. */
  readonly gateway: string | null;
}

/** Books of a running gateway, from its administrator's surface. */
export interface BookSurface {
  readonly url: string;
  readonly token: string;
}

/** Where the sides are. */
export interface SidePlaces {
  readonly books: BookFiles | BookSurface;
  /** Ledgers in files; a stack that is in none of them is asked for at its node. */
  readonly ledgers: readonly string[];
  readonly allowPrivateNodes: boolean;
}

const mustExist = (what: string, file: string): string => {
  if (!existsSync(file)) throw reconcileError('NO_FILE', { what, file });
  return file;
};

/** What was settled and what was paid, by stack. */
export const readChainSide = async (atoma: Atoma): Promise<ReadonlyMap<bigint, ChainSide>> => {
  const [settled, claimed] = await Promise.all([
    listAllEvents(atoma, { kind: 'StackTrySettleEvent' }),
    listAllEvents(atoma, { kind: 'StackSettlementTicketClaimedEvent' }),
  ]);
  const sides = new Map<bigint, ChainSide>();
  for (const { data } of settled) sides.set(data.stackSmallId, { claimed: data.numClaimedComputeUnits, fee: null });
  for (const { data } of claimed)
    sides.set(data.stackSmallId, { claimed: data.numClaimedComputeUnits, fee: data.nodeFee });
  return sides;
};

/** Whose books they are; undefined when no gateway has used them yet. */
export const gatewayWallet = async (path: string): Promise<string | undefined> => {
  const store = openGatewayStore({ path });
  try {
    return await store.getSetting('wallet');
  } finally {
    await store.close();
  }
};

const fromFiles = async ({ journal: path, gateway }: BookFiles): Promise<BooksCopy> => {
  const journal = await openJournal({ path: mustExist('The journal of the buyer', path), readOnly: true });
  const store = gateway === null ? null : openGatewayStore({ path: mustExist('The books of the gateway', gateway) });
  try {
    return await copyBooks(journal, store);
  } finally {
    await journal.close();
    await store?.close();
  }
};

/** How long a gateway may take to give its books, ms. */
const SURFACE_MS = 120_000;

const fromSurface = async ({ url, token }: BookSurface): Promise<BooksCopy> => {
  const headers = { authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(SURFACE_MS);
  const answer = await fetch(`${url}/v1/books`, { headers, signal }).catch((cause: unknown) => {
    throw reconcileError('NO_SURFACE', { url, why: (cause as Error).message }, cause);
  });
  if (!answer.ok) throw reconcileError('NO_SURFACE', { url, why: `it answered ${answer.status}` });
  return decodeBooks(await answer.text());
};

const readBooks = (books: SidePlaces['books']): Promise<BooksCopy> =>
  'url' in books ? fromSurface(books) : fromFiles(books);

/** The stacks that are in ledgers at hand. */
const fromLedgers = async (paths: readonly string[], stacks: readonly bigint[]): Promise<Map<bigint, NodeSide>> => {
  const found = new Map<bigint, NodeSide>();
  for (const path of paths) {
    const store = openSqliteStore({ path: mustExist('The ledger of the node', path), durability: 'process' });
    try {
      for (const stack of stacks) {
        const row = await store.findStack(stack);
        if (row) found.set(stack, { consumed: row.consumed, leaves: await store.listLeaves(stack) });
      }
    } finally {
      await store.close();
    }
  }
  return found;
};

const readNodes = async (reader: NodeLedgerReader, books: BooksCopy, nodes: Map<bigint, NodeSide>) => {
  const silent = new Map<bigint, string>();
  for (const { stack, node } of books.stacks) {
    if (nodes.has(stack)) continue;
    try {
      nodes.set(stack, await reader.read({ node, stack }));
    } catch (error) {
      silent.set(stack, (error as Error).message);
    }
  }
  return silent;
};

/** Reads all sides. Throws `RECONCILE_NO_FILE`, `RECONCILE_NO_SURFACE`. */
export const readSides = async (atoma: Atoma, places: SidePlaces): Promise<Sides> => {
  const books = await readBooks(places.books);
  const nodes = await fromLedgers(
    places.ledgers,
    books.stacks.map(({ stack }) => stack),
  );
  const reader = createNodeLedgerReader(atoma, { allowPrivateNodes: places.allowPrivateNodes });
  try {
    const silent = await readNodes(reader, books, nodes);
    return { books, nodes, silent, chain: await readChainSide(atoma) };
  } finally {
    reader.close();
  }
};
