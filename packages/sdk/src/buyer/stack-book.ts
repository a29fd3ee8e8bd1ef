/** The stacks a buyer can use, with their meters in memory: what is free, what is promised, what may be lost. */
import { max, min } from '../values/bigints.ts';
import type { Journal, JournalStack } from './journal/types.ts';

/** A stack with its meters, units. */
export interface OwnStack extends JournalStack {
  /** Certainly used: receipts, and what was used before the journal began. */
  readonly used: bigint;
  /** Promised to requests that are under way. */
  readonly promised: bigint;
  /** Neither used nor promised. */
  readonly free: bigint;
  /** Its node is not trusted any more, or refuses work on it; null: usable. */
  readonly blocked: string | null;
}

interface Entry {
  row: JournalStack;
  charged: bigint;
  cumulative: bigint;
  promised: bigint;
  blocked: string | null;
  /** The node stated fewer free units than we computed. */
  ceiling: bigint | null;
  /** As it was last shown; undefined once it has changed. */
  view: OwnStack | undefined;
}

/** Stacks of a buyer in memory, written through to the journal. */
export interface StackBook {
  readonly add: (row: JournalStack) => Promise<void>;
  /** Takes in rows that the journal has just been given. */
  readonly take: (rows: readonly JournalStack[]) => Promise<void>;
  readonly find: (stack: bigint) => OwnStack | undefined;
  readonly list: () => readonly OwnStack[];
  /** Changes the row in memory and journal. */
  readonly change: (stack: bigint, patch: Partial<JournalStack>) => Promise<void>;
  /** Promises units to a request; false when they are not free, or more than one request may use. */
  readonly promise: (stack: bigint, units: bigint) => boolean;
  /** Ends a promise; `charged` and `cumulative` come from its receipt. */
  readonly settle: (stack: bigint, promised: bigint, receipt?: { charged: bigint; cumulative: bigint }) => void;
  /** A receipt whose promise had ended before. */
  readonly count: (stack: bigint, charged: bigint, cumulative: bigint) => void;
  readonly block: (stack: bigint, why: string | null) => void;
  /** What the node says is free, when it refused for lack of units. */
  readonly noteFree: (stack: bigint, free: bigint) => void;
  /** Nodes that failed verification. */
  readonly mistrusted: () => ReadonlySet<bigint>;
  readonly mistrust: (node: bigint, why: string) => Promise<void>;
}

const MISTRUSTED = 'mistrusted';

const show = ({ row, charged, cumulative, promised, blocked, ceiling }: Entry): OwnStack => {
  const used = max(row.usedBefore + charged, cumulative);
  const left = max(row.units - used - promised, 0n);
  return { ...row, used, promised, free: ceiling === null ? left : min(left, ceiling), blocked };
};

const charge = (entry: Entry, charged: bigint, cumulative: bigint): void => {
  entry.charged += charged;
  entry.cumulative = max(entry.cumulative, cumulative);
};

/** Loads the book from the journal. */
export const openStackBook = async (journal: Journal): Promise<StackBook> => {
  const entries = new Map<bigint, Entry>();
  const bad = new Map<bigint, string>(
    JSON.parse((await journal.getSetting(MISTRUSTED)) ?? '[]', (_, v) => v).map(([node, why]: [string, string]) => [
      BigInt(node),
      why,
    ]),
  );
  const badNodes = new Set(bad.keys());

  const load = async (row: JournalStack): Promise<void> => {
    const meters = await journal.meters(row.stack);
    entries.set(row.stack, {
      row,
      charged: meters.charged,
      cumulative: meters.cumulative,
      promised: meters.open,
      blocked: bad.get(row.node) ?? null,
      ceiling: null,
      view: undefined,
    });
  };
  const take = async (rows: readonly JournalStack[]): Promise<void> => {
    for (const row of rows) {
      const entry = entries.get(row.stack);
      if (row.stage === 'ended') entries.delete(row.stack);
      else if (entry) Object.assign(entry, { row, view: undefined });
      else await load(row);
    }
  };
  await take(await journal.listStacks(['open', 'notice', 'settled']));

  const view = (entry: Entry): OwnStack => {
    entry.view ??= show(entry);
    return entry.view;
  };
  /** Changes what is counted of a stack, if it is here. */
  const update = (stack: bigint, work: (entry: Entry) => void): void => {
    const entry = entries.get(stack);
    if (!entry) return;
    work(entry);
    entry.view = undefined;
  };

  return {
    add: async (row) => {
      await journal.putStack(row);
      await take([row]);
    },
    take,
    find: (stack) => {
      const entry = entries.get(stack);
      return entry && view(entry);
    },
    list: () => [...entries.values()].map(view),
    change: async (stack, patch) => {
      const entry = entries.get(stack);
      const row = entry?.row ?? (await journal.findStack(stack));
      if (!row) return;
      const next = { ...row, ...patch };
      await journal.putStack(next);
      await take([next]);
    },
    promise: (stack, units) => {
      const entry = entries.get(stack);
      if (!entry || view(entry).free < units || entry.row.largestRequest < units) return false;
      update(stack, () => {
        entry.promised += units;
        if (entry.ceiling !== null) entry.ceiling -= units;
      });
      return true;
    },
    settle: (stack, promised, receipt) =>
      update(stack, (entry) => {
        entry.promised -= promised;
        if (entry.ceiling !== null) entry.ceiling += promised - (receipt?.charged ?? 0n);
        if (receipt) charge(entry, receipt.charged, receipt.cumulative);
      }),
    count: (stack, charged, cumulative) => update(stack, (entry) => charge(entry, charged, cumulative)),
    block: (stack, why) =>
      update(stack, (entry) => {
        entry.blocked = why;
      }),
    noteFree: (stack, free) =>
      update(stack, (entry) => {
        entry.ceiling = free;
      }),
    mistrusted: () => badNodes,
    mistrust: async (node, why) => {
      bad.set(node, why);
      badNodes.add(node);
      for (const entry of entries.values())
        if (entry.row.node === node) Object.assign(entry, { blocked: why, view: undefined });
      await journal.putSetting(MISTRUSTED, JSON.stringify([...bad].map(([id, each]) => [String(id), each])));
    },
  };
};
