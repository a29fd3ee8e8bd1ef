/** What every implementation of the store must do. Call inside a test file with a way to open and reopen one store. */
import { fromHex } from '@atoma/base';
import { handoffLayout, type MessageSigner, messageSigner, receiptHash, receiptLayout } from '@atoma/sdk';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventToApply, EvidenceFilter, RequestInput, StackRow, Store } from '../store/types.ts';
import { commitInput, refusalRecord, requestInput, signPlace, stackTerms } from './ledger-fixtures.ts';

/** A place where a store lies. */
export interface StorePlace {
  readonly open: () => Store;
}

const refused = (code: string) => expect.objectContaining({ code });
const sound = async (store: Store): Promise<void> => {
  expect(await store.checkInvariants({ chain: true })).toEqual([]);
};
const serve = async (store: Store, stack: bigint, n: number, units: bigint, bound = 100n) => {
  await store.reserve({ ...requestInput(stack, n), bound });
  return store.commit(commitInput(stack, n, units));
};

const ownKey = (i: number): Uint8Array => new Uint8Array(32).fill(i);

/** A handoff as a node would sign it; nobody looks at the signature here. */
const said = (owner: string, { nextLeaf, consumed }: Pick<StackRow, 'nextLeaf' | 'consumed'>): Uint8Array => {
  const zero = new Uint8Array(32);
  const to = fromHex(owner.slice(2)) as Uint8Array;
  const used = { rows: BigInt(nextLeaf), units: consumed, timestampMs: 0n };
  const ids = { chainId: zero, packageId: zero, stack: 7n, node: 1n };
  return Uint8Array.from([...new Uint8Array(97), ...handoffLayout.encode({ ...ids, owner: to, ...used })]);
};

/** Reserves and commits a request of one unit. */
const serveAs = async (store: Store, input: RequestInput & { bound: bigint }) => {
  await store.reserve(input);
  return store.commit(commitInput(input.stack, Number(`0x${input.requestId}`), 1n));
};

/** Runs the contract over the implementation; `place()` gives a fresh, empty place. */
export const storeContract = (name: string, place: () => StorePlace): void => {
  const withStack = async (units?: bigint): Promise<Store> => {
    const store = place().open();
    await store.putStack(stackTerms(7n, units), 0);
    return store;
  };

  test(`${name}: reserve counts the bound in and commit turns it into consumed units`, async () => {
    const store = await withStack();
    expect(await store.reserve({ ...requestInput(7n, 1), bound: 100n })).toEqual({ kind: 'reserved', attempt: 1 });
    expect(await store.findStack(7n)).toMatchObject({ reserved: 100n, consumed: 0n });
    const done = await store.commit(commitInput(7n, 1, 40n));
    expect(done).toMatchObject({ index: 0, cumulative: 40n, remaining: 960n });
    const row = await store.findStack(7n);
    expect(row).toMatchObject({ reserved: 0n, consumed: 40n, nextLeaf: 1 });
    expect(row?.lastReceiptHash).toEqual(receiptHash(done.receipt));
    await sound(store);
    await store.close();
  });

  test(`${name}: a reservation that does not fit is refused and states the free units`, async () => {
    const store = await withStack(150n);
    await store.reserve({ ...requestInput(7n, 1), bound: 100n });
    expect(await store.reserve({ ...requestInput(7n, 2), bound: 51n })).toEqual({ kind: 'exhausted', free: 50n });
    expect(await store.reserve({ ...requestInput(7n, 2), bound: 50n })).toMatchObject({ kind: 'reserved' });
    expect(await store.findRequest(7n, requestInput(7n, 3).requestId)).toBeUndefined();
    await store.close();
  });

  test(`${name}: parallel reservations never exceed the stack`, async () => {
    const store = await withStack(1000n);
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, n) => store.reserve({ ...requestInput(7n, n), bound: 60n })),
    );
    expect(all.filter((each) => each.kind === 'reserved')).toHaveLength(16);
    expect((await store.findStack(7n))?.reserved).toBe(960n);
    await store.close();
  });

  test(`${name}: the leaf index has no gaps and receipts chain`, async () => {
    const store = await withStack();
    for (const n of [1, 2, 3]) await store.reserve({ ...requestInput(7n, n), bound: 10n });
    await store.release(7n, requestInput(7n, 2).requestId, 'cancelled', 1);
    const receipts = [await store.commit(commitInput(7n, 3, 5n)), await store.commit(commitInput(7n, 1, 6n))];
    expect(receipts.map(({ index, cumulative }) => [index, cumulative])).toEqual([
      [0, 5n],
      [1, 11n],
    ]);
    expect(receiptLayout.decode(receipts[1]?.receipt as Uint8Array).previous).toEqual(
      receiptHash(receipts[0]?.receipt as Uint8Array),
    );
    expect((await store.listLeaves(7n)).map((leaf) => leaf.index)).toEqual([0, 1]);
    expect((await store.listLeaves(7n, 1, 1)).map((leaf) => leaf.units)).toEqual([6n]);
    await sound(store);
    await store.close();
  });

  test(`${name}: a request id is taken once; the same envelope finds its row, another body too`, async () => {
    const store = await withStack();
    await serve(store, 7n, 1, 9n);
    const again = await store.reserve({ ...requestInput(7n, 1), bound: 100n });
    expect(again).toMatchObject({ kind: 'known', row: { state: 'committed', units: 9n } });
    const other = await store.reserve({ ...requestInput(7n, 1, 'other'), bound: 100n });
    expect(other).toMatchObject({ kind: 'known' });
    expect((await store.findStack(7n))?.consumed).toBe(9n);
    await store.close();
  });

  test(`${name}: after a cancel the same envelope runs again, another one under the same id does not`, async () => {
    const store = await withStack();
    await store.reserve({ ...requestInput(7n, 1), bound: 10n });
    await store.release(7n, requestInput(7n, 1).requestId, 'cancelled', 5);
    expect(await store.reserve({ ...requestInput(7n, 1, 'other'), bound: 10n })).toMatchObject({ kind: 'known' });
    expect(await store.reserve({ ...requestInput(7n, 1), bound: 20n })).toEqual({ kind: 'reserved', attempt: 2 });
    expect((await store.findStack(7n))?.reserved).toBe(20n);
    await sound(store);
    await store.close();
  });

  test(`${name}: a refusal is final, before or after reserving`, async () => {
    const store = await withStack();
    await store.refuse(requestInput(7n, 1), refusalRecord('invalid_request'), 'refused');
    await store.reserve({ ...requestInput(7n, 2), bound: 10n });
    await store.refuse(requestInput(7n, 2), refusalRecord('backend_error'), 'engine');
    expect((await store.findStack(7n))?.reserved).toBe(0n);
    for (const [n, code] of [
      [1, 'invalid_request'],
      [2, 'backend_error'],
    ] as const) {
      const outcome = await store.reserve({ ...requestInput(7n, n), bound: 10n });
      expect(outcome).toMatchObject({ kind: 'known', row: { state: 'released', refused: refusalRecord(code) } });
      const row = await store.refuse(requestInput(7n, n), refusalRecord('later'), 'refused');
      expect(row.refused?.problem).toBe(refusalRecord(code).problem);
    }
    await sound(store);
    await store.close();
  });

  test(`${name}: a committed request is never refused, released or committed again`, async () => {
    const store = await withStack();
    await serve(store, 7n, 1, 9n);
    const { requestId } = requestInput(7n, 1);
    expect((await store.refuse(requestInput(7n, 1), refusalRecord('x'), 'refused')).state).toBe('committed');
    await expect(store.release(7n, requestId, 'cancelled', 1)).rejects.toThrowError(refused('NODE_LEDGER'));
    await expect(store.commit(commitInput(7n, 1, 1n))).rejects.toThrowError(refused('NODE_LEDGER'));
    await sound(store);
    await store.close();
  });

  test(`${name}: a commit beyond the bound, or one whose receipt cannot be signed, changes nothing`, async () => {
    const store = await withStack();
    await store.reserve({ ...requestInput(7n, 1), bound: 10n });
    await expect(store.commit(commitInput(7n, 1, 11n))).rejects.toThrowError(refused('NODE_LEDGER'));
    const unsigned = { ...commitInput(7n, 1, 5n), sign: signPlace({ stack: 7n, requestId: 'zz', units: 0n }) };
    await expect(store.commit(unsigned)).rejects.toThrowError(refused('WIRE_MALFORMED'));
    expect(await store.findStack(7n)).toMatchObject({ reserved: 10n, consumed: 0n, nextLeaf: 0 });
    expect(await store.commit(commitInput(7n, 1, 10n))).toMatchObject({ index: 0 });
    await sound(store);
    await store.close();
  });

  test(`${name}: only open stacks take work; freezing needs an idle, sound stack and stores the intent with it`, async () => {
    const store = await withStack();
    await serve(store, 7n, 1, 9n);
    await store.reserve({ ...requestInput(7n, 2), bound: 10n });
    expect(await store.moveStack(7n, ['open'], 'draining')).toBe(true);
    expect(await store.moveStack(7n, ['open'], 'draining')).toBe(false);
    expect(await store.reserve({ ...requestInput(7n, 3), bound: 1n })).toEqual({ kind: 'state', state: 'draining' });
    await expect(store.freeze(7n, 1, () => '')).rejects.toThrowError(refused('NODE_STACK_STATE'));
    await store.commit(commitInput(7n, 2, 3n));
    const intent = await store.freeze(7n, 1, (row) => JSON.stringify([String(row.consumed), row.nextLeaf]));
    expect(intent).toMatchObject({ kind: 'settle', subject: '7', state: 'intent', frozen: '["12",2]' });
    expect((await store.findStack(7n))?.state).toBe('settling');
    expect(await store.freeze(7n, 2, () => 'other')).toEqual(intent);
    await expect(store.commit(commitInput(7n, 2, 3n))).rejects.toThrowError(refused('NODE_LEDGER'));
    await store.close();
  });

  test(`${name}: what was under way ends with the process, uncharged, and may come again`, async () => {
    const where = place();
    const store = where.open();
    await store.putStack(stackTerms(7n), 0);
    await serve(store, 7n, 1, 9n);
    await store.reserve({ ...requestInput(7n, 2), bound: 10n });
    await store.reserve({ ...requestInput(7n, 3), bound: 10n });
    await store.close();
    const again = where.open();
    expect(await again.recover()).toEqual({ breaches: [], quarantined: [] });
    expect(await again.findStack(7n)).toMatchObject({ reserved: 0n, consumed: 9n });
    expect(await again.findRequest(7n, requestInput(7n, 3).requestId)).toBeUndefined();
    expect(await again.reserve({ ...requestInput(7n, 3), bound: 10n })).toEqual({ kind: 'reserved', attempt: 1 });
    await again.close();
  });

  test(`${name}: bodies and answers are kept, then swept`, async () => {
    const store = await withStack();
    await serve(store, 7n, 1, 9n);
    const { requestId, body } = requestInput(7n, 1);
    expect(new Uint8Array((await store.findBody(7n, requestId)) as Uint8Array)).toEqual(body);
    expect(await store.findResponse(7n, requestId)).toMatchObject({ status: 200, streamed: false });
    expect(await store.sweep({ responsesBefore: 2001, closedBefore: 0 })).toEqual({ responses: 0, bodies: 0 });
    expect(await store.sweep({ responsesBefore: 2002, closedBefore: 0 })).toEqual({ responses: 1, bodies: 0 });
    expect(await store.findResponse(7n, requestId)).toBeUndefined();
    await store.moveStack(7n, ['open'], 'closed');
    expect(await store.sweep({ responsesBefore: 0, closedBefore: Date.now() + 1e6 })).toEqual({
      responses: 0,
      bodies: 1,
    });
    await store.close();
  });

  test(`${name}: history lost is taken back from the owner, in order and once`, async () => {
    const first = await withStack();
    for (const n of [1, 2]) await serve(first, 7n, n, BigInt(n));
    const leaves = await first.listLeaves(7n);
    const rows = leaves.map((leaf) => ({
      ...leaf,
      body: null,
      promptUnits: leaf.units,
      completionUnits: 0n,
      receiptHash: receiptHash(leaf.receipt),
      now: 5,
    }));
    const second = await withStack();
    await expect(second.importLeaves(7n, rows)).rejects.toThrowError(refused('NODE_STACK_STATE'));
    await second.moveStack(7n, ['open'], 'quarantine');
    await expect(second.importLeaves(7n, rows.slice(1))).rejects.toThrowError(refused('NODE_LEDGER'));
    expect(await second.importLeaves(7n, rows)).toBe(2);
    expect(await second.importLeaves(7n, rows)).toBe(0);
    await sound(second);
    await second.moveStack(7n, ['quarantine'], 'open');
    expect(await serve(second, 7n, 3, 3n)).toMatchObject({ index: 2, cumulative: 6n });
    await first.close();
    await second.close();
  });

  test(`${name}: one instance holds the lease until it expires or is dropped`, async () => {
    const where = place();
    const store = where.open();
    const hold = (instance: string, now: number) => store.holdLease({ instance, pid: 1, now, ttlMs: 15_000 });
    await hold('a', 0);
    await expect(hold('b', 14_999)).rejects.toThrowError(refused('NODE_DATABASE_IN_USE'));
    await hold('a', 10_000);
    await expect(hold('b', 24_999)).rejects.toThrowError(refused('NODE_DATABASE_IN_USE'));
    expect(await hold('b', 25_000)).toMatchObject({ instance: 'b', expiresMs: 40_000 });
    await store.dropLease('a');
    await expect(hold('a', 25_001)).rejects.toThrowError(refused('NODE_DATABASE_IN_USE'));
    await store.dropLease('b');
    expect(await hold('a', 25_001)).toMatchObject({ instance: 'a' });
    // Where the kernel is the same its lock was free, so the process before is gone, whatever its lease says.
    await hold('a/boot-1/10', 50_000);
    await expect(hold('a/boot-2/10', 50_001)).rejects.toThrowError(refused('NODE_DATABASE_IN_USE'));
    await expect(hold('a/unknown/11', 50_001)).rejects.toThrowError(refused('NODE_DATABASE_IN_USE'));
    expect(await hold('a/boot-1/11', 50_001)).toMatchObject({ instance: 'a/boot-1/11' });
    await hold('a/unknown/11', 70_000);
    await expect(hold('a/unknown/12', 70_001)).rejects.toThrowError(refused('NODE_DATABASE_IN_USE'));
    await store.close();
  });

  test(`${name}: events are applied once, with their cursor`, async () => {
    const store = await withStack();
    const event = (digest: string, owner: string) => ({
      digest,
      eventIndex: 0,
      mutations: [{ kind: 'stackOwner', stack: 7n, owner }] as const,
    });
    expect(await store.cursor()).toEqual({ cursor: null, checkpoint: 0n });
    expect(await store.applyEvents([event('a', 'x'), event('b', 'y')], { cursor: 'c1', checkpoint: 4n })).toBe(2);
    expect(await store.applyEvents([event('a', 'x')], { cursor: 'c2', checkpoint: 5n })).toBe(0);
    expect((await store.findStack(7n))?.owner).toBe('y');
    expect(await store.cursor()).toEqual({ cursor: 'c2', checkpoint: 5n });
    await store.resetMirror();
    expect(await store.cursor()).toEqual({ cursor: null, checkpoint: 0n });
    expect(await store.applyEvents([event('a', 'x')], { cursor: 'c1', checkpoint: 4n })).toBe(1);
    await store.close();
  });

  test(`${name}: tickets, duties, evidence and settings are kept`, async () => {
    const store = await withStack();
    const duty = { kind: 'attest', stack: 7n, beforeEpoch: 5n, fromEpoch: 3n, data: '{}', updatedMs: 1 } as const;
    await store.putDuty(duty);
    await store.endDuty('attest', 7n, 'done');
    await store.putDuty(duty);
    expect(await store.listDuties(['open'])).toEqual([]);
    await store.putDuty({ ...duty, beforeEpoch: 7n });
    expect(await store.listDuties(['open'])).toMatchObject([{ state: 'open', beforeEpoch: 7n }]);
    const ticket = { stack: 7n, node: 3n, state: 'open', deadlineEpoch: 5n, data: '{}' };
    await store.applyEvents([{ digest: 'd', eventIndex: 0, mutations: [{ kind: 'ticket', row: ticket }] }], {
      cursor: null,
      checkpoint: 0n,
    });
    expect(await store.findTicket(7n)).toEqual(ticket);
    const evidence = {
      stack: 7n,
      kind: 'row',
      digest: 'aa',
      source: '0x1',
      payload: Uint8Array.of(1),
      receivedMs: 1,
    } as const;
    expect([await store.addEvidence(evidence), await store.addEvidence(evidence)]).toEqual([true, false]);
    expect(await store.listEvidence(7n)).toHaveLength(1);
    await store.addEvidence({ ...evidence, kind: 'transcript', digest: 'own' });
    await store.addEvidence({ ...evidence, kind: 'row', digest: 'r1' });
    await store.addEvidence({ ...evidence, kind: 'row', digest: 'r2' });
    await store.addEvidence({ ...evidence, kind: 'row', digest: 'r3', source: '0xother' });
    const digests = async (filter?: EvidenceFilter) =>
      (await store.listEvidence(7n, filter)).map(({ digest }) => digest);
    expect(await digests()).toEqual(['aa', 'own', 'r1', 'r2', 'r3']);
    expect(await digests({ kind: 'transcript' })).toEqual(['own']);
    expect(await digests({ kind: 'row', after: 'aa', limit: 2 })).toEqual(['r1', 'r2']);
    expect(await digests({ kind: 'row', after: 'r3', limit: 1 })).toEqual([]);
    const sizes = { '0x1': 3, '0xother': 1 };
    expect(Object.fromEntries(await store.evidenceSizes(7n))).toEqual(sizes);
    expect(await store.evidenceSizes(8n)).toEqual(new Map());
    // What parties sent about a stack goes with it: nobody fills the disk of others with what is over.
    const end = { digest: 'e', eventIndex: 0, mutations: [{ kind: 'signersEnd', stack: 7n }] } as const;
    await store.applyEvents([end], { cursor: null, checkpoint: 0n });
    expect(await store.listEvidence(7n)).toEqual([]);
    await store.putSetting('a', '1');
    expect([await store.getSetting('a'), await store.getSetting('b')]).toEqual(['1', undefined]);
    await store.close();
  });

  test(`${name}: the outbox moves only along its states`, async () => {
    const store = await withStack();
    const key = { kind: 'claim', subject: '7' } as const;
    await store.putIntent('claim', '7', '{"a":1}', 1);
    expect((await store.putIntent('claim', '7', '{"a":2}', 2)).frozen).toBe('{"a":1}');
    await expect(store.moveOutbox(key, ['built'], { state: 'submitted', updatedMs: 3 })).rejects.toThrowError(
      refused('NODE_OUTBOX'),
    );
    await store.moveOutbox(key, ['intent'], {
      state: 'built',
      transaction: Uint8Array.of(1),
      digest: 'D',
      updatedMs: 3,
    });
    expect(await store.findOutbox('claim', '7')).toMatchObject({ state: 'built', digest: 'D', attempt: 1 });
    expect(await store.listOutbox(['intent'])).toEqual([]);
    expect((await store.totals()).outbox).toMatchObject({ built: 1, intent: 0 });
    await store.close();
  });

  test(`${name}: what was served is told by the day, newest first`, async () => {
    const store = await withStack();
    const day = 86_400_000;
    const noon = Date.UTC(2026, 10, 28, 12);
    for (const [n, at, units] of [
      [1, noon - 40 * day, 1n],
      [2, noon - day, 2n],
      [3, noon, 3n],
      [4, noon + 1, 4n],
    ] as const) {
      await store.reserve({ ...requestInput(7n, n), bound: 10n });
      await store.commit({ ...commitInput(7n, n, units), now: at });
    }
    await store.reserve({ ...requestInput(7n, 5), bound: 50n });
    expect(await store.earningsByDay(noon - 30 * day)).toEqual([
      { day: '2026-11-28', requests: 2, units: 7n, earned: 700n },
      { day: '2026-11-27', requests: 1, units: 2n, earned: 200n },
    ]);
    expect(await store.earningsByDay(0)).toHaveLength(3);
    await store.close();
  });

  test(`${name}: any sequence of operations keeps the ledger sound`, async () => {
    const step = fc.record({
      n: fc.integer({ min: 0, max: 5 }),
      bound: fc.integer({ min: 1, max: 60 }),
      op: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const store = await withStack(200n);
        let expected = 0n;
        for (const { n, bound, op } of steps) {
          const { requestId } = requestInput(7n, n);
          const row = await store.findRequest(7n, requestId);
          const open = row?.state === 'reserved';
          if (op < 3) await store.reserve({ ...requestInput(7n, n), bound: BigInt(bound) });
          else if (op === 3 && open) {
            const units = BigInt(Math.min(bound, Number(row.bound)));
            expected += (await store.commit(commitInput(7n, n, units))) ? units : 0n;
          } else if (op === 4 && open) await store.release(7n, requestId, 'cancelled', 1);
          else if (op === 5) await store.refuse(requestInput(7n, n), refusalRecord('r'), 'engine');
          await sound(store);
        }
        expect((await store.findStack(7n))?.consumed).toBe(expected);
        await store.close();
      }),
      { numRuns: 40 },
    );
  });

  test(`${name}: a stack is handed off between requests, once, and then serves its new owner and later ones alone`, async () => {
    const store = await withStack();
    const [seller, heir, third] = [1, 2, 3].map((i) => messageSigner(Ed25519Keypair.fromSecretKey(ownKey(i))));
    const by = (who: MessageSigner | undefined, n: number) => ({
      ...requestInput(7n, n),
      signature: (who as MessageSigner).sign(requestInput(7n, n).envelope),
      bound: 10n,
    });
    const [from, to, last] = [seller, heir, third].map((who) => who?.address as string) as [string, string, string];
    const recorded = (owner: string, eventIndex: number): EventToApply => ({
      ...{ digest: 'owners', eventIndex },
      mutations: [
        eventIndex === 0 ? { kind: 'signers', stack: 7n, badge: '0xb', owner } : { kind: 'signer', stack: 7n, owner },
      ],
    });
    const apply = (owner: string, at: number) =>
      store.applyEvents([recorded(owner, at)], { cursor: null, checkpoint: 0n });
    const hand = (owner: string) => store.handOff(7n, owner, 9_000, (used) => said(owner, used));
    await apply(from, 0);
    await store.reserve(by(seller, 1));
    expect(await hand(to)).toEqual({ kind: 'busy', requests: 1 });
    await store.commit(commitInput(7n, 1, 4n));
    const handed = await hand(to);
    expect(handed).toEqual({ kind: 'signed', shown: said(to, { nextLeaf: 1, consumed: 4n }) });
    expect(await store.findStack(7n)).toMatchObject({ lastRequestMs: 9_000 });
    expect(await store.reserve(by(seller, 2))).toEqual({ kind: 'handedOff' });
    expect(await store.reserve(by(seller, 1))).toMatchObject({ kind: 'known' });
    expect(await hand(last)).toMatchObject({ kind: 'refused' });
    expect(await serveAs(store, by(heir, 3))).toMatchObject({ index: 1 });
    expect(await hand(to)).toEqual(handed);
    await apply(to, 1);
    await apply(last, 2);
    expect(await store.reserve(by(seller, 4))).toEqual({ kind: 'handedOff' });
    expect(await serveAs(store, by(third, 5))).toMatchObject({ index: 2 });
    expect(await hand(from)).toMatchObject({ kind: 'refused' });
    expect(await hand(last)).toMatchObject({ kind: 'signed' });
    expect(await store.reserve(by(heir, 6))).toEqual({ kind: 'handedOff' });
    await store.moveStack(7n, ['open'], 'draining');
    expect(await hand(last)).toEqual({ kind: 'state', state: 'draining' });
    await sound(store);
    await store.close();
  });
};
