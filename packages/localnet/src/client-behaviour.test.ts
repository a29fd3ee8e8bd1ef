/**
 * What applications meet when they use the SDK's client on a served ledger, over HTTP: each case is one behaviour of the client
 * that a full node shows. Written from the client's own documentation and types.
 */
import { bcs } from '@mysten/sui/bcs';

import { deriveDynamicFieldID, normalizeSuiAddress } from '@mysten/sui/utils';
import { afterAll, beforeAll, expect } from 'vitest';
import { execute } from './testing/network.ts';
import { absent, cases, namesOf, nobody, openWorld, refused, SUI_TYPE, type World } from './testing/served.ts';

let w: World;
beforeAll(async () => {
  w = await openWorld('client behaviour');
  for (let i = 0; i < 5; i++) await execute(w, w.alice, increment);
});
afterAll(() => w.closeAll());

const { owner, pearl, itemType, item, increment } = namesOf(() => w);
const u64 = (value: number) => ({ type: 'u64', bcs: bcs.u64().serialize(value).toBytes() });
const pages = async <Item>(
  list: (cursor: string | null) => Promise<{ items: readonly Item[]; cursor: string | null; hasNextPage: boolean }>,
): Promise<Item[][]> => {
  const all: Item[][] = [];
  let cursor: string | null = null;
  for (;;) {
    const page = await list(cursor);
    all.push([...page.items]);
    if (!page.hasNextPage) return all;
    ({ cursor } = page);
  }
};

cases('objects', [
  [
    'ids come back in full, whatever was asked',
    async () => {
      const { object } = await w.client.getObject({ objectId: '0x6' });
      expect(object.objectId).toBe(normalizeSuiAddress('0x6'));
    },
  ],
  [
    'one that is missing rejects',
    () => expect(w.client.getObject({ objectId: absent })).rejects.toMatchObject({ code: 'notExists' }),
  ],
  ['none asked, none given', async () => expect((await w.client.getObjects({ objectIds: [] })).objects).toEqual([])],
  [
    'more than a batch keep their order',
    async () => {
      const objectIds = Array.from({ length: 120 }, (_, i) => item(i % 5));
      const { objects } = await w.client.getObjects({ objectIds });
      expect(objects.map((object) => (object instanceof Error ? '' : object.objectId))).toEqual(objectIds);
    },
  ],
  [
    'missing ones are errors in their place',
    async () => {
      const { objects } = await w.client.getObjects({ objectIds: [item(0), absent, item(1)] });
      expect(objects.map((object) => object instanceof Error)).toEqual([false, true, false]);
    },
  ],
  [
    'only what is included comes',
    async () => {
      const { object } = await w.client.getObject({ objectId: item(0) });
      expect([object.json, object.content, object.previousTransaction, object.objectBcs]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
    },
  ],
  [
    'content is the BCS of the Move value',
    async () => {
      const { object } = await w.client.getObject({ objectId: item(0), include: { content: true } });
      expect(`0x${Buffer.from(object.content).subarray(0, 32).toString('hex')}`).toBe(item(0));
    },
  ],
  [
    'the whole object decodes with the SDK',
    async () => {
      const { object } = await w.client.getObject({ objectId: item(0), include: { objectBcs: true, content: true } });
      expect(bcs.Object.parse(object.objectBcs).data.Move?.contents).toEqual(object.content);
    },
  ],
  [
    'the previous transaction is one that can be read',
    async () => {
      const { object } = await w.client.getObject({ objectId: item(0), include: { previousTransaction: true } });
      const read = await w.client.getTransaction({ digest: object.previousTransaction as string });
      expect(read.$kind).toBe('Transaction');
    },
  ],
  [
    'JSON has the fields',
    async () => {
      const { object } = await w.client.getObject({ objectId: item(2), include: { json: true } });
      expect(object.json).toMatchObject({ id: item(2), small: 200, flag: true, best: '7', worst: null });
    },
  ],
  [
    'owner: an address',
    async () =>
      expect((await w.client.getObject({ objectId: item(0) })).object.owner).toEqual({
        $kind: 'AddressOwner',
        AddressOwner: owner(),
      }),
  ],
  [
    'owner: shared since',
    async () =>
      expect((await w.client.getObject({ objectId: w.counter })).object.owner).toMatchObject({
        $kind: 'Shared',
        Shared: { initialSharedVersion: expect.stringMatching(/^\d+$/) },
      }),
  ],
  [
    'owner: nobody',
    async () =>
      expect((await w.client.getObject({ objectId: w.frozen })).object.owner).toMatchObject({ $kind: 'Immutable' }),
  ],
  [
    'owner: an object',
    async () =>
      expect((await w.client.getObject({ objectId: w.child })).object.owner).toMatchObject({ $kind: 'ObjectOwner' }),
  ],
  [
    'a package is an object of type package',
    async () => expect((await w.client.getObject({ objectId: w.packageId })).object.type).toBe('package'),
  ],
  ['what is no id rejects', () => expect(w.client.getObject({ objectId: 'zz' })).rejects.toThrow()],
]);

const listOwned = (type: string | undefined, limit: number) =>
  pages(async (cursor) => {
    const page = await w.client.listOwnedObjects({ owner: owner(), limit, cursor, ...(type ? { type } : {}) });
    return { ...page, items: page.objects.map(({ objectId }) => objectId) };
  });

cases('owned objects', [
  [
    'of a type, in pages without repeats',
    async () => {
      const found = await listOwned(itemType(), 2);
      expect(found.map((page) => page.length)).toEqual([2, 2, 2]);
      expect(new Set(found.flat())).toEqual(new Set([...w.items, w.parent]));
    },
  ],
  ['a page that is exactly full is the last', async () => expect((await listOwned(itemType(), 6)).length).toBe(1)],
  ['pages of one', async () => expect((await listOwned(itemType(), 1)).length).toBe(6)],
  [
    'without a type everything',
    async () => expect(new Set((await listOwned(undefined, 50)).flat()).size).toBeGreaterThan(9),
  ],
  [
    'of a generic type all its instances',
    async () => {
      const { objects } = await w.client.listOwnedObjects({ owner: owner(), type: '0x2::coin::Coin' });
      expect(new Set(objects.map(({ type }) => type)).size).toBe(2);
    },
  ],
  [
    'of one instance only that',
    async () => {
      const { objects } = await w.client.listOwnedObjects({ owner: owner(), type: `0x2::coin::Coin<${pearl()}>` });
      expect(objects).toHaveLength(2);
    },
  ],
  [
    'of an unknown type nothing',
    async () =>
      expect((await w.client.listOwnedObjects({ owner: owner(), type: `${w.packageId}::demo::Nope` })).objects).toEqual(
        [],
      ),
  ],
  [
    'of nobody nothing',
    async () =>
      expect(await w.client.listOwnedObjects({ owner: nobody })).toMatchObject({
        objects: [],
        hasNextPage: false,
        cursor: null,
      }),
  ],
  [
    'children are not owned by the address',
    async () => expect((await listOwned(itemType(), 50)).flat()).not.toContain(w.child),
  ],
  [
    'with their JSON',
    async () => {
      const { objects } = await w.client.listOwnedObjects({
        owner: owner(),
        type: itemType(),
        include: { json: true },
      });
      expect(objects.map(({ json }) => (json as { name: string }).name).sort()).toContain('parent');
    },
  ],
  [
    'a cursor of somewhere else is refused',
    () =>
      refused(
        w.client.listOwnedObjects({ owner: owner(), cursor: Buffer.from('no cursor').toString('base64') }),
        'INVALID_ARGUMENT',
      ),
  ],
  [
    'a type that is none is refused',
    () => refused(w.client.stateService.listOwnedObjects({ owner: owner(), objectType: '0x2::' }), 'INVALID_ARGUMENT'),
  ],
  [
    'an owner that is none is refused',
    () => refused(w.client.stateService.listOwnedObjects({ owner: 'me' }), 'INVALID_ARGUMENT'),
  ],
]);

cases('coins and balances', [
  [
    'SUI is the default',
    async () =>
      expect(
        (await w.client.listCoins({ owner: w.bob.toSuiAddress() })).objects.every(({ type }) =>
          type.endsWith('::sui::SUI>'),
        ),
      ).toBe(true),
  ],
  [
    'largest first',
    async () => {
      const { objects } = await w.client.listCoins({ owner: owner(), coinType: pearl() });
      expect(objects.map(({ balance }) => balance)).toEqual(['1000000', '250000']);
    },
  ],
  [
    'in pages',
    async () => {
      const found = await pages(async (cursor) => {
        const page = await w.client.listCoins({ owner: owner(), coinType: pearl(), limit: 1, cursor });
        return { ...page, items: page.objects };
      });
      expect(found.map((page) => page.length)).toEqual([1, 1]);
    },
  ],
  [
    'the balance is the sum of the coins',
    async () => {
      const { objects } = await w.client.listCoins({ owner: w.bob.toSuiAddress() });
      const sum = objects.reduce((total, { balance }) => total + BigInt(balance), 0n);
      expect((await w.client.getBalance({ owner: w.bob.toSuiAddress() })).balance).toMatchObject({
        balance: sum.toString(),
        coinBalance: sum.toString(),
        addressBalance: '0',
      });
    },
  ],
  [
    'of another coin',
    async () =>
      expect((await w.client.getBalance({ owner: owner(), coinType: pearl() })).balance.balance).toBe('1250000'),
  ],
  [
    'of a coin nobody made',
    async () =>
      expect(
        (await w.client.getBalance({ owner: owner(), coinType: `${w.packageId}::demo::Item` })).balance.balance,
      ).toBe('0'),
  ],
  ['of nobody', async () => expect((await w.client.getBalance({ owner: nobody })).balance.balance).toBe('0')],
  [
    'all of them',
    async () =>
      expect((await w.client.listBalances({ owner: owner() })).balances.map(({ coinType }) => coinType).sort()).toEqual(
        [`${normalizeSuiAddress('0x2')}::sui::SUI`, pearl()].sort(),
      ),
  ],
  ['all of nobody', async () => expect((await w.client.listBalances({ owner: nobody })).balances).toEqual([])],
  [
    'metadata of SUI',
    async () =>
      expect((await w.client.getCoinMetadata({ coinType: SUI_TYPE })).coinMetadata).toMatchObject({
        decimals: 9,
        symbol: 'SUI',
      }),
  ],
  [
    'metadata of a published coin',
    async () =>
      expect((await w.client.getCoinMetadata({ coinType: pearl() })).coinMetadata).toMatchObject({
        decimals: 6,
        symbol: 'PRL',
        name: 'Pearl',
      }),
  ],
  [
    'no metadata is null',
    async () => expect((await w.client.getCoinMetadata({ coinType: itemType() })).coinMetadata).toBeNull(),
  ],
]);

cases('dynamic fields', [
  [
    'in pages without gaps',
    async () => {
      const found = await pages(async (cursor) => {
        const page = await w.client.listDynamicFields({ parentId: w.parent, limit: 25, cursor });
        return { ...page, items: page.dynamicFields.map(({ fieldId }) => fieldId) };
      });
      expect([found.map((page) => page.length), new Set(found.flat()).size]).toEqual([[25, 25, 11], 61]);
    },
  ],
  [
    'ids are those the SDK derives',
    async () => {
      const { dynamicFields } = await w.client.listDynamicFields({ parentId: w.parent, limit: 100 });
      const wanted = Array.from({ length: 60 }, (_, i) => deriveDynamicFieldID(w.parent, 'u64', u64(i).bcs));
      expect(
        new Set(dynamicFields.filter(({ $kind }) => $kind === 'DynamicField').map(({ fieldId }) => fieldId)),
      ).toEqual(new Set(wanted));
    },
  ],
  [
    'values come when asked',
    async () => {
      const { dynamicFields } = await w.client.listDynamicFields({
        parentId: w.parent,
        limit: 5,
        include: { value: true },
      });
      expect(dynamicFields.every(({ value }) => value !== undefined)).toBe(true);
    },
  ],
  [
    'one value',
    async () =>
      expect([
        ...(await w.client.getDynamicField({ parentId: w.parent, name: u64(3) })).dynamicField.value.bcs,
      ]).toEqual([0]),
  ],
  [
    'one object',
    async () =>
      expect((await w.client.getDynamicObjectField({ parentId: w.parent, name: u64(100) })).object.objectId).toBe(
        w.child,
      ),
  ],
  [
    'a missing one rejects',
    () => expect(w.client.getDynamicField({ parentId: w.parent, name: u64(999) })).rejects.toThrow(),
  ],
  [
    'a key of another type is another field',
    () =>
      expect(
        w.client.getDynamicField({ parentId: w.parent, name: { type: 'u8', bcs: new Uint8Array([3]) } }),
      ).rejects.toThrow(),
  ],
  [
    'none under a plain object',
    async () => expect((await w.client.listDynamicFields({ parentId: item(0) })).dynamicFields).toEqual([]),
  ],
  [
    'none under what does not exist',
    async () => expect((await w.client.listDynamicFields({ parentId: absent })).dynamicFields).toEqual([]),
  ],
]);

const moveFunction = (name: string, moduleName = 'demo', packageId = w.packageId) =>
  w.client.getMoveFunction({ packageId, moduleName, name });

cases('Move', [
  [
    'a public function',
    async () =>
      expect((await moveFunction('increment')).function).toMatchObject({
        visibility: 'public',
        isEntry: false,
        returns: [{ body: { $kind: 'u64' } }],
      }),
  ],
  ['a private function', async () => expect((await moveFunction('secret')).function.visibility).toBe('private')],
  [
    'a framework function',
    async () => expect((await moveFunction('split', 'coin', '0x2')).function.parameters).toHaveLength(3),
  ],
  [
    'an entry function of the framework',
    async () =>
      expect((await moveFunction('default', 'kiosk', '0x2')).function).toMatchObject({
        visibility: 'private',
        isEntry: true,
      }),
  ],
  [
    'constraints of type parameters',
    async () =>
      expect((await moveFunction('generic')).function.typeParameters).toEqual([
        { constraints: ['copy', 'drop', 'store'], isPhantom: false },
      ]),
  ],
  ['a missing function', () => refused(moveFunction('nope'), 'NOT_FOUND')],
  ['a missing module', () => refused(moveFunction('read', 'nope'), 'NOT_FOUND')],
  ['a missing package', () => refused(moveFunction('read', 'demo', absent), 'NOT_FOUND')],
  ['an object is no package', () => refused(moveFunction('read', 'demo', item(0)), 'INVALID_ARGUMENT')],
]);

const incremented = () => `${w.packageId}::demo::Incremented`;

cases('events and checkpoints', [
  [
    'by type',
    async () =>
      expect((await w.client.listEvents({ filter: { eventType: incremented() } })).events.length).toBeGreaterThan(3),
  ],
  [
    'by module',
    async () =>
      expect(
        (await w.client.listEvents({ filter: { emitModule: `${w.packageId}::demo` } })).events.length,
      ).toBeGreaterThan(3),
  ],
  [
    'by sender',
    async () =>
      expect(
        new Set((await w.client.listEvents({ filter: { sender: owner() } })).events.map(({ sender }) => sender)),
      ).toEqual(new Set([owner()])),
  ],
  [
    'of a type nobody emitted',
    async () =>
      expect((await w.client.listEvents({ filter: { eventType: `${w.packageId}::demo::Nope` } })).events).toEqual([]),
  ],
  [
    'a filter that is none is refused',
    () => expect(w.client.listEvents({ filter: { eventType: '!' } })).rejects.toThrow(),
  ],
  [
    'from a cursor on, nothing twice',
    async () => {
      const options = { filter: { eventType: incremented() }, limit: 2 } as const;
      const first = await w.client.listEvents(options);
      const second = await w.client.listEvents({ ...options, after: first.endCursor });
      const key = (event: { transactionDigest: string | null; eventIndex: number | null }) =>
        `${event.transactionDigest}/${event.eventIndex}`;
      expect(new Set([...first.events, ...second.events].map(key)).size).toBe(4);
    },
  ],
  [
    'a cursor at the end waits for the next event',
    async () => {
      const all = await w.client.listEvents({ filter: { eventType: incremented() }, limit: 1_000 });
      const { digest } = await execute(w, w.alice, increment);
      const next = await w.client.listEvents({ filter: { eventType: incremented() }, after: all.endCursor });
      expect(next.events.map(({ transactionDigest }) => transactionDigest)).toEqual([digest]);
    },
  ],
  [
    'a subscription to checkpoints brings the next',
    async () => {
      const stop = new AbortController();
      const call = w.client.subscriptionService.subscribeCheckpoints({}, { abort: stop.signal });
      await call.headers;
      const next = call.responses[Symbol.asyncIterator]().next();
      await execute(w, w.alice, increment);
      expect((await next).value.cursor).toBe(
        (await w.client.ledgerService.getServiceInfo({})).response.checkpointHeight,
      );
      stop.abort();
    },
  ],
  [
    'a checkpoint by number and by digest',
    async () => {
      const byNumber = await w.client.ledgerService.getCheckpoint({
        checkpointId: { oneofKind: 'sequenceNumber', sequenceNumber: 3n },
      });
      const digest = byNumber.response.checkpoint?.digest as string;
      const byDigest = await w.client.ledgerService.getCheckpoint({ checkpointId: { oneofKind: 'digest', digest } });
      expect(byDigest.response.checkpoint?.sequenceNumber).toBe(3n);
    },
  ],
  [
    'a checkpoint that is not there yet',
    () =>
      refused(
        w.client.ledgerService.getCheckpoint({
          checkpointId: { oneofKind: 'sequenceNumber', sequenceNumber: 10n ** 9n },
        }),
        'NOT_FOUND',
      ),
  ],
  [
    'nothing is beyond 2^53, and nothing has a digest that is none',
    async () => {
      const last = 2n ** 64n - 1n;
      const { ledgerService, core } = w.client;
      const checkpoint = (id: object) => ledgerService.getCheckpoint({ checkpointId: id as never });
      await refused(checkpoint({ oneofKind: 'sequenceNumber', sequenceNumber: last }), 'NOT_FOUND');
      await refused(ledgerService.getObject({ objectId: '0x6', version: last }), 'NOT_FOUND');
      await refused(ledgerService.getEpoch({ epoch: last }), 'NOT_FOUND');
      for (const digest of ['', 'x', '1'.repeat(31)])
        await refused(checkpoint({ oneofKind: 'digest', digest }), 'INVALID_ARGUMENT');
      for (const type of ['u8', 'vector<u8>', '0x2::1x::A'])
        await refused(core.getBalance({ owner: nobody, coinType: type }), 'INVALID_ARGUMENT');
      const upToLast = ledgerService.listCheckpoints({ endCheckpoint: last, options: { limit: 1 } as never });
      const seen: unknown[] = [];
      for await (const one of upToLast.responses) seen.push(one);
      expect(seen.length).toBeGreaterThan(0);
    },
  ],
  [
    'the latest checkpoint',
    async () =>
      expect(
        (await w.client.ledgerService.getCheckpoint({ checkpointId: { oneofKind: undefined } })).response.checkpoint
          ?.sequenceNumber,
      ).toBeGreaterThan(3n),
  ],
]);

cases('the chain', [
  [
    'has an identifier',
    async () =>
      expect((await w.client.core.getChainIdentifier()).chainIdentifier).toMatch(/^[1-9A-HJ-NP-Za-km-z]{40,}$/),
  ],
  ['has a gas price', async () => expect((await w.client.getReferenceGasPrice()).referenceGasPrice).toBe('1000')],
  [
    'has an epoch',
    async () => expect(Number((await w.client.getCurrentSystemState()).systemState.epoch)).toBeGreaterThanOrEqual(0),
  ],
  [
    'has a protocol',
    async () =>
      expect(Number((await w.client.getProtocolConfig()).protocolConfig.protocolVersion)).toBeGreaterThan(100),
  ],
  [
    'knows no names',
    async () => expect(await w.client.core.resolveNameServiceAddress({ name: 'a.sui' })).toEqual({ address: null }),
  ],
  ['knows no names of addresses', () => refused(w.client.defaultNameServiceName({ address: nobody }), 'NOT_FOUND')],
  [
    'serves no JSON-RPC',
    async () =>
      expect(
        (await fetch(w.server.url, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }))
          .status,
      ).toBe(200),
  ],
]);
