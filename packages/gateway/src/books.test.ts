/** What the books do with receipts that come when nobody waits for them any more. */
import { openJournal } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { journalStack } from '../../sdk/src/testing/journal-fixtures.ts';
import { createBooks, tagOf } from './books.ts';
import { createGatewayMetrics } from './metrics.ts';
import { createLimits } from './serve/limits.ts';
import { openGatewayStore } from './store/sqlite.ts';

const nothing = { index: null, units: null, cumulative: null, answer: null, answerSignature: null, finishedMs: null };

test('a late receipt is booked once, also when its row was lost with the process', async () => {
  const store = openGatewayStore({ path: ':memory:' });
  const journal = await openJournal({ path: ':memory:' });
  const now = () => 7_000;
  const limits = createLimits(store, now);
  const books = createBooks({ store, journal, limits, metrics: createGatewayMetrics(), now });
  const row = { id: 'f'.repeat(32), key: 'a'.repeat(16) };
  await journal.putStack(journalStack(1n));
  await journal.addRequest({
    ...nothing,
    requestId: '1'.repeat(32),
    stack: 1n,
    endpoint: '/v1/chat/completions',
    model: 'm',
    maxUnits: 50n,
    envelope: Uint8Array.of(1),
    signature: Uint8Array.of(2),
    body: null,
    tag: tagOf(row),
    stage: 'dropped',
    createdMs: 5_000,
  });
  expect(await books.recover()).toBe(0);
  const answer = Uint8Array.of(3);
  const end = { stage: 'receipt' as const, index: 0, units: 40n, cumulative: 40n, answer, answerSignature: answer };
  await journal.finishRequest('1'.repeat(32), { ...end, finishedMs: 6_000 });
  for (let times = 0; times < 2; times++) {
    await books.late(tagOf(row));
    expect(await store.findRow(row.id)).toMatchObject({ state: 'settled', units: 40n, cost: 4_000n, boundUnits: 50n });
  }
  expect(await books.recover()).toBe(0);
  expect(await store.totals()).toMatchObject({ requests: 1, units: 40n, reservedUnits: 0n });
  await journal.close();
  await store.close();
});
