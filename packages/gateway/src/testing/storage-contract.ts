/** What every storage of the gateway must do, whatever database it is in. Call inside a test file. */
import { expect, test } from 'vitest';
import type { GatewayStore, KeyRow } from '../store/types.ts';

/** A place where a storage lies, and may be opened more than once. */
export interface StoragePlace {
  readonly open: () => Promise<GatewayStore>;
}

const refused = (code: string) => expect.objectContaining({ code });
const key = (id: string, more: Partial<KeyRow> = {}): KeyRow => ({
  requestsPerMinute: null,
  unitsPerMinute: null,
  concurrency: null,
  dayUnits: null,
  monthUnits: null,
  dayCost: null,
  monthCost: null,
  levels: [],
  tasks: [],
  nodePolicy: null,
  price: null,
  origins: [],
  id,
  tenant: 't',
  name: '',
  secretHash: Uint8Array.of(0, 255),
  models: [],
  addresses: [],
  maxPrice: null,
  dedicated: false,
  createdMs: 1,
  expiresMs: null,
  revokedMs: null,
  ...more,
});
const row = (id: string, more: object = {}) => ({
  id,
  key: 'k',
  tenant: 't',
  endpoint: '/v1/chat/completions',
  model: 'm',
  boundUnits: 10n,
  boundCost: 100n,
  createdMs: 1,
  ...more,
});
const settled = { units: 4n, cost: 40n, status: 200, nowMs: 2 };
const nothing = { units: 0n, cost: 0n, status: null, nowMs: 3 };

/** Runs the contract; `place` gives a fresh, empty place. */
export const storageContract = (name: string, place: () => Promise<StoragePlace>): void => {
  const withStore = (title: string, work: (store: GatewayStore) => Promise<void>): void =>
    test(`${name}: ${title}`, async () => {
      const store = await (await place()).open();
      await work(store);
      await store.close();
    });

  test(`${name}: the books have one gateway and one wallet; keys may be made beside it, and are noticed`, async () => {
    const { open } = await place();
    const [store, beside] = [await open(), await open()];
    await store.claim('0x1');
    await expect(beside.claim('0x1')).rejects.toThrowError(refused('GATEWAY_IN_USE'));
    await expect(beside.claim('0x2')).rejects.toThrowError(refused('GATEWAY_FOREIGN'));
    const before = await store.outsideChanges();
    expect(await store.outsideChanges()).toBe(before);
    await beside.putKey(key('a'));
    expect(await store.outsideChanges()).not.toBe(before);
    expect(await store.findKey('a')).toEqual(key('a'));
    await beside.close();
    await store.close();
  });

  withStore('keys come back as they were put', async (store) => {
    const full = key('b', {
      models: ['m', 'n"ü'],
      addresses: ['::1'],
      maxPrice: 2n ** 62n,
      levels: [1, 0],
      tasks: [2n ** 60n],
      origins: ['https://a.example'],
      dedicated: true,
      requestsPerMinute: 1,
      dayUnits: 3n,
      createdMs: 0,
      expiresMs: 9,
      tenant: 'u',
    });
    await store.putKey(key('a'));
    await store.putKey(full);
    expect(await store.listKeys()).toEqual([full, key('a')]);
    expect(await store.listKeys('u')).toEqual([full]);
    await store.putKey({ ...full, revokedMs: 5 });
    expect(await store.findKey('b')).toEqual({ ...full, revokedMs: 5 });
    expect(await store.findKey('c')).toBeUndefined();
  });

  withStore('a row is reserved, raised, settled, and settled again by what comes late', async (store) => {
    await store.reserve(row('a'));
    await store.reserve(row('a'));
    expect(await store.findRow('a')).toMatchObject({
      state: 'reserved',
      boundUnits: 20n,
      boundCost: 200n,
      status: null,
    });
    await store.settle('a', settled);
    const done = { state: 'settled', units: 4n, cost: 40n, status: 200, finishedMs: 2 };
    expect(await store.findRow('a')).toMatchObject(done);
    await store.settle('a', { units: 5n, cost: 50n, status: null, nowMs: 9 });
    expect(await store.findRow('a')).toMatchObject({ ...done, units: 5n, cost: 50n });
    await store.reserve(row('b'));
    await store.settle('b', nothing);
    expect(await store.findRow('b')).toMatchObject({ state: 'released', units: 0n, status: null, finishedMs: 3 });
    expect(await store.findRow('c')).toBeUndefined();
  });

  withStore('sums, reports and lists', async (store) => {
    const hour = 3_600_000;
    for (const [id, more] of [
      ['a', {}],
      ['b', { createdMs: hour + 5 }],
      ['c', { createdMs: hour + 6, model: 'n' }],
      ['d', { createdMs: hour + 7, key: 'l', tenant: 'u' }],
    ] as const)
      await store.reserve(row(id, more));
    for (const id of ['a', 'b', 'd']) await store.settle(id, settled);
    const none = { reservedUnits: 0n, reservedCost: 0n };
    expect(await store.totals()).toEqual({
      requests: 4,
      units: 12n,
      cost: 120n,
      reservedUnits: 10n,
      reservedCost: 100n,
    });
    expect(await store.usage('k', 2)).toEqual({
      requests: 2,
      units: 4n,
      cost: 40n,
      reservedUnits: 10n,
      reservedCost: 100n,
    });
    expect(await store.usage('nobody', 0)).toEqual({ requests: 0, units: 0n, cost: 0n, ...none });
    const one = { requests: 1, units: 4n, cost: 40n, ...none, tenant: 't', key: 'k', model: 'm' };
    expect(await store.report({ tenant: 't', sinceMs: 0 })).toEqual([
      { ...one, hourMs: 0 },
      { ...one, hourMs: hour },
      { ...one, hourMs: hour, model: 'n', units: 0n, cost: 0n, reservedUnits: 10n, reservedCost: 100n },
    ]);
    expect(await store.report({ sinceMs: hour + 7 })).toEqual([{ ...one, hourMs: hour, tenant: 'u', key: 'l' }]);
    const ids = async (filter: Parameters<GatewayStore['listRows']>[0]) =>
      (await store.listRows(filter)).map(({ id }) => id);
    expect(await ids({ limit: 2 })).toEqual(['d', 'c']);
    expect(await ids({ limit: 9, tenant: 't', key: 'k', states: ['settled'] })).toEqual(['b', 'a']);
  });

  withStore('answers and what waits for one, by tenant and name, until they are swept', async (store) => {
    const answer = {
      requestHash: Uint8Array.of(1),
      status: 200,
      contentType: 'application/json',
      headers: { a: 'b' },
      body: Uint8Array.of(0, 1, 2),
    };
    const waiting = { requestHash: Uint8Array.of(2), tags: ['k:1', 'k:2'] };
    await store.putAnswer('t', 'n', { ...answer, status: 201 }, 4);
    await store.putAnswer('t', 'n', answer, 5);
    await store.putPending('t', 'n', waiting, 5);
    expect(await store.findAnswer('t', 'n', 5)).toMatchObject(answer);
    expect(await store.findPending('t', 'n', 5)).toMatchObject(waiting);
    expect([await store.findAnswer('t', 'n', 6), await store.findAnswer('u', 'n', 0)]).toEqual([undefined, undefined]);
    expect([await store.sweep(5), await store.sweep(6)]).toEqual([0, 1]);
    expect([await store.findAnswer('t', 'n', 0), await store.findPending('t', 'n', 0)]).toEqual([undefined, undefined]);
  });

  withStore('payments, by digest and by state, oldest first', async (store) => {
    const payment = (digest: string, more: object = {}) => ({
      digest,
      payer: '0xa',
      amount: 2n ** 60n,
      state: 'taken' as const,
      tags: [],
      refund: null,
      batch: null,
      createdMs: 5,
      changedMs: 5,
      ...more,
    });
    const paid = { state: 'paid' as const, tags: ['k:1', 'k:2'], refund: 7n, batch: 'b', changedMs: 6 };
    await store.putPayment(payment('d2'));
    await store.putPayment(payment('d1', { createdMs: 9 }));
    await store.putPayment(payment('d2', paid));
    expect(await store.findPayment('d2')).toEqual(payment('d2', paid));
    expect(await store.findPayment('d3')).toBeUndefined();
    expect((await store.listPayments({ limit: 9 })).map(({ digest }) => digest)).toEqual(['d1', 'd2']);
    expect(await store.listPayments({ states: ['taken', 'void'], limit: 9 })).toEqual([
      payment('d1', { createdMs: 9 }),
    ]);
    expect((await store.listPayments({ limit: 1 })).map(({ digest }) => digest)).toEqual(['d1']);
  });

  withStore('the audit log, newest first, and settings', async (store) => {
    const line = (atMs: number, action: string) => ({ atMs, actor: 'x', action, detail: '{}' });
    for (const each of [line(1, 'a'), line(2, 'b'), line(2, 'c')]) await store.addAudit(each);
    expect(await store.listAudit(2)).toEqual([line(2, 'c'), line(2, 'b')]);
    await store.putSetting('s', '1');
    await store.putSetting('s', '2');
    expect([await store.getSetting('s'), await store.getSetting('none')]).toEqual(['2', undefined]);
  });
};
