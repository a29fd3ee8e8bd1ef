/** How often a node looks at the chain for stacks it does not know and for who holds a badge: as seldom as the rules allow. */
import { expect, test } from 'vitest';
import type { ChainView } from '../chain/view.ts';
import { defaultLimits } from '../context.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { stackTerms } from '../testing/ledger-fixtures.ts';
import type { Checked } from './problem.ts';
import { createStackDirectory } from './stacks.ts';

/** A directory over a chain that counts how often it is read. */
const counted = (limits = defaultLimits) => {
  const reads = { stacks: 0, badges: 0 };
  const chain: ChainView = {
    readStack: async (stack) => {
      reads.stacks++;
      return stack < 100n
        ? {
            terms: { ...stackTerms(stack), badge: '0xb', owner: '0xholder' },
            node: stack < 50n ? 1n : 2n,
            nodeAddress: stack === 40n ? '0xold' : '0xnode',
          }
        : null;
    },
    badgeHolder: async () => {
      reads.badges++;
      return { address: '0xholder', version: 3n };
    },
    purchasedBadge: async () => null,
  };
  const store = openSqliteStore({ path: ':memory:', durability: 'process' });
  return { reads, store, directory: createStackDirectory({ store, chain, node: 1n, address: '0xnode', limits }) };
};
const codeOf = (value: Checked<unknown>): string => (value.kind === 'problem' ? value.code : 'found');

test('an unknown stack costs one look at the chain, however often it is asked for', async () => {
  const { reads, directory, store } = counted();
  const both = await Promise.all([directory.find(200n, undefined, 0), directory.find(200n, undefined, 0)]);
  expect(both.map(codeOf)).toEqual(['stack_unknown', 'stack_unknown']);
  expect(codeOf(await directory.find(200n, undefined, 1_999))).toBe('stack_unknown');
  expect(reads.stacks).toBe(1);
  await directory.find(200n, undefined, 2_001);
  expect(reads.stacks).toBe(2);
  expect(codeOf(await directory.find(60n, undefined, 3_000))).toBe('wrong_node');
  // Bought under another address of this node, whose key this daemon does not have.
  expect(codeOf(await directory.find(40n, undefined, 3_000))).toBe('wrong_node');
  expect(codeOf(await directory.find(7n, undefined, 3_000))).toBe('found');
  expect(codeOf(await directory.find(7n, undefined, 3_001))).toBe('found');
  expect(reads.stacks).toBe(5);
  await store.close();
});

test('all unknown stacks together cost twenty looks a second', async () => {
  const { reads, directory, store } = counted();
  const codes: string[] = [];
  for (let i = 0n; i < 50n; i++) codes.push(codeOf(await directory.find(1_000n + i, undefined, 5_000)));
  expect(codes.filter((code) => code === 'stack_unknown')).toHaveLength(20);
  expect(codes.filter((code) => code === 'chain_unavailable')).toHaveLength(30);
  expect(reads.stacks).toBe(20);
  await store.close();
});

test('who holds a badge is looked up once a minute, and at most once a second for someone else', async () => {
  const { reads, directory, store } = counted();
  const found = await directory.find(7n, undefined, 0);
  if (found.kind === 'problem') throw found;
  const row = found.value;
  expect(await directory.entitle(row, '0xholder', 0)).toEqual({
    kind: 'ok',
    value: { authority: 0, badgeVersion: 3n },
  });
  await directory.entitle(row, '0xholder', 59_000);
  expect(reads.badges).toBe(1);
  await directory.entitle(row, '0xholder', 61_000);
  expect(reads.badges).toBe(2);
  reads.stacks = 0;
  expect(codeOf(await directory.entitle(row, '0xother', 61_500))).toBe('not_stack_owner');
  expect(codeOf(await directory.entitle(row, '0xother', 61_600))).toBe('not_stack_owner');
  expect(reads).toEqual({ stacks: 1, badges: 2 });
  expect(codeOf(await directory.entitle(row, '0xother', 62_600))).toBe('not_stack_owner');
  expect(reads).toEqual({ stacks: 2, badges: 3 });
  await store.close();
});

test('what was read of a badge serves while the chain is away; without it nobody but the owner is let in', async () => {
  const { reads, directory, store } = counted();
  const found = await directory.find(7n, undefined, 0);
  if (found.kind === 'problem') throw found;
  const row = found.value;
  const { owner } = row;
  expect(await directory.entitle({ ...row, badge: null }, owner, 0)).toEqual({
    kind: 'ok',
    value: { authority: 0, badgeVersion: null },
  });
  expect(codeOf(await directory.entitle({ ...row, badge: null }, '0xother', 0))).toBe('not_stack_owner');
  expect(reads.badges).toBe(0);
  await store.close();
});
