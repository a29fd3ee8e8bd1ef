import { bcs } from '@mysten/sui/bcs';
import type { Transaction } from '@mysten/sui/transactions';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  advanceEpoch,
  chainState,
  closeLedger,
  decodeTransaction,
  executeTransaction,
  getObject,
  listOwnedObjects,
  type StoredObject,
  stateDigest,
} from './index.ts';
import {
  type Build,
  buildTransaction,
  createdBy,
  type Demo,
  newAccount,
  openDemo,
  type SendOptions,
  SUI_COIN,
  send,
  signBy,
  simulate,
} from './testing/fixture.ts';

let d: Demo;
beforeAll(async () => {
  d = await openDemo();
});
afterAll(() => closeLedger(d.ledger));

const plain: Build = (tx) => void tx.moveCall({ target: `${d.demo}::things::share` });
const useThing =
  (id: string, name = 'burn'): Build =>
  (tx, { object }) =>
    void tx.moveCall({ target: `${d.demo}::things::${name}`, arguments: [object(id)] });

const makeThing = async (): Promise<string> => {
  const record = await send(d.ledger, d.alice, (tx) => {
    tx.transferObjects(
      [tx.moveCall({ target: `${d.demo}::things::make`, arguments: [tx.pure.u64(1)] })],
      d.alice.toSuiAddress(),
    );
  });
  return (createdBy(d.ledger, record, '::Thing')[0] as StoredObject).id;
};

type Data = ReturnType<typeof bcs.TransactionData.parse>;

/** Builds by Alice, changes the data, signs by Alice and executes. */
const tampered = async (build: Build, change: (data: Data['V1']) => void, options: SendOptions = {}) => {
  const data = bcs.TransactionData.parse(await buildTransaction(d.ledger, d.alice, build, options));
  change(data.V1);
  const bytes = bcs.TransactionData.serialize(data).toBytes();
  return executeTransaction(d.ledger, bytes, [await signBy(d.alice, bytes)]);
};

const refused = async (attempt: Promise<unknown>, code: string) => {
  const before = stateDigest(d.ledger);
  await expect(attempt).rejects.toMatchObject({ code: `LEDGER_${code}` });
  expect(stateDigest(d.ledger)).toBe(before);
};

describe('decoding', () => {
  test('random and mutated bytes are one error and nothing else', async () => {
    const good = await buildTransaction(d.ledger, d.alice, plain);
    const decode = (bytes: Uint8Array): string => {
      try {
        decodeTransaction(bytes);
        return 'decoded';
      } catch (thrown) {
        return (thrown as { code: string }).code;
      }
    };
    const known = ['decoded', 'LEDGER_BAD_TRANSACTION', 'LEDGER_UNSUPPORTED'];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(known).toContain(decode(bytes));
      }),
    );
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const mutated = Uint8Array.from(good);
        mutated[at] = byte;
        expect(known).toContain(decode(mutated));
      }),
    );
    expect(decode(Uint8Array.of(...good, 0))).toBe('LEDGER_BAD_TRANSACTION');
    expect(decode(good.subarray(0, -1))).toBe('LEDGER_BAD_TRANSACTION');
    expect(decode(Uint8Array.of(0, 0, 0, 1, 5, 1, ...new Uint8Array(5000).fill(6)))).toBe('LEDGER_BAD_TRANSACTION');
  });

  test('too many bytes', async () => {
    await refused(
      Promise.resolve().then(() => executeTransaction(d.ledger, new Uint8Array(200_000), [])),
      'SIZE_LIMIT',
    );
  });

  test('system transactions from outside', async () => {
    const data = {
      V1: {
        kind: { ConsensusCommitPrologue: { epoch: 0, round: 0, commitTimestampMs: 9 } },
        sender: '0x0',
        gasData: { payment: [], owner: '0x0', price: 1, budget: 0 },
        expiration: { None: true },
      },
    } as const;
    const bytes = bcs.TransactionData.serialize(data as never).toBytes();
    await refused(
      Promise.resolve().then(() => executeTransaction(d.ledger, bytes, [])),
      'UNSUPPORTED',
    );
  });
});

describe('signatures', () => {
  test('by somebody else, missing, and over other bytes', async () => {
    const bytes = await buildTransaction(d.ledger, d.alice, plain);
    const run = (...signatures: Uint8Array[]) =>
      Promise.resolve().then(() => executeTransaction(d.ledger, bytes, signatures));
    await refused(run(await signBy(d.bob, bytes)), 'SIGNER_MISSING');
    await refused(run(), 'SIGNATURE_COUNT');
    await refused(run(await signBy(d.alice, bytes.subarray(1))), 'BAD_SIGNATURE');
  });
});

describe('gas', () => {
  test('price, budget, balance and coins', async () => {
    await refused(send(d.ledger, d.alice, plain, { price: 999n }), 'GAS_PRICE_TOO_LOW');
    await refused(
      send(d.ledger, d.alice, plain, { price: 50_000_000_000n, budget: 10n ** 13n * 5n }),
      'GAS_PRICE_TOO_HIGH',
    );
    await refused(send(d.ledger, d.alice, plain, { budget: 999_999n }), 'GAS_BUDGET_TOO_LOW');
    await refused(send(d.ledger, d.alice, plain, { budget: 50_000_000_000_001n }), 'GAS_BUDGET_TOO_HIGH');
    await refused(send(d.ledger, d.alice, plain, { budget: 40_000_000_000_000n }), 'GAS_BALANCE_TOO_LOW');
    await refused(send(d.ledger, d.alice, plain, { gas: [] }), 'EXPIRATION_MISSING');
    await refused(send(d.ledger, d.alice, plain, { gas: [await makeThing()] }), 'GAS_OBJECT_INVALID');
    const bobs = listOwnedObjects(d.ledger, { owner: d.bob.toSuiAddress(), type: SUI_COIN, limit: 1 })
      .items[0] as StoredObject;
    await refused(send(d.ledger, d.alice, plain, { gas: [bobs.id] }), 'OBJECT_OWNER');
  });

  test('a higher price costs more', async () => {
    const record = await send(d.ledger, d.alice, plain, { price: 2_000n });
    expect(record.effects.gasUsed.computationCost).toBe(2_000_000n);
  });
});

describe('inputs', () => {
  test('stale versions, wrong digests, strangers’ objects, missing ones', async () => {
    const id = await makeThing();
    const old = await buildTransaction(d.ledger, d.alice, useThing(id, 'freeze_it'));
    await send(
      d.ledger,
      d.alice,
      (tx, { object }) =>
        void tx.moveCall({ target: `${d.demo}::things::set`, arguments: [object(id), tx.pure.u64(3)] }),
    );
    const signature = await signBy(d.alice, old);
    await refused(
      Promise.resolve().then(() => executeTransaction(d.ledger, old, [signature])),
      'OBJECT_VERSION',
    );
    const wrongDigest = (data: Data['V1']) => {
      const input = data.kind.ProgrammableTransaction?.inputs[0]?.Object?.ImmOrOwnedObject;
      if (input) input.digest = '11111111111111111111111111111112';
    };
    await refused(tampered(useThing(id), wrongDigest), 'OBJECT_DIGEST');
    await refused(send(d.ledger, d.bob, useThing(id)), 'OBJECT_OWNER');
    await send(d.ledger, d.alice, useThing(id));
    const missing = (data: Data['V1']) => {
      const input = data.kind.ProgrammableTransaction?.inputs[0]?.Object?.ImmOrOwnedObject;
      if (input) input.objectId = `0x${'9'.repeat(64)}`;
    };
    await refused(tampered(useThing(await makeThing()), missing), 'OBJECT_NOT_FOUND');
  });

  test('the same object twice, also as gas', async () => {
    const id = await makeThing();
    const twice = (data: Data['V1']) => {
      const { inputs } = data.kind.ProgrammableTransaction as { inputs: unknown[] };
      inputs.push(inputs[0]);
    };
    await refused(tampered(useThing(id), twice), 'DUPLICATE_INPUT');
    const gas = listOwnedObjects(d.ledger, { owner: d.alice.toSuiAddress(), type: SUI_COIN, limit: 1 })
      .items[0] as StoredObject;
    const spend: Build = (tx, { object }) => tx.transferObjects([object(gas.id)], d.bob.toSuiAddress());
    await refused(send(d.ledger, d.alice, spend, { gas: [gas.id] }), 'DUPLICATE_INPUT');
  });

  test('shared as owned, owned as shared, wrong initial version, packages', async () => {
    const made = await send(d.ledger, d.alice, plain);
    const counter = createdBy(d.ledger, made, '::Counter')[0] as StoredObject;
    const version = (data: Data['V1']) => {
      const shared = data.kind.ProgrammableTransaction?.inputs[0]?.Object?.SharedObject;
      if (shared) shared.initialSharedVersion = '1';
    };
    await refused(tampered(useThing(counter.id, 'increment'), version), 'SHARED_VERSION');
    const asOwned = (data: Data['V1']) => {
      const { version, digest } = getObject(d.ledger, counter.id) as StoredObject;
      const inputs = data.kind.ProgrammableTransaction?.inputs as unknown[];
      inputs[0] = { Object: { ImmOrOwnedObject: { objectId: `0x${counter.id}`, version, digest } } };
    };
    await refused(tampered(useThing(counter.id, 'increment'), asOwned), 'OBJECT_NOT_OWNED');
    const thing = await makeThing();
    const asShared = (id: string) => (data: Data['V1']) => {
      const inputs = data.kind.ProgrammableTransaction?.inputs as unknown[];
      inputs[0] = { Object: { SharedObject: { objectId: id, initialSharedVersion: 1, mutable: true } } };
    };
    await refused(tampered(useThing(thing), asShared(`0x${thing}`)), 'OBJECT_NOT_SHARED');
    await refused(tampered(useThing(thing), asShared('0x2')), 'OBJECT_IS_PACKAGE');
    await refused(
      send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: '0x999::a::b' })),
      'PACKAGE_NOT_FOUND',
    );
    await refused(
      send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: '0x6::a::b' })),
      'OBJECT_AS_PACKAGE',
    );
  });

  test('two transactions on one owned object: the second is refused, nothing is lost', async () => {
    const account = newAccount(d.ledger, 9);
    const [first, second] = [
      await buildTransaction(d.ledger, account, plain),
      await buildTransaction(
        d.ledger,
        account,
        (tx) => void tx.transferObjects([tx.splitCoins(tx.gas, [1])], d.bob.toSuiAddress()),
      ),
    ];
    executeTransaction(d.ledger, first, [await signBy(account, first)]);
    const signature = await signBy(account, second);
    await refused(
      Promise.resolve().then(() => executeTransaction(d.ledger, second, [signature])),
      'OBJECT_VERSION',
    );
  });
});

describe('shape', () => {
  const many =
    (count: number, add: (tx: Transaction, i: number) => void): Build =>
    (tx) => {
      for (let i = 0; i < count; i++) add(tx, i);
    };
  /** Refused for its size at the number, and not just below it, whatever else is wrong with it. */
  const boundary = async (bound: number, build: (count: number) => Build): Promise<void> => {
    await refused(send(d.ledger, d.alice, build(bound)), 'SIZE_LIMIT');
    const below = await send(d.ledger, d.alice, build(bound - 1)).then(
      () => undefined,
      (error: { code?: string }) => error.code,
    );
    expect(below).not.toBe('LEDGER_SIZE_LIMIT');
  };
  const zero = `0x${'0'.repeat(64)}`;
  const call =
    (parts: { typeArguments?: string[]; size?: number; arguments?: number }): Build =>
    (tx) => {
      const pure = tx.pure(new Uint8Array(parts.size ?? 1));
      tx.moveCall({
        target: `${d.demo}::things::share`,
        typeArguments: parts.typeArguments ?? [],
        arguments: Array.from({ length: parts.arguments ?? 1 }, () => pure),
      });
    };
  const vectors = (nodes: number): string => `${'vector<'.repeat(nodes - 1)}u8${'>'.repeat(nodes - 1)}`;
  const limits: [string, number, (count: number) => Build][] = [
    ['commands', 1_024, (n) => many(n, (tx) => void tx.moveCall({ target: `${d.demo}::things::share` }))],
    ['publishes', 6, (n) => many(n, (tx) => void tx.publish({ modules: [[1]], dependencies: [] }))],
    ['bytes of a pure input', 16_384, (size) => call({ size })],
    ['arguments of a call', 512, (n) => call({ arguments: n })],
    ['amounts of a split', 512, (n) => (tx) => void tx.splitCoins(tx.gas, Array(n).fill(tx.pure.u64(1)))],
    ['elements', 512, (n) => (tx) => void tx.makeMoveVec({ type: 'u8', elements: Array(n).fill(tx.pure.u8(1)) })],
    ['type arguments', 16, (n) => call({ typeArguments: Array(n).fill('u8') })],
    ['types in a type argument', 16, (n) => call({ typeArguments: [vectors(n)] })],
    ['types in the type of a vector', 16, (n) => (tx) => void tx.makeMoveVec({ type: vectors(n), elements: [] })],
    ['modules', 64, (n) => (tx) => void tx.publish({ modules: Array(n).fill([1]), dependencies: [] })],
    ['dependencies', 32, (n) => (tx) => void tx.publish({ modules: [[1]], dependencies: Array(n).fill(zero) })],
  ];
  test.each(limits)('%s: %i are too many', (_, bound, build) => boundary(bound, build));

  test('nothing to transfer', () =>
    refused(
      send(d.ledger, d.alice, (tx) => void tx.transferObjects([], d.bob.toSuiAddress())),
      'EMPTY_COMMAND',
    ));
});

describe('expiration and repetition', () => {
  test('an expired transaction is refused, an executed one answers again even then', async () => {
    const { epoch } = chainState(d.ledger);
    const build: Build = (tx) => {
      plain(tx, {} as never);
      tx.setExpiration({ Epoch: epoch });
    };
    const [first, second] = [
      await buildTransaction(d.ledger, d.alice, build),
      await buildTransaction(d.ledger, d.bob, build),
    ];
    const signature = await signBy(d.alice, first);
    const record = executeTransaction(d.ledger, first, [signature]);
    advanceEpoch(d.ledger);
    const before = stateDigest(d.ledger);
    expect(executeTransaction(d.ledger, first, [signature])).toEqual(record);
    expect(stateDigest(d.ledger)).toBe(before);
    const late = await signBy(d.bob, second);
    await refused(
      Promise.resolve().then(() => executeTransaction(d.ledger, second, [late])),
      'EXPIRED',
    );
  });

  test('a transaction for another chain is refused', async () => {
    const { epoch } = chainState(d.ledger);
    const during =
      (chain: string): Build =>
      (tx) => {
        plain(tx, {} as never);
        tx.setExpiration({
          ValidDuring: {
            minEpoch: String(epoch),
            maxEpoch: String(epoch + 1),
            minTimestamp: null,
            maxTimestamp: null,
            chain,
            nonce: 5,
          },
        });
      };
    await refused(send(d.ledger, d.alice, during('11111111111111111111111111111112')), 'WRONG_CHAIN');
    expect((await send(d.ledger, d.alice, during(chainState(d.ledger).chainId))).effects.error).toBeNull();
  });
});

describe('simulation', () => {
  test('says what execution then does, and stores nothing', async () => {
    const id = await makeThing();
    const before = stateDigest(d.ledger);
    const bytes = await buildTransaction(d.ledger, d.alice, useThing(id));
    const simulated = await simulate(d.ledger, d.alice, useThing(id));
    expect(stateDigest(d.ledger)).toBe(before);
    const { effects, effectsDigest } = executeTransaction(d.ledger, bytes, [await signBy(d.alice, bytes)]);
    expect(simulated.effects).toEqual(effects);
    expect(simulated.effectsDigest).toBe(effectsDigest);
    expect(simulated.inputObjects.map((object) => object.id)).toContain(id);
    expect(simulated.outputObjects.map((object) => object.digest).sort()).toEqual(
      effects.changedObjects
        .flatMap((change) => (change.output && 'digest' in change.output ? [change.output.digest] : []))
        .sort(),
    );
  });

  test('without payment a mock coin pays; rules still hold', async () => {
    const poor = newAccount(d.ledger, 77, 0n);
    expect((await simulate(d.ledger, poor, plain, { gas: [] })).effects.error).toBeNull();
    await refused(simulate(d.ledger, poor, useThing(await makeThing()), { gas: [] }), 'OBJECT_OWNER');
  });

  test('dev-inspect runs private functions on anybody’s objects', async () => {
    const poor = newAccount(d.ledger, 78, 0n);
    const id = await makeThing();
    const hidden: Build = (tx) =>
      void tx.moveCall({ target: `${d.demo}::things::hidden`, arguments: [tx.pure.u64(41)] });
    const done = await simulate(d.ledger, poor, hidden, { gas: [], checks: 'disabled' });
    expect(bcs.u64().parse(done.commandOutputs[0]?.returnValues[0]?.bcs as Uint8Array)).toBe('42');
    expect((await simulate(d.ledger, poor, useThing(id), { gas: [], checks: 'disabled' })).effects.error).toBeNull();
  });
});
