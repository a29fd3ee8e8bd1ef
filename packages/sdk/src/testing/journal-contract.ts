/** What every journal must do, whatever database it is in. Call inside a test file. */
import { expect, test } from 'vitest';
import type { Journal, JournalOutbox, JournalRequest } from '../buyer/journal/types.ts';
import { openStackBook } from '../buyer/stack-book.ts';
import { journalRequest as request, journalStack as stack } from './journal-fixtures.ts';

/** A place where a journal lies, and may be opened more than once. */
export interface JournalPlace {
  readonly open: () => Promise<Journal>;
}

const owner = { chainId: 'c', packageId: '0x2', address: '0x3' };
const refused = (code: string) => expect.objectContaining({ code });
const receipt = (index: number, units: bigint, cumulative: bigint) => ({
  stage: 'receipt' as const,
  index,
  units,
  cumulative,
  answer: Uint8Array.of(3),
  answerSignature: Uint8Array.of(4),
  finishedMs: 2,
});
const without = { index: null, units: null, cumulative: null };
const purchase: JournalOutbox = {
  kind: 'purchase',
  subject: 'x',
  stage: 'submitted',
  frozen: '{}',
  cost: 7n,
  transaction: Uint8Array.of(1, 2),
  signature: 'c2ln',
  digest: null,
  expirationEpoch: 3n,
  failure: null,
  createdMs: 5_000,
  updatedMs: 5_000,
};

/** Runs the contract; `place` gives a fresh, empty place. */
export const journalContract = (name: string, place: () => Promise<JournalPlace>): void => {
  const withJournal = (title: string, work: (journal: Journal) => Promise<void>): void =>
    test(`${name}: ${title}`, async () => {
      const journal = await (await place()).open();
      await work(journal);
      await journal.close();
    });

  test(`${name}: it has one owner and one user at a time`, async () => {
    const { open } = await place();
    const journal = await open();
    await journal.claim(owner);
    const second = await open();
    await expect(second.claim(owner)).rejects.toThrowError(refused('BUYER_JOURNAL_IN_USE'));
    await expect(second.claim({ ...owner, address: '0x4' })).rejects.toThrowError(refused('BUYER_JOURNAL_FOREIGN'));
    await second.close();
    await journal.close();
  });

  withJournal('rows come back as they were put, and a row of the same key is replaced', async (journal) => {
    const row = stack(9n, { digest: 'd', noticeEpoch: 4n, usedBefore: 2n ** 62n, complete: false, tenant: 't' });
    await journal.putStack(stack(9n));
    await journal.putStack(row);
    await journal.putStack(stack(8n, { stage: 'ended' }));
    expect(await journal.findStack(9n)).toEqual(row);
    expect(await journal.listStacks(['open'])).toEqual([row]);
    expect((await journal.listStacks()).map((each) => each.stack)).toEqual([8n, 9n]);
    const rows: JournalRequest[] = [
      request('a', { tag: 'k:1', body: Uint8Array.of(0, 255), model: '模型' }),
      request('b', { stack: 2n, envelope: new Uint8Array(70_000).fill(3), createdMs: 2 }),
      request('c', { createdMs: 2 }),
    ];
    for (const each of rows) await journal.addRequest(each);
    await journal.flushed();
    expect(await journal.listRequests({})).toEqual([rows[2], rows[1], rows[0]]);
    expect(await journal.listRequests({ limit: 1 })).toEqual([rows[2]]);
    expect(await journal.listRequests({ stack: 1n, tag: 'k:1', stages: ['open'] })).toEqual([rows[0]]);
    expect(await journal.findRequest('nobody')).toBeUndefined();
    await journal.putOutbox(purchase);
    expect(await journal.findOutbox('purchase', 'x')).toEqual(purchase);
    expect(await journal.listOutbox(['submitted', 'built'])).toEqual([purchase]);
    expect(await journal.listOutbox(['failed'])).toEqual([]);
    const proof = { stack: 1n, node: 4n, kind: 'receipt', payload: '{"a":"ü"}', atMs: 7 };
    await journal.addEvidence(proof);
    await journal.addEvidence({ ...proof, node: 5n, atMs: 6 });
    expect(await journal.listEvidence(4n)).toEqual([proof]);
    expect((await journal.listEvidence()).map(({ atMs }) => atMs)).toEqual([6, 7]);
    await journal.putSetting('s', '1');
    await journal.putSetting('s', '2');
    expect([await journal.getSetting('s'), await journal.getSetting('none')]).toEqual(['2', undefined]);
  });

  withJournal('meters: charged, cumulative, open, exposed', async (journal) => {
    await journal.putStack(stack(1n));
    for (const id of ['a', 'b', 'c', 'd']) await journal.addRequest(request(id));
    await journal.finishRequest('a', receipt(0, 40n, 40n));
    await journal.finishRequest('c', receipt(2, 30n, 90n));
    await journal.finishRequest('d', { ...receipt(0, 0n, 0n), stage: 'dropped', ...without });
    const meters = { charged: 70n, cumulative: 90n, open: 100n, exposure: 200n, receipts: 2, lastIndex: 2 };
    expect(await journal.meters(1n)).toEqual(meters);
    const none = { charged: 0n, cumulative: 0n, open: 0n, exposure: 0n, receipts: 0, lastIndex: -1 };
    expect(await journal.meters(2n)).toEqual(none);
  });

  withJournal('a receipt or a refusal is final', async (journal) => {
    for (const id of ['a', 'b']) await journal.addRequest(request(id));
    await journal.finishRequest('a', receipt(0, 40n, 40n));
    await journal.finishRequest('a', receipt(5, 1n, 1n));
    await journal.finishRequest('b', { ...receipt(0, 0n, 0n), stage: 'refused', ...without });
    await journal.finishRequest('b', receipt(6, 1n, 1n));
    expect(await journal.findRequest('a')).toMatchObject({ index: 0, units: 40n });
    expect(await journal.findRequest('b')).toMatchObject({ stage: 'refused', units: null });
  });

  withJournal('receipts by index, their neighbours, and those of requests it does not have', async (journal) => {
    const indices = async (at: number) => (await journal.neighbours(1n, at)).map(({ index }) => index);
    for (const index of [7, 0, 3, 4])
      await journal.addForeignReceipt(
        1n,
        {
          requestId: `r${index}`,
          index,
          units: 1n,
          cumulative: 1n,
          receipt: Uint8Array.of(1),
          signature: Uint8Array.of(2),
        },
        index,
      );
    await journal.addForeignReceipt(
      1n,
      { requestId: 'r0', index: 9, units: 9n, cumulative: 9n, receipt: Uint8Array.of(), signature: Uint8Array.of() },
      9,
    );
    expect((await journal.listReceipts(1n)).map(({ index }) => index)).toEqual([0, 3, 4, 7]);
    expect((await journal.listReceipts(1n))[0]).toEqual({
      ...{ requestId: 'r0', index: 0, units: 1n, cumulative: 1n },
      ...{ receipt: Uint8Array.of(1), signature: Uint8Array.of(2) },
    });
    expect(await journal.listSigned(1n)).toEqual([]);
    for (const each of [request('x', { maxUnits: 7n, body: Uint8Array.of(5) }), request('y', { stack: 2n })])
      await journal.addRequest(each);
    expect(await journal.listSigned(1n)).toEqual([{ envelope: Uint8Array.of(1), maxUnits: 7n }]);
    // Directly or farther below, at most two of them, and above.
    expect([(await indices(4))[0], (await indices(4)).at(-1)]).toEqual([4, 7]);
    expect([(await indices(6))[0], (await indices(6)).at(-1)]).toEqual([4, 7]);
    expect((await indices(8))[0]).toBe(7);
    expect(await journal.neighbours(2n, 1)).toEqual([]);
  });

  withJournal('charges are summed by tag and stack, at the price of the stack', async (journal) => {
    await journal.putStack(stack(1n));
    await journal.putStack(stack(2n, { price: 3n }));
    for (const [id, of, tag] of [
      ['a', 1n, 'k:1'],
      ['b', 1n, 'k:1'],
      ['c', 2n, 'k:1'],
      ['d', 2n, ''],
    ] as const) {
      await journal.addRequest(request(id, { stack: of, tag }));
      await journal.finishRequest(id, { ...receipt(0, 40n, 40n), index: null, finishedMs: id === 'a' ? 1 : 5 });
    }
    const charges = async (since: number, tag?: string) =>
      (await journal.chargedByTag(since, tag)).map(({ stack: of, units, cost }) => [of, units, cost]).sort();
    expect(await charges(0, 'k:1')).toEqual([
      [1n, 80n, 8_000n],
      [2n, 40n, 120n],
    ]);
    expect(await charges(5)).toEqual([
      [1n, 40n, 4_000n],
      [2n, 40n, 120n],
    ]);
    expect(await charges(0, 'nobody')).toEqual([]);
  });

  withJournal('spending counts stacks and purchases under way, and only once', async (journal) => {
    await journal.putStack(stack(1n));
    await journal.putOutbox(purchase);
    expect(await journal.spentSince(0)).toBe(100_007n);
    expect(await journal.spentSince(2_000)).toBe(7n);
    await journal.putOutbox({ ...purchase, stage: 'confirmed' });
    expect(await journal.spentSince(0)).toBe(100_000n);
  });

  withJournal('what is written together is written whole or not at all', async (journal) => {
    const wrong = { ...stack(9n), units: 2n ** 64n };
    await expect(journal.putOutbox(purchase, [stack(8n), wrong])).rejects.toThrowError(refused('BUYER_JOURNAL'));
    expect(await journal.findStack(8n)).toBeUndefined();
    expect(await journal.findOutbox(purchase.kind, purchase.subject)).toBeUndefined();
    await journal.putOutbox(purchase, [stack(8n)]);
    expect(await journal.findStack(8n)).toEqual(stack(8n));
  });

  withJournal('the book: a promise is counted before it is made, and ends with its receipt', async (journal) => {
    const book = await openStackBook(journal);
    await book.add(stack(1n));
    expect(book.promise(1n, 700n)).toBe(true);
    expect(book.promise(1n, 301n)).toBe(false);
    book.settle(1n, 700n, { charged: 250n, cumulative: 250n });
    expect(book.find(1n)).toMatchObject({ used: 250n, promised: 0n, free: 750n });
    book.noteFree(1n, 100n);
    expect(book.find(1n)?.free).toBe(100n);
    await book.mistrust(1n, 'it lied');
    expect((await openStackBook(journal)).mistrusted().has(1n)).toBe(true);
    expect(book.find(1n)?.blocked).toBe('it lied');
  });
};
