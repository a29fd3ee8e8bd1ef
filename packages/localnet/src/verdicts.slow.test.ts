/** What Sui decides about a programmable transaction before it runs: uses of arguments, types, shared objects, references. */
import { bcs } from '@mysten/sui/bcs';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Inputs, type Transaction, type TransactionArgument } from '@mysten/sui/transactions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeLedger, getObject, getTransaction, type Ledger, openLedger, type StoredObject } from './index.ts';
import {
  type Build,
  compileDemo,
  createdBy,
  goldSources,
  newAccount,
  packageIn,
  probeSources,
  publish,
  send,
  simulate,
} from './testing/fixture.ts';

let ledger: Ledger;
let alice: Ed25519Keypair;
let id: string;

beforeAll(async () => {
  ledger = await openLedger({ seed: 'verdicts', clock: 'logical' });
  alice = newAccount(ledger, 1);
  id = packageIn(await publish(ledger, alice, probeSources()));
});
afterAll(() => closeLedger(ledger));

/** Calls a function of the probe. */
const call = (tx: Transaction, name: string, args: TransactionArgument[] = [], types: string[] = []) =>
  tx.moveCall({ target: `${id}::probe::${name}`, arguments: args, typeArguments: types });

/** `ok`, or the failure's status: its name, for faulty arguments `position kind`. */
const verdictOf = (status: Readonly<Record<string, unknown>> | undefined): string => {
  if (!status) return 'ok';
  const [[name, detail]] = Object.entries(status) as [[string, Record<string, unknown>]];
  if (name === 'CommandArgumentError') return `${detail.argIdx} ${Object.keys(detail.kind as object)[0]}`;
  return name === 'TypeArgumentError' ? `${Object.keys(detail.kind as object)[0]}` : name;
};

const verdict = async (build: Build): Promise<string> =>
  verdictOf((await send(ledger, alice, build, { budget: 900_000_000n })).effects.error?.status);

describe('one value in several places of a call', () => {
  test.each([
    ['copy_and_borrow', 2, 'ok'],
    ['borrow_and_copy', 2, 'ok'],
    ['borrow_between', 3, 'ok'],
    ['both_shared', 2, 'ok'],
    ['both_mutable', 2, '0 InvalidReferenceArgument'],
    ['mutable_first', 2, '0 InvalidReferenceArgument'],
    ['mutable_last', 2, '1 InvalidReferenceArgument'],
  ])('%s', async (name, places, expected) => {
    const got = await verdict((tx) => {
      const one = tx.pure.u64(1);
      call(tx, name, Array(places).fill(one));
    });
    expect(got).toBe(expected);
  });

  test('TxContext is lent mutably once', async () => {
    expect(await verdict((tx) => call(tx, 'readers'))).toBe('ok');
    expect(await verdict((tx) => call(tx, 'contexts'))).toBe('0 InvalidReferenceArgument');
  });

  test('a value is not moved while the same call borrows it', async () => {
    const got = await verdict((tx) => {
      const pots = tx.makeMoveVec({ type: `${id}::probe::Pot`, elements: [] });
      tx.moveCall({ target: '0x1::vector::append', typeArguments: [`${id}::probe::Pot`], arguments: [pots, pots] });
    });
    expect(got).toBe('1 CannotMoveBorrowedValue');
  });
});

describe('results with copy and without drop', () => {
  const uses = (...names: string[]) =>
    verdict((tx) => {
      const token = call(tx, 'token');
      for (const name of names) call(tx, name, [token]);
    });
  test('the last use takes the value when it is by value', async () => {
    expect(await uses('spend')).toBe('ok');
    expect(await uses('look', 'spend', 'look', 'spend')).toBe('ok');
    expect(await uses('spend', 'look')).toBe('UnusedValueWithoutDrop');
    expect(await uses()).toBe('UnusedValueWithoutDrop');
  });
});

describe('private entry functions', () => {
  test('an input entangled with an unfinished value is hot at that type only', async () => {
    const with_ = (build: (tx: Transaction, n: TransactionArgument) => void) =>
      verdict((tx) => {
        build(tx, tx.pure(new Uint8Array(8)));
      });
    expect(
      await with_((tx, n) => {
        const hot = call(tx, 'hot', [n]);
        call(tx, 'quiet', [n]);
        call(tx, 'cool', [hot]);
      }),
    ).toBe('0 InvalidArgumentToPrivateEntryFunction');
    expect(
      await with_((tx, n) => {
        const hot = call(tx, 'hot', [n]);
        call(tx, 'cool', [hot]);
        call(tx, 'quiet', [n]);
      }),
    ).toBe('ok');
  });
});

describe('type arguments', () => {
  test.each([
    ['Copies<u8>', 'ok'],
    ['Copies<signer>', 'ConstraintNotSatisfied'],
    ['Copies<Solid>', 'ConstraintNotSatisfied'],
    ['vector<Copies<Solid>>', 'ConstraintNotSatisfied'],
    ['Copies<Copies<Solid>>', 'ConstraintNotSatisfied'],
    ['Copies', 'TypeArityMismatch'],
    ['Copies<u8,u8>', 'TypeArityMismatch'],
    ['Solid<u8>', 'TypeArityMismatch'],
    ['Nothing', 'TypeNotFound'],
  ])('%s', async (text, expected) => {
    const type = text.replace(/\b(Copies|Solid|Nothing)\b/g, `${id}::probe::$1`);
    expect(await verdict((tx) => call(tx, 'any', [], [type]))).toBe(expected);
    expect(await verdict((tx) => void tx.makeMoveVec({ type, elements: [] }))).toBe(expected);
  });

  test('a function that demands an ability is a fault of the call', async () => {
    expect(await verdict((tx) => call(tx, 'droppable', [], [`${id}::probe::Solid`]))).toBe(
      'VMVerificationOrDeserializationError',
    );
    expect(await verdict((tx) => call(tx, 'any'))).toBe('VMVerificationOrDeserializationError');
  });
});

describe('the order of errors', () => {
  test('types and functions of all commands come before any argument', async () => {
    expect(
      await verdict((tx) => {
        tx.transferObjects([tx.pure.u8(1)], alice.toSuiAddress());
        call(tx, 'nothing_like_it');
      }),
    ).toBe('FunctionNotFound');
  });
  test('nothing runs when a later command is at fault', async () => {
    const built = send(ledger, alice, (tx) => {
      tx.moveCall({
        target: '0x1::vector::destroy_empty',
        typeArguments: ['u8'],
        arguments: [tx.pure.vector('u8', [1])],
      });
      call(tx, 'quiet', [tx.pure.u8(1)]);
    });
    expect(verdictOf((await built).effects.error?.status)).toBe('0 InvalidBCSBytes');
  });
});

describe('functions that only a module that defines the type may call', () => {
  test('coin_registry::new_currency', async () => {
    const got = await verdict((tx, { object }) => {
      tx.moveCall({
        target: '0x2::coin_registry::new_currency',
        typeArguments: [`${id}::probe::Card`],
        arguments: [
          object('c'),
          tx.pure.u8(2),
          ...['S', 'Name', 'About', 'https://example.org/i.png'].map((text) => tx.pure.string(text)),
        ],
      });
    });
    expect(got).toBe('NonEntryFunctionInvoked');
  });
});

describe('shared objects by value', () => {
  const pot = async (): Promise<string> =>
    createdBy(ledger, await send(ledger, alice, (tx) => call(tx, 'pot')), '::Pot')[0]?.id as string;
  const inVector = (tx: Transaction, one: TransactionArgument) =>
    tx.makeMoveVec({ type: `${id}::probe::Pot`, elements: [one as never] });

  test('may go through several commands and end deleted or shared', async () => {
    const [a, b] = [await pot(), await pot()];
    expect(await verdict((tx, { object }) => call(tx, 'break_all', [inVector(tx, object(a))]))).toBe('ok');
    expect(getObject(ledger, a)).toBeUndefined();
    expect(
      await verdict((tx, { object }) => call(tx, 'share_again', [call(tx, 'first', [inVector(tx, object(b))])])),
    ).toBe('ok');
    expect(getObject(ledger, b)?.owner.kind).toBe('shared');
  });

  test('may not end with an owner or inside another object', async () => {
    const one = await pot();
    expect(
      await verdict((tx, { object }) => {
        tx.transferObjects([call(tx, 'first', [inVector(tx, object(one))])], alice.toSuiAddress());
      }),
    ).toBe('SharedObjectOperationNotAllowed');
    expect(getObject(ledger, one)?.owner.kind).toBe('shared');
  });
});

test('a type whose layout has more than 512 nodes may be computed with, not written', async () => {
  expect(await verdict((tx) => call(tx, 'make_widest'))).toBe('ok');
  expect(await verdict((tx) => call(tx, 'emit_wider'))).toBe('ok');
  const failed = await send(ledger, alice, (tx) => call(tx, 'emit_widest'));
  expect(failed.effects.error).toMatchObject({ status: { MovePrimitiveRuntimeError: null }, command: 0 });
  const kept = await send(ledger, alice, (tx) => tx.transferObjects([call(tx, 'keep_widest')], alice.toSuiAddress()));
  expect(kept.effects.error?.status).toEqual({ MovePrimitiveRuntimeError: null });
  expect(kept.effects.error).not.toHaveProperty('command');
});

describe('receiving', () => {
  const newCard = async (owner: string): Promise<string> =>
    createdBy(ledger, await send(ledger, alice, (tx) => tx.transferObjects([call(tx, 'card')], owner)), '::Card')[0]
      ?.id as string;

  test('what was received is not received again, whatever became of it', async () => {
    const parent = await newCard(alice.toSuiAddress());
    for (const fate of ['kept', 'deleted'] as const) {
      const sent = getObject(ledger, await newCard(`0x${parent}`)) as StoredObject;
      const old = Inputs.ReceivingRef({ objectId: `0x${sent.id}`, version: sent.version, digest: sent.digest });
      const take: Build = (tx, { object }) => {
        const card = call(tx, 'take', [object(parent), tx.object(old)]);
        if (fate === 'deleted') call(tx, 'bury', [card]);
        else tx.transferObjects([card], alice.toSuiAddress());
      };
      expect(await verdict(take)).toBe('ok');
      const again = (await send(ledger, alice, take)).effects.error;
      expect([verdictOf(again?.status), again?.abort?.functionName, again?.abort?.code]).toEqual([
        'MoveAbort',
        'receive_impl',
        3n,
      ]);
    }
  });
});

test('what was received in a transaction is told from what has another type', async () => {
  const made = await send(ledger, alice, (tx) => tx.transferObjects([call(tx, 'card')], alice.toSuiAddress()));
  const [parent] = createdBy(ledger, made, '::Card') as [StoredObject];
  const given = await send(ledger, alice, (tx) => tx.transferObjects([call(tx, 'card')], `0x${parent.id}`));
  const [sent] = createdBy(ledger, given, '::Card') as [StoredObject];
  const { effects } = await send(ledger, alice, (tx, { object, receiving }) => {
    const [card, ticket] = [object(parent.id), receiving(sent.id)];
    for (const name of ['take', 'take_pot']) tx.transferObjects([call(tx, name, [card, ticket])], alice.toSuiAddress());
  });
  expect([effects.error?.abort?.functionName, effects.error?.abort?.code]).toEqual(['receive_impl', 2n]);
});

test('the deny list is named where owners of other coins than SUI were looked up in it', async () => {
  const treasury = await compileDemo(goldSources());
  const published = await send(ledger, alice, (tx) => {
    tx.transferObjects(
      [tx.publish({ modules: [...treasury.modules], dependencies: [...treasury.dependencies] })],
      alice.toSuiAddress(),
    );
  });
  const gold = packageIn(published);
  const cap = createdBy(ledger, published, '::TreasuryCap')[0]?.id as string;
  const minted = await send(ledger, alice, (tx, { object }) => {
    const coin = tx.moveCall({
      target: '0x2::coin::mint',
      typeArguments: [`${gold}::gold::GOLD`],
      arguments: [object(cap), tx.pure.u64(5)],
    });
    tx.transferObjects([coin], alice.toSuiAddress());
  });
  expect(minted.effects.error).toBeNull();
  expect(minted.effects.unchangedConsensusObjects).toEqual([{ kind: 'epochConfig', id: '403'.padStart(64, '0') }]);
  const read = bcs.TransactionEffects.parse(minted.effectsBcs).V2;
  expect(read?.unchangedConsensusObjects).toEqual([
    [`0x${'403'.padStart(64, '0')}`, { PerEpochConfig: true, $kind: 'PerEpochConfig' }],
  ]);
  expect(getTransaction(ledger, minted.digest)?.effects).toEqual(minted.effects);
});

describe('dev-inspect', () => {
  const inspect = async (build: Build) => {
    const done = await simulate(ledger, alice, build, { checks: 'disabled', gas: [] });
    return { verdict: verdictOf(done.effects.error?.status), outputs: done.commandOutputs };
  };
  test("any version of anybody's object", async () => {
    const bob = newAccount(ledger, 2);
    const made = await send(ledger, alice, (tx) => tx.transferObjects([call(tx, 'card')], bob.toSuiAddress()));
    const [card] = createdBy(ledger, made, '::Card') as [StoredObject];
    await send(ledger, bob, (tx, { object }) => {
      call(tx, 'bury', [object(card.id)]);
    });
    const reference = Inputs.ObjectRef({ objectId: `0x${card.id}`, version: card.version, digest: card.digest });
    const { verdict: got, outputs } = await inspect((tx) => call(tx, 'value', [tx.object(reference)]));
    expect([got, bcs.u64().parse(outputs[0]?.returnValues[0]?.bcs as Uint8Array)]).toEqual(['ok', '7']);
  });

  test('old versions with their fields as they were', async () => {
    const id = await withCard();
    const versions: StoredObject[] = [];
    for (const n of [1, 2]) {
      await send(ledger, alice, (tx, { object }) => {
        call(tx, 'note', [object(id), tx.pure.u64(n)]);
      });
      versions.push(getObject(ledger, id) as StoredObject);
    }
    const read = async ({ version, digest }: StoredObject) => {
      const input = Inputs.ObjectRef({ objectId: `0x${id}`, version, digest });
      const { outputs } = await inspect((tx) => call(tx, 'noted', [tx.object(input)]));
      return bcs.u64().parse(outputs[0]?.returnValues[0]?.bcs as Uint8Array);
    };
    expect(await Promise.all(versions.map(read))).toEqual(['1', '2']);
  });

  const withCard = async (): Promise<string> =>
    createdBy(
      ledger,
      await send(ledger, alice, (tx) => tx.transferObjects([call(tx, 'card')], alice.toSuiAddress())),
      '::Card',
    )[0]?.id as string;

  test('references are returned, shown as what they point to, and passed on', async () => {
    const card = await withCard();
    const { verdict: got, outputs } = await inspect((tx, { object }) => {
      const name = call(tx, 'name', [object(card)]);
      call(tx, 'length', [name]);
    });
    expect(got).toBe('ok');
    expect(outputs[0]?.returnValues).toEqual([
      { type: `0x${'1'.padStart(64, '0')}::string::String`, bcs: Uint8Array.from([3, 97, 99, 101]) },
    ]);
    expect(bcs.u64().parse(outputs[1]?.returnValues[0]?.bcs as Uint8Array)).toBe('3');
  });

  test('writes through a returned reference reach the object; a borrowed object cannot be moved', async () => {
    const card = await withCard();
    const written = await inspect((tx, { object }) => {
      const one = object(card);
      const n = call(tx, 'number', [one]);
      call(tx, 'set', [n, tx.pure.u64(8)]);
      call(tx, 'set', [n, tx.pure.u64(9)]);
      call(tx, 'both', [one]);
    });
    expect(written.verdict).toBe('ok');
    expect(bcs.u64().parse(written.outputs[3]?.returnValues[0]?.bcs as Uint8Array)).toBe('9');
    expect(written.outputs[1]?.mutatedByRef[0]?.argument).toMatchObject({ index: 0 });
    expect(bcs.u64().parse(written.outputs[1]?.mutatedByRef[0]?.bcs as Uint8Array)).toBe('8');
    const moved = await inspect((tx, { object }) => {
      const one = object(card);
      const n = call(tx, 'number', [one]);
      call(tx, 'bury', [one]);
      call(tx, 'set', [n, tx.pure.u64(9)]);
    });
    expect(moved.verdict).toBe('0 CannotMoveBorrowedValue');
  });

  test('checked execution keeps references out', async () => {
    const card = await withCard();
    expect(await verdict((tx, { object }) => call(tx, 'name', [object(card)]))).toBe('InvalidPublicFunctionReturnType');
  });
});
