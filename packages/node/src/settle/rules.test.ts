import type { Stack } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { knowsRules } from './rules.ts';
import type { SettleContext } from './settle-context.ts';

test('a stack of unknown rules is left to those who know them, with one alarm', () => {
  const alarms: unknown[] = [];
  const settle = {
    node: { now: () => 5 },
    missingSince: new Map(),
    alarm: (kind: string, about: object) => alarms.push([kind, about]),
  } as unknown as SettleContext;
  const under = (rules: bigint): Stack => ({ stackSmallId: 7n, terms: { rules } }) as Stack;
  expect([knowsRules(settle, under(1n)), knowsRules(settle, under(2n)), knowsRules(settle, under(2n))]).toEqual([
    true,
    false,
    false,
  ]);
  expect(alarms).toEqual([['rules_unknown', { stack: '7', rules: '2', known: '1' }]]);
});
