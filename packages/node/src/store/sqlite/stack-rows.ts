/** Stacks in SQLite: terms, states, and the rules that must hold between a stack and its requests. */

import { inList } from '@atoma/base';
import { receiptLayout } from '@atoma/sdk';
import { createChainCheck } from '../chain.ts';
import type { Breach, StackRow, StackState, StackTerms } from '../types.ts';
import type { Database } from './database.ts';
import { toStack } from './rows.ts';
import { stacks } from './tables.ts';

/** Largest amount a row can hold. */
const MAX_INTEGER = 2n ** 63n - 1n;
const clamp = (value: bigint): bigint => (value > MAX_INTEGER ? MAX_INTEGER : value);

const PUT = `${stacks.insert} ON CONFLICT (id) DO UPDATE SET owner = excluded.owner,
  badge = coalesce(excluded.badge, badge), notice_epoch = coalesce(excluded.notice_epoch, notice_epoch)`;

/** Inserts a stack, or refreshes what may change about one that is known. */
export const putStack = (db: Database, terms: StackTerms, now: number): void => {
  db.run(
    PUT,
    ...stacks.values({
      ...terms,
      units: clamp(terms.units),
      state: 'open',
      nextLeaf: 0,
      consumed: 0n,
      lastReceiptHash: new Uint8Array(32),
      claimed: null,
      shortages: 0,
      lastRequestMs: now,
      closedMs: null,
      handoff: null,
    }),
  );
};

/** One stack as it is in the database: nothing is under way. */
export const readStack = (db: Database, stack: bigint): StackRow | undefined => {
  const row = db.get('SELECT * FROM stack WHERE id = ?', stack);
  return row && toStack(row);
};

/** Rows of stacks that were read, for as long as nothing else may have changed them. */
export interface StackCache {
  /** The row, with nothing under way. */
  readonly find: (stack: bigint) => StackRow | undefined;
  readonly put: (row: StackRow) => void;
  readonly clear: () => void;
}

/** Makes the cache; only this process writes to the database. */
export const createStackCache = (db: Database): StackCache => {
  const rows = new Map<bigint, StackRow>();
  return {
    find: (stack) => {
      const row = rows.get(stack) ?? readStack(db, stack);
      if (row) rows.set(stack, row);
      return row;
    },
    put: (row) => void rows.set(row.id, row),
    clear: () => rows.clear(),
  };
};

/** Changes the state if it is one of `from`. */
export const moveStack = (db: Database, stack: bigint, from: readonly StackState[], to: StackState): boolean =>
  db.run(
    `UPDATE stack SET state = ?, closed_ms = CASE WHEN ? = 'closed' THEN unixepoch() * 1000 ELSE closed_ms END
     WHERE id = ? AND state IN (${inList(from)})`,
    to,
    to,
    stack,
  ) > 0;

const sums = (db: Database, stack: bigint) =>
  db.get(
    `SELECT coalesce(sum(units), 0) AS units, count(leaf_index) AS leaves, coalesce(min(leaf_index), 0) AS low,
       coalesce(max(leaf_index), -1) AS high
     FROM request WHERE stack = ?`,
    stack,
  ) as Readonly<Record<'units' | 'leaves' | 'low' | 'high', bigint>>;

const checkSums = (db: Database, row: StackRow): readonly Breach[] => {
  const { units, leaves, low, high } = sums(db, row.id);
  const next = BigInt(row.nextLeaf);
  const rules: readonly (readonly [boolean, Breach['rule'], string])[] = [
    [units === row.consumed, 'units', `requests add up to ${units}, consumed is ${row.consumed}`],
    [
      leaves === next && low === 0n && high === next - 1n,
      'leaves',
      `${leaves} leaves ${low}..${high}, next is ${next}`,
    ],
    [row.consumed + row.reserved <= row.units, 'capacity', `${row.consumed} + ${row.reserved} of ${row.units}`],
    [
      row.claimed === null || row.claimed === 0n || row.claimed === row.consumed,
      'claimed',
      `claimed ${row.claimed}, consumed ${row.consumed}`,
    ],
  ];
  return rules.flatMap(([holds, rule, detail]) => (holds ? [] : [{ stack: row.id, rule, detail }]));
};

const lastReceipt = (db: Database, row: StackRow): readonly Breach[] => {
  if (row.nextLeaf === 0) return [];
  const last = db.get('SELECT receipt FROM request WHERE stack = ? AND leaf_index = ?', row.id, row.nextLeaf - 1);
  if (!last) return [{ stack: row.id, rule: 'receipt', detail: 'the last receipt is missing' }];
  const { cumulativeUnits } = receiptLayout.decode(last.receipt as Uint8Array);
  return cumulativeUnits === row.consumed
    ? []
    : [
        {
          stack: row.id,
          rule: 'receipt',
          detail: `the last receipt counts ${cumulativeUnits}, consumed is ${row.consumed}`,
        },
      ];
};

const checkChain = (db: Database, row: StackRow): readonly Breach[] => {
  const check = createChainCheck();
  const leaves = db.each(
    'SELECT leaf_index, units, receipt FROM request WHERE stack = ? AND leaf_index IS NOT NULL ORDER BY leaf_index',
    row.id,
  );
  for (const { leaf_index: index, units, receipt } of leaves) {
    check.add({ index: Number(index), units: units as bigint, receipt: receipt as Uint8Array });
    if (check.fault() !== undefined) break;
  }
  const same = Buffer.compare(check.end().lastReceiptHash, row.lastReceiptHash) === 0;
  const detail = check.fault() ?? (same ? undefined : 'the stack remembers another last receipt');
  return detail === undefined ? [] : [{ stack: row.id, rule: 'chain', detail }];
};

/** What does not hold of one stack. */
export const checkStack = (db: Database, row: StackRow, chain: boolean): readonly Breach[] => [
  ...checkSums(db, row),
  ...lastReceipt(db, row),
  ...(chain ? checkChain(db, row) : []),
];
