import { GrpcTypes } from '@mysten/sui/grpc';
import { Transaction } from '@mysten/sui/transactions';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chainState } from '../index.ts';
import { fuzzRuns } from '../testing/fuzz.ts';
import { createdOf, execute, type Network, newAccount, openNetwork, publishDemo } from '../testing/network.ts';
import { createRpcServer } from './create.ts';
import { encodeCursor } from './lists/cursor.ts';
import type { Dispatch } from './transport/dispatch.ts';
import { type FieldInfo, type MessageInfo, type Method, methodAt } from './transport/proto.ts';
import { Status, statusOf } from './transport/status.ts';

let network: Network;
let dispatch: Dispatch;
/** Texts by what a field asks for; ids of real things are added once they exist. */
const pools = {
  id: ['0x2', '0x6', '0x5', `0x${'e'.repeat(64)}`, 'no id', ''],
  type: ['0x2::sui::SUI', '0x2::coin::Coin<0x2::sui::SUI>', '0x2::coin', '0x2::a::b<', 'u64', 'vector<u8>', '🦉'],
  name: ['demo', 'coin', 'split', 'increment', 'read', 'fail', 'Counter', 'Item', 'new_item', 'receive', 'nothing', ''],
  digest: ['11111111111111111111111111111111', 'no digest'],
};

beforeAll(async () => {
  network = await openNetwork('fuzz');
  const account = newAccount(network);
  const { packageId, tx } = await publishDemo(network, account);
  const made = await execute(network, account, (t) => t.moveCall({ target: `${packageId}::demo::create` }));
  const counter = createdOf(made, '::demo::Counter');
  pools.id.push(packageId, packageId, account.toSuiAddress(), counter);
  pools.id.push(...tx.effects!.changedObjects.map(({ objectId }) => objectId));
  pools.type.push(
    `${packageId}::demo::Counter`,
    `${packageId}::pearl::PEARL`,
    `0x2::coin::Coin<${packageId}::pearl::PEARL>`,
  );
  pools.digest.push(tx.digest);
  dispatch = createRpcServer(network.ledger).dispatch;
});

afterAll(() => network.close());

const services = Object.values(GrpcTypes as unknown as Record<string, unknown>).filter(
  (type): type is { typeName: string; methods: Method[] } =>
    typeof type === 'object' && type !== null && 'typeName' in type && 'methods' in type,
);
const paths = services
  .flatMap(({ typeName, methods }) => methods.map(({ name }) => `/${typeName}/${name}`))
  .filter((path) => !path.includes('Advance'));

const from = (pool: keyof typeof pools) => fc.nat(10_000).map((n) => pools[pool][n % pools[pool].length] as string);

const textFor = (name: string): fc.Arbitrary<string> => {
  if (/type/.test(name)) return from('type');
  if (/digest/.test(name)) return from('digest');
  if (/module|name|function/.test(name)) return fc.oneof(from('name'), from('id'));
  return fc.oneof({ weight: 8, arbitrary: from('id') }, { weight: 1, arbitrary: from('type') });
};

const numbers = [0n, 1n, 2n, 7n, 1000n, 2n ** 32n, 2n ** 53n, 2n ** 64n - 1n];

const scalar = (field: FieldInfo): fc.Arbitrary<unknown> => {
  const type = field.T as number;
  if (type === 9) return textFor(field.name);
  if (type === 12)
    return fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(encodeCursor({ sequence: 1, index: 0 })));
  if (type === 8) return fc.boolean();
  if (type === 4 || type === 3)
    return fc.constantFrom(...numbers).map((value) => (type === 3 ? value % 2n ** 63n : value));
  return fc.constantFrom(0, 1, 2, 5, 51, 4_000_000);
};

const everyField = fc.oneof(
  { weight: 9, arbitrary: fc.constant({ paths: ['*'] }) },
  { weight: 1, arbitrary: fc.constantFrom({ paths: ['json'] }, { paths: ['nope'] }, { paths: [] }) },
);

/** Fields that would end most requests at the door. */
const isLeftOut = (type: MessageInfo, field: FieldInfo): boolean =>
  (type.typeName === 'sui.rpc.v2.Transaction' && field.name === 'bcs') ||
  (type.typeName === 'sui.rpc.v2.TransactionKind' && field.name !== 'programmable_transaction') ||
  (type.typeName === 'sui.rpc.v2.Input' && ['literal', 'funds_withdrawal'].includes(field.name)) ||
  field.name === 'event_stream_head';

const oneValue = (field: FieldInfo, depth: number): fc.Arbitrary<unknown> | undefined => {
  if (field.kind === 'scalar') return scalar(field);
  if (field.kind === 'enum') return fc.nat(6);
  if (field.kind !== 'message' || depth === 0) return undefined;
  const type = (field.T as () => MessageInfo)();
  return type.typeName === 'google.protobuf.FieldMask' ? everyField : message(type, depth - 1);
};

const fieldValue = (field: FieldInfo, depth: number): fc.Arbitrary<unknown> | undefined => {
  const one = oneValue(field, depth);
  return field.repeat && one ? fc.array(one, { minLength: 1, maxLength: 3 }) : one;
};

/** Any message of a type, made from its description: fields come and go, oneofs pick one of their members. */
const message = (type: MessageInfo, depth: number): fc.Arbitrary<object> => {
  const plain: Record<string, fc.Arbitrary<unknown>> = {};
  const groups: Record<string, fc.Arbitrary<unknown>[]> = {};
  for (const field of type.fields) {
    const value = isLeftOut(type, field) ? undefined : fieldValue(field, depth);
    if (!value) continue;
    if (!field.oneof) plain[field.localName] = value;
    else {
      const member = value.map((inner) => ({ oneofKind: field.localName, [field.localName]: inner }));
      groups[field.oneof] = [...(groups[field.oneof] ?? []), member];
    }
  }
  for (const [name, members] of Object.entries(groups)) plain[name] = fc.oneof(...members);
  return fc.oneof(fc.record(plain), fc.record(plain, { requiredKeys: [] }));
};

/** Status of a call; of a stream, that of its first frames. */
const statusAfter = async (path: string, bytes: Uint8Array): Promise<{ code: number; text: string }> => {
  const stop = new AbortController();
  try {
    const reply = await dispatch({ path, message: bytes, signal: stop.signal });
    if (reply.kind === 'unary') return { code: 0, text: '' };
    if (path.includes('Subscribe')) return { code: 0, text: '' };
    let frames = 0;
    for await (const _ of reply.messages) if (++frames === 20) break;
    return { code: 0, text: '' };
  } catch (error) {
    const { code, message: text } = statusOf(error);
    return { code, text: `${text}\n${(error as Error).stack}` };
  } finally {
    stop.abort();
  }
};

test.each(paths)('%s answers any message without a fault of its own', async (path) => {
  const { I } = methodAt(path) as Method;
  await fc.assert(
    fc.asyncProperty(message(I, 8), async (request) => {
      const bytes = I.toBinary(I.create(request));
      const { code, text } = await statusAfter(path, bytes);
      expect([text, code]).not.toEqual([text, Status.INTERNAL]);
    }),
    fuzzRuns(60),
  );
});

test.each(paths)('%s refuses garbage with a status', async (path) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
      const { code, text } = await statusAfter(path, bytes);
      expect([text, code]).not.toEqual([text, Status.INTERNAL]);
    }),
    fuzzRuns(20),
  );
});

test('a damaged transaction is refused, and leaves the chain as it was', async () => {
  const account = newAccount(network);
  const transaction = new Transaction();
  transaction.setSender(account.toSuiAddress());
  transaction.transferObjects([transaction.splitCoins(transaction.gas, [1n])], account.toSuiAddress());
  const bytes = await transaction.build({ client: network.client });
  const signature = Buffer.from((await account.signTransaction(bytes)).signature, 'base64');
  const before = chainState(network.ledger).checkpoint;
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), async (at, value, simulated) => {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = value;
      if (damaged.every((byte, i) => byte === bytes[i])) return;
      const request = { transaction: { bcs: { value: damaged } }, signatures: [{ bcs: { value: signature } }] };
      const type = simulated ? GrpcTypes.SimulateTransactionRequest : GrpcTypes.ExecuteTransactionRequest;
      const name = simulated ? 'SimulateTransaction' : 'ExecuteTransaction';
      const { code, text } = await statusAfter(
        `/sui.rpc.v2.TransactionExecutionService/${name}`,
        type.toBinary(type.create(request as never) as never),
      );
      expect([text, code]).not.toEqual([text, Status.INTERNAL]);
      if (!simulated) expect(code).not.toBe(Status.OK);
    }),
    fuzzRuns(300),
  );
  expect(chainState(network.ledger).checkpoint).toBe(before);
});
