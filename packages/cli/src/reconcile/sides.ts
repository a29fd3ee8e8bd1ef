/** Opens the books, the journal and the ledgers, and asks the chain. */
import { existsSync } from 'node:fs';
import { openGatewayStore } from '@atoma/gateway';
import { openSqliteStore, type Store } from '@atoma/node';
import { type Atoma, type EventKind, type EventOf, listEvents, openJournal } from '@atoma/sdk';
import type { ChainSide, NodeSide, Sides } from './check.ts';
import { reconcileError } from './errors.ts';

/** Files of the sides. */
export interface SideFiles {
  readonly journal: string;
  /** Null: a buyer without a gateway. */
  readonly gateway: string | null;
  readonly nodes: readonly string[];
}

const mustExist = (what: string, file: string): string => {
  if (!existsSync(file)) throw reconcileError('NO_FILE', { what, file });
  return file;
};

const eventsOf = async <Kind extends EventKind>(atoma: Atoma, kind: Kind): Promise<readonly EventOf<Kind>[]> => {
  const found: EventOf<Kind>[] = [];
  for (let after: string | null = null; ; ) {
    const page = await listEvents(atoma, { kind, ...(after !== null && { after }) });
    found.push(...(page.events as unknown as readonly EventOf<Kind>[]));
    if (!page.hasMore) return found;
    after = page.cursor;
  }
};

/** What was settled and what was paid, by stack. */
export const readChainSide = async (atoma: Atoma): Promise<ReadonlyMap<bigint, ChainSide>> => {
  const [settled, claimed] = await Promise.all([
    eventsOf(atoma, 'StackTrySettleEvent'),
    eventsOf(atoma, 'StackSettlementTicketClaimedEvent'),
  ]);
  const sides = new Map<bigint, ChainSide>();
  for (const { data } of settled) sides.set(data.stackSmallId, { claimed: data.numClaimedComputeUnits, fee: null });
  for (const { data } of claimed)
    sides.set(data.stackSmallId, { claimed: data.numClaimedComputeUnits, fee: data.nodeFee });
  return sides;
};

const nodeSide = async (stores: readonly Store[], stack: bigint): Promise<NodeSide | undefined> => {
  for (const store of stores) {
    const row = await store.findStack(stack);
    if (!row) continue;
    const leaves = await store.listLeaves(stack);
    return {
      consumed: row.consumed,
      claimed: row.claimed,
      leaves: leaves.map(({ requestId, index, units }) => ({ requestId, index, units })),
    };
  }
  return undefined;
};

/** Reads all sides. Throws `RECONCILE_NO_FILE`. */
export const readSides = async (atoma: Atoma, files: SideFiles): Promise<Sides> => {
  const journal = await openJournal({ path: mustExist('The journal of the buyer', files.journal), readOnly: true });
  const gateway =
    files.gateway === null ? null : openGatewayStore({ path: mustExist('The books of the gateway', files.gateway) });
  const stores = files.nodes.map((path) =>
    openSqliteStore({ path: mustExist('The ledger of the node', path), durability: 'process' }),
  );
  try {
    const stacks = journal.listStacks();
    const nodes = new Map<bigint, NodeSide>();
    for (const { stack } of stacks) {
      const side = await nodeSide(stores, stack);
      if (side) nodes.set(stack, side);
    }
    return {
      stacks,
      requests: stacks.flatMap(({ stack }) => journal.listRequests({ stack, limit: Number.MAX_SAFE_INTEGER })),
      books: gateway === null ? null : gateway.listRows({ limit: Number.MAX_SAFE_INTEGER }),
      nodes,
      chain: await readChainSide(atoma),
    };
  } finally {
    journal.close();
    gateway?.close();
    for (const store of stores) await store.close();
  }
};
