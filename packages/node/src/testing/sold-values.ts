/** A fleet that sells a real model at level 1, which does not repeat its answers bit by bit. */
import type { Receipt, SignedBytes } from '@atoma/sdk';
import { afterAll, beforeAll } from 'vitest';
import type { Engine } from '../engine/types.ts';
import { askOnce, type Fleet } from './fleet.ts';
import { honestEngine } from './models.ts';

/** What is asked of a stack. */
export const QUESTIONS = [
  'What is a receipt?',
  'what is 7 minus 1?',
  'Tell a story about a rabbit.',
  'When is the node paid?',
];
/** Enough for a jury. */
export const NODES = 7;

/** The model run with two settings, of which each computes other bits; for the tests of a file that calls {@link openEngines}. */
export const engines: Engine[] = [];

/** Opens the engines before the tests of a file, and closes them after. */
export const openEngines = (): void => {
  beforeAll(async () => {
    engines.push(await honestEngine(), await honestEngine({ threads: 2, batch: 16, parallel: 1 }));
  });
  afterAll(async () => {
    for (const engine of engines.splice(0)) await engine.close();
  });
};

/** Every other node runs the model with other threads and batches. */
export const honestOf = (i: number): Engine => ({ ...(engines[i % 2] as Engine), close: async () => undefined });

/** Buys a stack, has it answered and settled. */
export const sell = async (fleet: Fleet, onBought: (server: number) => void = () => undefined) => {
  const { stack, server } = await fleet.buy(1_000_000n);
  onBought(fleet.daemons.indexOf(server));
  await fleet.tick();
  const receipts: { receipt: Receipt; signed: SignedBytes }[] = [];
  for (const [i, question] of QUESTIONS.entries())
    await askOnce(fleet, stack, server, question, (receipt, signed) => receipts.push({ receipt, signed }), {
      temperature: i % 2 === 0 ? 0.8 : 0,
    });
  await server.settleStack(stack);
  await server.tick();
  return { stack, server, receipts };
};
