/** Rows for tests of journals and what is built on them. */
import { type JournalRequest, type JournalStack, noAnswer } from '../buyer/journal/types.ts';

/** An open stack of 1,000 units at 100, all paid. */
export const journalStack = (id: bigint, more: Partial<JournalStack> = {}): JournalStack => ({
  stack: id,
  badge: '0x1',
  task: 1n,
  role: 0,
  model: 'm',
  level: 0,
  node: 1n,
  price: 100n,
  units: 1_000n,
  largestRequest: 1_000n,
  attesters: 1,
  paid: 100_000n,
  boughtEpoch: 0n,
  expiryEpoch: 14n,
  digest: null,
  complete: true,
  stage: 'open',
  noticeEpoch: null,
  usedBefore: 0n,
  tenant: '',
  addedMs: 1_000,
  ...more,
});

/** A request that was sent, with a promise of 100 units on stack 1. */
export const journalRequest = (id: string, more: Partial<JournalRequest> = {}): JournalRequest => ({
  requestId: id,
  stack: 1n,
  endpoint: '/v1/chat/completions',
  model: 'm',
  maxUnits: 100n,
  envelope: Uint8Array.of(1),
  signature: Uint8Array.of(2),
  body: null,
  tag: '',
  stage: 'open',
  ...noAnswer,
  createdMs: 1,
  finishedMs: null,
  ...more,
});
