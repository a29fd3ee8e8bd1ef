/** GraphQL with Sui's own client over HTTP, beside the same questions over gRPC. */
import { SuiGraphQLClient } from '@mysten/sui/graphql';
import { SuiGrpcClient } from '@mysten/sui/grpc';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeLedger, type Ledger, type LedgerServer, type StoredObject, serveLedger, stateDigest } from '../index.ts';
import { createdBy, openDemo, send } from '../testing/fixture.ts';

let ledger: Ledger;
let server: LedgerServer;
let graphql: SuiGraphQLClient;
let grpc: SuiGrpcClient;
let alice: Ed25519Keypair;
let me: string;
let demo: string;
let thing: string;

beforeAll(async () => {
  const opened = await openDemo();
  ({ ledger, alice, demo } = opened);
  me = alice.toSuiAddress();
  server = await serveLedger(ledger, { port: 0 });
  graphql = new SuiGraphQLClient({ url: `${server.url}/graphql`, network: 'localnet' });
  grpc = new SuiGrpcClient({ network: 'localnet', baseUrl: server.url, format: 'binary' });
  const made = await send(ledger, alice, (tx) => {
    for (let i = 0; i < 3; i++) {
      const one = tx.moveCall({ target: `${demo}::things::make`, arguments: [tx.pure.u64(i)] });
      tx.transferObjects([one], me);
    }
  });
  thing = `0x${(createdBy(ledger, made, '::Thing')[0] as StoredObject).id}`;
});
afterAll(async () => {
  await server.close();
  closeLedger(ledger);
});

const everything = { content: true, json: true, objectBcs: true, previousTransaction: true } as const;

/** The same question to both clients. */
const both = async <Answer>(ask: (client: SuiGraphQLClient | SuiGrpcClient) => Promise<Answer>) => {
  const answers = [await ask(graphql), await ask(grpc)] as const;
  return answers;
};

describe('answers equal those over gRPC', () => {
  test.each<[string, (client: SuiGraphQLClient | SuiGrpcClient) => Promise<unknown>]>([
    [
      'objects, one of them missing',
      (client) =>
        client.core.getObjects({ objectIds: [thing, demo, '0x6'], include: everything }).then(({ objects }) => objects),
    ],
    ['a balance', (client) => client.core.getBalance({ owner: me })],
    ['coin metadata', (client) => client.core.getCoinMetadata({ coinType: '0x2::sui::SUI' })],
    ['a coin nobody made', (client) => client.core.getCoinMetadata({ coinType: '0x2::clock::Clock' })],
    ['the gas price', (client) => client.core.getReferenceGasPrice()],
    ['the chain', (client) => client.core.getChainIdentifier()],
    [
      'the protocol',
      (client) =>
        client.core
          .getProtocolConfig()
          .then(({ protocolConfig }) => [protocolConfig.protocolVersion, protocolConfig.featureFlags]),
    ],
    ['a function', (client) => client.core.getMoveFunction({ packageId: '0x2', moduleName: 'coin', name: 'split' })],
    [
      'a function of this package',
      (client) => client.core.getMoveFunction({ packageId: demo, moduleName: 'things', name: 'swap' }),
    ],
    ['fields of the accumulators', (client) => client.core.listDynamicFields({ parentId: '0xacc' })],
  ])('%s', async (_, ask) => {
    const [ours, theirs] = await both(ask);
    expect(ours).toEqual(theirs);
  });

  test('pages of objects, coins and balances', async () => {
    const type = `${demo}::things::Thing`;
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof graphql.core.listOwnedObjects>> = await graphql.core.listOwnedObjects({
        owner: me,
        type,
        limit: 2,
        cursor,
      });
      seen.push(...page.objects.map(({ objectId }) => objectId));
      cursor = page.hasNextPage ? page.cursor : null;
    } while (cursor !== null);
    const { objects } = await grpc.core.listOwnedObjects({ owner: me, type });
    expect(seen).toEqual(objects.map(({ objectId }) => objectId));
    const [coins, theirs] = await both((client) => client.core.listCoins({ owner: me }).then((page) => page.objects));
    expect(coins).toEqual(theirs);
    const [all, others] = await both((client) => client.core.listBalances({ owner: me }).then((page) => page.balances));
    expect(all).toEqual(others);
  });

  test('transactions and events, both ways', async () => {
    for (const order of ['ascending', 'descending'] as const) {
      const [ours, theirs] = await both(async (client) => {
        const first = await client.core.listTransactions({ order, limit: 2, filter: { sender: me } });
        const bound = order === 'ascending' ? { after: first.endCursor } : { before: first.endCursor };
        const next = await client.core.listTransactions({
          order,
          limit: 2,
          filter: { sender: me },
          ...(bound as object),
        });
        return [first, next].map((page) =>
          page.transactions.map((one) => (one.Transaction ?? one.FailedTransaction).digest),
        );
      });
      expect(ours).toEqual(theirs);
    }
    const [ours, theirs] = await both((client) =>
      client.core.listEvents({ filter: { emitModule: `${demo}::things` } }).then((page) => page.events),
    );
    expect(ours).toEqual(theirs);
  });
});

describe('transactions', () => {
  const build = (): Transaction => {
    const tx = new Transaction();
    const one = tx.moveCall({ target: `${demo}::things::make`, arguments: [tx.pure.u64(7)] });
    tx.transferObjects([one], me);
    return tx;
  };
  const include = {
    effects: true,
    events: true,
    balanceChanges: true,
    objectTypes: true,
    transaction: true,
    bcs: true,
  } as const;

  test('are filled in, executed and shown as over gRPC', async () => {
    const result = await graphql.signAndExecuteTransaction({ transaction: build(), signer: alice, include });
    const digest = result.Transaction?.digest as string;
    expect(result.Transaction?.status).toEqual({ success: true, error: null });
    const [ours, theirs] = await both((client) => client.core.getTransaction({ digest, include }));
    expect(ours).toEqual(theirs);
  });

  test('that abort say where and why', async () => {
    const tx = new Transaction();
    tx.moveCall({
      target: '0x2::balance::destroy_zero',
      typeArguments: ['0x2::sui::SUI'],
      arguments: [
        tx.moveCall({
          target: '0x2::coin::into_balance',
          typeArguments: ['0x2::sui::SUI'],
          arguments: [tx.splitCoins(tx.gas, [1])],
        }),
      ],
    });
    await expect(graphql.signAndExecuteTransaction({ transaction: tx, signer: alice })).rejects.toMatchObject({
      executionError: {
        $kind: 'MoveAbort',
        command: 2,
        MoveAbort: { location: { module: 'balance', functionName: 'destroy_zero' } },
      },
    });
  });

  test('are simulated with the values they return', async () => {
    const before = stateDigest(ledger);
    const tx = new Transaction();
    tx.setSender(me);
    tx.moveCall({ target: '0x2::coin::value', typeArguments: ['0x2::sui::SUI'], arguments: [tx.gas] });
    const simulated = await graphql.core.simulateTransaction({
      transaction: tx,
      include: { commandResults: true, effects: true },
    });
    expect(simulated.commandResults?.[0]?.returnValues[0]?.bcs).toHaveLength(8);
    expect(stateDigest(ledger)).toBe(before);
  });

  test('that nobody signed, or that there are not, are errors', async () => {
    const bytes = await (() => {
      const tx = build();
      tx.setSender(me);
      return tx.build({ client: graphql });
    })();
    await expect(graphql.core.executeTransaction({ transaction: bytes, signatures: [] })).rejects.toThrow(/signature/i);
    await expect(graphql.core.getTransaction({ digest: '1'.repeat(32) })).rejects.toThrow(/not found/i);
    await expect(graphql.core.getTransaction({ digest: 'no digest' })).rejects.toThrow();
  });
});

test('what hangs on something else is there when it is asked for', async () => {
  const ask = async (query: string): Promise<unknown> => (await graphql.query({ query, variables: {} })).data;
  const made = await send(ledger, alice, (tx) => {
    const holder = tx.moveCall({ target: '0x2::bag::new' });
    tx.moveCall({
      target: '0x2::bag::add',
      typeArguments: ['u64', 'bool'],
      arguments: [holder, tx.pure.u64(7), tx.pure.bool(true)],
    });
    const things = tx.moveCall({ target: '0x2::object_bag::new' });
    const one = tx.moveCall({ target: `${demo}::things::make`, arguments: [tx.pure.u64(9)] });
    tx.moveCall({
      target: '0x2::object_bag::add',
      typeArguments: ['u64', `${demo}::things::Thing`],
      arguments: [things, tx.pure.u64(8), one],
    });
    tx.transferObjects([holder, things], me);
  });
  const [bag] = createdBy(ledger, made, '::bag::Bag') as [StoredObject];
  const [objects] = createdBy(ledger, made, '::object_bag::ObjectBag') as [StoredObject];
  const value =
    '__typename ... on MoveValue { json } ... on MoveObject { version digest owner { __typename } contents { json } }';
  const fields = (id: string) =>
    ask(`{ object(address: "0x${id}") { dynamicFields { nodes { name { json } value { ${value} } } } } }`);
  expect(await fields(bag.id)).toMatchObject({
    object: { dynamicFields: { nodes: [{ name: { json: '7' }, value: { __typename: 'MoveValue', json: true } }] } },
  });
  expect(await fields(objects.id)).toMatchObject({
    object: {
      dynamicFields: {
        nodes: [
          {
            name: { json: '8' },
            value: {
              __typename: 'MoveObject',
              version: expect.any(Number),
              digest: expect.any(String),
              owner: { __typename: 'ObjectOwner' },
              contents: { json: { value: '9' } },
            },
          },
        ],
      },
    },
  });
  const around =
    'effects { checkpoint { digest timestamp } epoch { referenceGasPrice protocolConfigs { protocolVersion } } }';
  expect(await ask(`{ transaction(digest: "${made.digest}") { ${around} } }`)).toMatchObject({
    transaction: {
      effects: {
        checkpoint: { digest: expect.any(String), timestamp: expect.any(String) },
        epoch: { referenceGasPrice: '1000', protocolConfigs: { protocolVersion: 140 } },
      },
    },
  });
  const failed = await send(ledger, alice, (tx) => void tx.moveCall({ target: `${demo}::things::plain_abort` }));
  const error = 'effects { executionError { function { name visibility } module { package { version } } } }';
  expect(await ask(`{ transaction(digest: "${failed.digest}") { ${error} } }`)).toMatchObject({
    transaction: {
      effects: {
        executionError: {
          function: { name: 'plain_abort', visibility: 'PUBLIC' },
          module: { package: { version: 1 } },
        },
      },
    },
  });
});

describe('requests that are not answered', () => {
  const ask = async (body: unknown, method = 'POST') => {
    const reply = await fetch(`${server.url}/graphql`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
    });
    return [
      reply.status,
      (await reply.json()) as { errors?: { message: string }[]; data?: unknown; error?: { code: string } },
    ] as const;
  };

  test('what is no GraphQL is told in GraphQL’s form, what is no request in the server’s', async () => {
    expect(await ask({ query: '{ nothing }' })).toMatchObject([
      200,
      { errors: [{ message: expect.stringContaining('nothing') }] },
    ]);
    expect(await ask({ query: '{' })).toMatchObject([
      200,
      { errors: [{ message: expect.stringContaining('Syntax Error') }] },
    ]);
    expect(await ask('no json')).toMatchObject([400, { error: { code: 'SERVER_BAD_JSON' } }]);
    expect(await ask({ queries: 1 })).toMatchObject([400, { error: { code: 'SERVER_BAD_FIELD' } }]);
    expect(await ask({}, 'GET')).toMatchObject([404, { error: { code: 'SERVER_NO_SUCH_ROUTE' } }]);
    expect((await ask({ query: `{${' chainIdentifier'.repeat(5_000)} }` }))[1].errors?.[0]?.message).toContain('token');
  });

  test('lists in lists end where they would be too much', async () => {
    const inside = (depth: number): string =>
      depth === 0
        ? 'address'
        : `address objects(first: 50) { nodes { owner { ... on AddressOwner { address { ${inside(depth - 1)} } } } } }`;
    const [status, { errors }] = await ask({ query: `{ address(address: "${me}") { ${inside(6)} } }` });
    expect([status, errors?.[0]?.message]).toEqual([200, expect.stringContaining('too many nodes')]);
    expect(
      (await ask({ query: `{ address(address: "${me}") { objects(first: 51) { nodes { address } } } }` }))[1]
        .errors?.[0]?.message,
    ).toContain('1 to 50');
  });

  test('fragments in fragments, and more keys than there are nodes, are told to be too much', async () => {
    const { transactions } = await graphql.core.listTransactions({ limit: 1 });
    const digest = (transactions[0]?.Transaction ?? transactions[0]?.FailedTransaction)?.digest;
    const fragments = Array.from({ length: 40 }, (_, i) => {
      const next = i === 39 ? 'digest' : `...F${i + 1}`;
      return `fragment F${i} on Transaction { effects { a: transaction { ${next} } b: transaction { ${next} } } }`;
    });
    const doubled = await ask({ query: `{ transaction(digest: "${digest}") { ...F0 } } ${fragments.join(' ')}` });
    expect(doubled).toMatchObject([200, { errors: [{ message: expect.stringContaining('too many fields') }] }]);
    const keys = Array.from({ length: 2_001 }, () => ({ address: '0x6' }));
    const query = 'query ($keys: [ObjectKey!]!) { multiGetObjects(keys: $keys) { address } }';
    const [status, { errors }] = await ask({ query, variables: { keys } });
    expect([status, errors?.[0]?.message]).toEqual([200, expect.stringContaining('too many nodes')]);
  });

  test('a name is nobody’s', async () => {
    expect(await graphql.core.resolveNameServiceAddress({ name: 'atoma.sui' })).toEqual({ address: null });
  });
});
