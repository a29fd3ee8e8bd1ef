import { expect, test } from 'vitest';
import { journalRequest, journalStack } from '../../testing/journal-fixtures.ts';
import { openJournal } from '../journal/sqlite.ts';
import { auditOffline, knownStack, noteSettlement, seenSettlement } from './audit.ts';

const open = async () => {
  const journal = await openJournal({ path: ':memory:' });
  await journal.putStack(journalStack(1n, { units: 900n }));
  return journal;
};
const proof = Uint8Array.of(1, 2, 255);

test('a settlement that was seen is remembered, the newest in place of an older one', async () => {
  const journal = await open();
  expect(await seenSettlement(journal, 1n)).toBe(null);
  await noteSettlement(journal, 1n, { claimed: 5n, committedStackProof: proof });
  expect(await seenSettlement(journal, 1n)).toEqual({ claimed: 5n, committedStackProof: proof });
  expect(await seenSettlement(journal, 2n)).toBe(null);
  await noteSettlement(journal, 1n, { claimed: 6n, committedStackProof: proof.slice(1) });
  expect(await seenSettlement(journal, 1n)).toEqual({ claimed: 6n, committedStackProof: proof.slice(1) });
});

test('offline, a claim may be as large as the receipts and what was promised besides', async () => {
  const journal = await open();
  await journal.addRequest(journalRequest('r', { maxUnits: 40n, stage: 'dropped' }));
  const audit = async (claimed?: bigint) => {
    if (claimed !== undefined) await noteSettlement(journal, 1n, { claimed, committedStackProof: proof });
    return auditOffline(journal, 1n);
  };
  expect(await audit()).toMatchObject({
    ...{ stack: 1n, node: 1n, bought: 900n, fetched: 0, fault: null, exposure: 40n, claimed: null },
    ...{ rootMatches: null, agrees: true },
  });
  expect(await audit(40n)).toMatchObject({ claimed: 40n, agrees: true });
  expect(await audit(41n)).toMatchObject({ claimed: 41n, agrees: false });
});

test('a stack that is not in the journal is told as such', async () => {
  const journal = await open();
  expect((await knownStack({ journal }, 1n)).units).toBe(900n);
  await expect(knownStack({ journal }, 2n)).rejects.toMatchObject({ code: 'BUYER_RECEIPT_UNKNOWN' });
  await expect(auditOffline(journal, 2n)).rejects.toMatchObject({ code: 'BUYER_RECEIPT_UNKNOWN' });
});
