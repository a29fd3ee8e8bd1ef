import type { NextWrite } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { commandPathOf, findTarget } from '../kernel/tree.ts';
import { root } from '../root.ts';
import { commandOf } from './write-command.ts';

const stackWrites = [
  'claimFunds',
  'expireSettlement',
  'finalizeStack',
  'openStackCommitment',
  'reclaimStack',
  'redrawAttesters',
  'requestStackRefund',
  'resolveDispute',
] as const;
const nodeWrites = ['destroyDisabledNode', 'permanentlyDisableNode', 'withdrawCollateral', 'withdrawEarnings'] as const;
const everyWrite: readonly NextWrite[] = [
  ...stackWrites.map((write) => ({ write, stackSmallId: 7n })),
  ...nodeWrites.map((write) => ({ write, nodeSmallId: 7n })),
  { write: 'requestWithdrawal', nodeSmallId: 7n, amount: 5n },
];

test.each(everyWrite)('$write is a command that exists, with flags that it has', (next) => {
  const words = commandOf(next).split(' ');
  const target = findTarget(root, commandPathOf(root, words));
  expect(target?.kind).toBe('command');
  const known = target?.kind === 'command' ? Object.keys(target.flags) : [];
  const named = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2));
  const camel = named.map((flag) => flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()));
  expect(camel.length).toBeGreaterThan(0);
  expect(camel.filter((flag) => !known.includes(flag))).toEqual([]);
});

test('the ids and the amount are in it', () => {
  expect(commandOf({ write: 'claimFunds', stackSmallId: 7n })).toBe('db claim-funds --settled-ticket-ids 7');
  expect(commandOf({ write: 'requestWithdrawal', nodeSmallId: 7n, amount: 5n })).toBe(
    'db request-withdrawal --amount 5 --node-small-id 7',
  );
});
