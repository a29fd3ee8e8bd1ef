/** What a programmable transaction is refused for, and what it costs, before any of it runs: commands over framework functions. */
import { bcs } from '@mysten/sui/bcs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeLedger, type Ledger, openLedger } from '../../index.ts';
import * as ptb from '../../testing/ptb.ts';
import {
  address,
  COIN,
  call,
  coin,
  gas,
  type Input,
  input,
  long,
  merge,
  nested,
  result,
  SUI,
  split,
  told,
  transfer,
  u64,
  vector,
} from '../../testing/ptb.ts';
import { type LedgerState, vmOf } from '../state.ts';
import type { Argument, Command } from '../transaction-data.ts';
import { noGasPlace, type PtbContext } from './context.ts';
import { isCommandFailure } from './failure.ts';
import { packagesInType } from './load.ts';
import { planUnits, sizeUnits } from './metering.ts';
import { argumentsOf } from './plan.ts';
import { type CommandOutput, runCommands } from './run.ts';
import { planTransaction } from './typing.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger({ seed: 'plan', clock: 'logical' });
});
afterAll(() => closeLedger(ledger));
const contextOf = (commands: readonly Command[], inputs: readonly Input[]) =>
  ptb.contextOf(ledger as LedgerState, commands, inputs);
const planned = (commands: readonly Command[], inputs: readonly Input[], more?: Partial<PtbContext>) =>
  ptb.planned(ledger as LedgerState, commands, inputs, more);

const c = coin('owned');
const fixed = coin('immutable');
const shared = coin('shared');
const mutable = coin('sharedMutable');

type Row = readonly [commands: readonly Command[], inputs: readonly Input[], expected: string];
const refusals: readonly Row[] = [
  [[split(gas, input(1))], [u64], '0: 1 IndexOutOfBounds'],
  [[split(gas, result(0))], [u64], '0: 1 IndexOutOfBounds'],
  [[split(gas, input(0)), transfer(input(1), nested(0, 1))], [u64, address], '1: 0 SecondaryIndexOutOfBounds'],
  [[split(gas, input(0), input(0)), transfer(input(1), result(0))], [u64, address], '1: 0 InvalidResultArity'],
  [[merge(gas, input(0)), transfer(input(1), result(0))], [c, address], '1: 0 InvalidResultArity'],
  [[split(gas, input(0))], [u64], '-: UnusedValueWithoutDrop'],
  [[split(gas, input(0))], [u64.slice(1)], '0: 1 InvalidBCSBytes'],
  [[split(gas, input(0))], [c], '0: 1 TypeMismatch'],
  [[split(input(0), input(0))], [u64], '0: 0 TypeMismatch'],
  [[vector('u64', input(0)), split(result(0), input(0))], [u64], '1: 0 TypeMismatch'],
  [[merge(gas, gas)], [], '0: 1 InvalidGasCoinUsage'],
  [[merge(input(0), input(0))], [c], '0: 1 CannotMoveBorrowedValue'],
  [[transfer(input(1), input(0)), transfer(input(1), input(0))], [c, address], '1: 0 ArgumentWithoutValue'],
  [[transfer(input(1), input(0), input(0))], [c, address], '0: 1 ArgumentWithoutValue'],
  [[transfer(input(0), input(0))], [address], '0: 0 InvalidTransferObject'],
  [[transfer(input(1), input(0))], [c, u64], '0: 1 InvalidBCSBytes'],
  [[split(input(0), input(1))], [fixed, u64], '0: 0 InvalidObjectByMutRef'],
  [[split(input(0), input(1))], [shared, u64], '0: 0 InvalidObjectByMutRef'],
  [[transfer(input(1), input(0))], [fixed, address], '0: 0 InvalidObjectByValue'],
  [[merge(gas, input(0))], [shared], '0: 1 InvalidObjectByValue'],
  [[vector(undefined, input(0))], [u64], '0: 0 InvalidMakeMoveVecNonObjectArgument'],
  [[vector(undefined, input(0))], [c], '-: UnusedValueWithoutDrop'],
  [[vector(COIN, gas)], [], '0: 0 InvalidGasCoinUsage'],
  [[vector('0x2::coin::Coin')], [], '0: TypeArityMismatch'],
  [[vector(`0x2::coin::Coin<${SUI},u8>`)], [], '0: TypeArityMismatch'],
  [[vector('0x2::coin::Cash')], [], '0: TypeNotFound'],
  [[vector('vector<0x9::a::B>')], [], '0: TypeNotFound'],
  [[vector('0x2::table::Table<signer,u8>')], [], '0: ConstraintNotSatisfied'],
  [[call('2::coin::into_balance', [SUI], gas)], [], '0: 0 InvalidGasCoinUsage'],
  [[call('2::coin::value', [SUI], input(0))], [u64], '0: 0 InvalidUsageOfPureArg'],
  [[call('2::coin::value', [SUI])], [], '0: ArityMismatch'],
  [[call('2::coin::value', [SUI], gas, gas)], [], '0: ArityMismatch'],
  [[call('2::coin::value', [], gas)], [], '0: VMVerificationOrDeserializationError'],
  [[call('2::coin::value', [SUI, SUI], gas)], [], '0: VMVerificationOrDeserializationError'],
  [[call('2::coin::value', ['0x2::coin::Cash'], gas)], [], '0: TypeNotFound'],
  [[call('2::coin::worth', [SUI], gas)], [], '0: FunctionNotFound'],
  [[call('99::coin::value', [SUI], gas)], [], '0: FunctionNotFound'],
  [[call('2::coin::balance', [SUI], gas)], [], '0: InvalidPublicFunctionReturnType'],
  [[call('2::transfer::transfer', [COIN], input(0), input(1))], [c, address], '0: NonEntryFunctionInvoked'],
  [[call('2::event::emit', ['u64'], input(0))], [u64], '0: NonEntryFunctionInvoked'],
  [[call('1::string::internal_check_utf8', [], input(0))], [u64], '0: NonEntryFunctionInvoked'],
  [[call('1::string::length', [], input(0))], [Uint8Array.of(2, 195, 40)], '0: 0 InvalidBCSBytes'],
  [[call('1::ascii::length', [], input(0))], [Uint8Array.of(1, 200)], '0: 0 InvalidBCSBytes'],
  [[call('1::ascii::length', [], input(0))], [Uint8Array.of(2, 0, 127)], 'ok'],
  [[call('1::ascii::length', [], input(0))], [Uint8Array.of(1, 128)], '0: 0 InvalidBCSBytes'],
  [[call('1::string::length', [], input(0))], [Uint8Array.of(2, 195, 164)], 'ok'],
  [[call('1::vector::length', ['0x1::ascii::String'], input(0))], [Uint8Array.of(2, 1, 65, 0)], 'ok'],
  [[call('1::option::is_none', ['u8'], input(0))], [Uint8Array.of(0)], 'ok'],
  [[call('1::option::is_none', ['u8'], input(0))], [Uint8Array.of(1, 1)], 'ok'],
  [[call('1::option::is_none', ['u8'], input(0))], [Uint8Array.of(2, 1, 1)], '0: 0 InvalidBCSBytes'],
  [[call('2::object::id_to_address', [], input(0))], [address], 'ok'],
  [[vector('0x2::coin::Coin<0x2::table::Table<signer,u8>>')], [], '0: ConstraintNotSatisfied'],
  [[vector('vector<0x2::coin::Coin>')], [], '0: TypeArityMismatch'],
  [[vector('0x1::option::Option<0x2::coin::Cash>')], [], '0: TypeNotFound'],
  [[call('1::vector::append', ['u64'], input(0), input(0))], [Uint8Array.of(0)], 'ok'],
  [[vector('u64', input(0)), call('1::vector::length', ['u8'], result(0))], [u64], '1: 0 TypeMismatch'],
  [[call('1::vector::length', [COIN], input(0))], [Uint8Array.of(0)], '0: 0 InvalidUsageOfPureArg'],
  [[call('1::option::is_none', [COIN], input(0))], [Uint8Array.of(0)], '0: 0 InvalidUsageOfPureArg'],
  [
    [call('1::vector::length', ['vector<0x1::ascii::String>'], input(0))],
    [Uint8Array.of(1, 1, 1, 200)],
    '0: 0 InvalidBCSBytes',
  ],
  [
    [call('1::option::is_none', ['0x1::string::String'], input(0))],
    [Uint8Array.of(1, 2, 195, 40)],
    '0: 0 InvalidBCSBytes',
  ],
  [[call('1::option::is_none', ['0x1::string::String'], input(0))], [Uint8Array.of(1, 2, 195, 164)], 'ok'],
  [[call('1::vector::length', ['0x2::object::ID'], input(0))], [Uint8Array.of(1, ...address)], 'ok'],
  [[call('1::vector::length', ['bool'], input(0))], [Uint8Array.of(1, 2)], '0: 0 InvalidBCSBytes'],
  [[call('2::balance::join', [SUI], input(0), input(0))], [u64], '0: 0 InvalidUsageOfPureArg'],
];
test.each(refusals.map(([commands, inputs, verdict]) => [told(commands), verdict, commands, inputs] as const))(
  '%s: %s',
  (_, verdict, commands, inputs) => {
    const plan = planned(commands, inputs);
    expect(typeof plan === 'string' ? plan : 'ok').toBe(verdict);
  },
);

test.each<[commands: Command[], inputs: Input[], status: object]>([
  [[split(gas, input(3))], [], { CommandArgumentError: { argIdx: 1, kind: { IndexOutOfBounds: { idx: 3 } } } }],
  [[split(gas, result(2))], [], { CommandArgumentError: { argIdx: 1, kind: { IndexOutOfBounds: { idx: 2 } } } }],
  [
    [split(gas, input(0)), split(gas, input(0)), transfer(input(1), nested(1, 4))],
    [u64, address],
    { CommandArgumentError: { argIdx: 0, kind: { SecondaryIndexOutOfBounds: { resultIdx: 1, secondaryIdx: 4 } } } },
  ],
  [
    [split(gas, input(0)), split(gas), transfer(input(1), result(1))],
    [u64, address],
    { CommandArgumentError: { argIdx: 0, kind: { InvalidResultArity: { resultIdx: 1 } } } },
  ],
  [
    [split(gas), split(gas, input(0), input(0)), transfer(input(1), nested(1, 0))],
    [u64, address],
    { UnusedValueWithoutDrop: { resultIdx: 1, secondaryIdx: 1 } },
  ],
  [[call('2::coin::balance', [SUI], gas)], [], { InvalidPublicFunctionReturnType: { idx: 0 } }],
  [[vector('0x2::coin::Cash')], [], { TypeArgumentError: { argumentIdx: 0, kind: { TypeNotFound: true } } }],
  [
    [call('2::table::new', ['u64', '0x2::coin::Cash'])],
    [],
    { TypeArgumentError: { argumentIdx: 1, kind: { TypeNotFound: true } } },
  ],
])('a failure says where: %#', (commands, inputs, status) => {
  const ctx = contextOf(commands, inputs);
  const run = () => runCommands(ctx, undefined);
  expect(run).toThrow(expect.objectContaining({ failure: expect.objectContaining({ status }) }));
});

test('errors number the arguments of a command', () => {
  const [a, b] = [input(0), input(1)];
  const upgrade: Command = { kind: 'upgrade', modules: [], dependencies: [], package: long('9'), ticket: a };
  const publish: Command = { kind: 'publish', modules: [], dependencies: [] };
  const all = [
    call('2::a::b', [], a, b),
    transfer(a, b),
    split(a, b),
    merge(a, b),
    vector('u8', b, a),
    upgrade,
    publish,
  ];
  expect(all.map(argumentsOf)).toEqual([[a, b], [b, a], [a, b], [a, b], [b, a], [a], []]);
});

test('the packages a type names, those within it too', () => {
  const ids = packagesInType('vector<0x2::coin::Coin<0x5::a::B<u8,0x6::c::D>>>');
  expect(ids).toEqual(['2', '5', '6'].map(long));
  expect(packagesInType('vector<u8>')).toEqual([]);
});

test('without a gas coin there is nothing to use', () => {
  const none = { gas: noGasPlace(vmOf(ledger as LedgerState)) };
  expect(planned([transfer(input(0), gas)], [address], none)).toBe('0: 0 ArgumentWithoutValue');
  expect(planned([split(gas, input(0))], [u64], none)).toBe('0: 0 ArgumentWithoutValue');
});

test('dev-inspect asks only for types and memory safety', () => {
  const inspect = { inspect: true };
  const kinds = (commands: Command[], inputs: Input[]) => typeof planned(commands, inputs, inspect);
  expect(kinds([split(gas, input(0))], [u64])).toBe('object'); // left over
  expect(kinds([call('2::coin::balance', [SUI], gas)], [])).toBe('object'); // a reference
  expect(kinds([call('1::string::internal_check_utf8', [], input(0))], [Uint8Array.of(0)])).toBe('object'); // private
  expect(planned([merge(input(0), input(0))], [c], inspect)).toBe('0: 1 CannotMoveBorrowedValue');
});

const lend = (name: string, of: Argument = gas): Command => call(`2::coin::${name}`, [SUI], of);
const look = (of: number): Command => call('2::balance::value', [SUI], result(of));
const one = bcs.vector(bcs.u64()).serialize([1, 2]).toBytes();
const element = (name: string): Command => call(`1::vector::${name}`, ['u64'], input(0), input(1));
const borrowing: readonly Row[] = [
  [[lend('balance_mut'), look(0)], [], 'ok'],
  [[lend('balance_mut'), split(gas, input(0)), look(0)], [u64], '1: 0 CannotWriteToExtendedReference'],
  [[lend('balance_mut'), look(0), split(gas, input(0))], [u64], 'ok'],
  [[lend('balance'), split(gas, input(0)), look(0)], [u64], '1: 0 CannotWriteToExtendedReference'],
  [
    [lend('balance_mut', input(0)), transfer(input(1), input(0)), look(0)],
    [c, address],
    '1: 0 CannotMoveBorrowedValue',
  ],
  [[lend('balance_mut', input(0)), transfer(input(1), input(0))], [c, address], 'ok'],
  [[lend('balance_mut', input(0)), merge(gas, input(0)), look(0)], [c], '1: 1 CannotMoveBorrowedValue'],
  [[lend('balance_mut', input(0)), merge(input(0), gas), look(0)], [c], '1: 1 InvalidGasCoinUsage'],
  [[lend('balance_mut'), lend('balance_mut'), look(0)], [], '1: 0 InvalidReferenceArgument'],
  [[lend('balance_mut'), lend('balance_mut'), look(1)], [], 'ok'],
  [[lend('balance'), lend('balance'), look(0), look(1)], [], 'ok'],
  [[lend('balance'), lend('balance_mut'), look(0)], [], '1: 0 InvalidReferenceArgument'],
  [[lend('balance_mut'), lend('balance'), look(0), look(1)], [], 'ok'],
  [[lend('balance_mut'), call('2::balance::join', [SUI], result(0), input(0))], [c], '1: 1 TypeMismatch'],
  [[lend('balance'), call('2::balance::withdraw_all', [SUI], result(0))], [], '1: 0 TypeMismatch'],
  [[lend('balance_mut'), call('2::balance::withdraw_all', [SUI], result(0)), look(0)], [], 'ok'],
  [[element('borrow_mut'), element('borrow_mut'), call('1::vector::length', ['u64'], input(0))], [one, u64], 'ok'],
  [[element('borrow'), vector('u64', result(0)), vector('u64', result(0))], [one, u64], 'ok'],
];
test.each(borrowing.map(([commands, inputs, expected]) => [told(commands), expected, commands, inputs] as const))(
  'references that are held: %s: %s',
  (_, expected, commands, inputs) => {
    const plan = planned(commands, inputs, { inspect: true });
    expect(typeof plan === 'string' ? plan : 'ok').toBe(expected);
  },
);

const uses = (commands: readonly Command[], inputs: readonly Input[]) => ptb.usesOf(planned(commands, inputs));

const planning: readonly Row[] = [
  [[transfer(input(0), gas)], [address], 'use! use!'],
  [[split(gas, input(0)), transfer(input(1), result(0))], [u64, address], 'borrowMut use!; use! use!'],
  [
    [split(gas, input(0), input(0)), transfer(input(1), nested(0, 0), nested(0, 1))],
    [u64, address],
    'borrowMut use use!; use! use! use!',
  ],
  [[merge(input(0), input(1))], [mutable, c], 'borrowMut use!'],
  [[call('2::coin::value', [SUI], input(0))], [shared], 'borrow'],
  [[call('2::coin::value', [SUI], input(0))], [fixed], 'borrow'],
  [[transfer(input(1), input(0))], [mutable, address], 'use! use!'],
  [[call('2::coin::send_funds', [SUI], gas, input(0))], [address], 'use! use!'],
  [[vector('u64', input(0), input(0)), call('1::vector::length', ['u64'], result(0))], [u64], 'use use!; borrow'],
  [[call('2::tx_context::sender', [])], [], 'borrow'],
  [[call('2::object::new', []), call('2::object::delete', [], result(0))], [], 'borrowMut; use!'],
];
test.each(planning.map(([commands, inputs, expected]) => [told(commands), expected, commands, inputs] as const))(
  '%s uses %s',
  (_, expected, commands, inputs) => {
    expect(uses(commands, inputs)).toBe(expected);
  },
);

/** Units of Sui's `static_programmable_transactions/metering`, summed by hand: sizes, then types, packages and references. */
test.each<[what: string, commands: Command[], inputs: Input[], sizes: number, plan: number]>([
  ['nothing', [], [], 1, 0 + 1 + 1],
  ['a split', [split(gas, input(0))], [u64], 1 + 8 + 2, 1 + (2 + 3 + 1 + 2) + 1],
  ['a transfer', [transfer(input(0), gas)], [address], 1 + 32 + 2, 1 + (2 + 1) + 1],
  ['a merge', [merge(gas, input(0))], [c], 1 + 2, 2 + 2 + (3 + 2 + 2) + 1],
  ['a vector', [vector('u64', input(0), input(0))], [u64], 1 + 8 + 3, 1 + (1 + 2 + 2 + 1) + 1],
  ['an empty vector', [vector('u64')], [], 1 + 1, 1 + (2 + 1) + 1],
  [
    'a call: its types twice, three packages, two references',
    [vector('u64', input(0)), call('1::vector::length', ['u64'], result(0))],
    [u64],
    1 + 8 + (2 + 2),
    1 + (1 + 3 + 1) + 10 * 3 + (1 + 2 + 1 + 1) + (1 + 3 + 5) + 3,
  ],
  ['no bytes', [vector('u64')], [new Uint8Array()], 1 + 1 + 1, 1 + (2 + 1) + 1],
])('the units of %s', (_, commands, inputs, sizes, units) => {
  const ctx = contextOf(commands, inputs);
  expect(sizeUnits(ctx)).toBe(sizes);
  expect(planUnits(ctx, planTransaction(ctx))).toBe(units);
});

/** What commands did and what it cost beyond the plan, or the status they failed with. */
const ran = (commands: readonly Command[], inputs: readonly Input[]) => {
  const ctx = contextOf(commands, inputs);
  const outputs: CommandOutput[] = [];
  const before = sizeUnits(ctx) + planUnits(ctx, planTransaction(contextOf(commands, inputs)));
  try {
    runCommands(ctx, outputs);
  } catch (thrown) {
    if (!isCommandFailure(thrown)) throw thrown;
    return Object.keys(thrown.failure.status)[0];
  }
  const balances = (of: CommandOutput['returnValues']): bigint[] =>
    of.map((each) => Buffer.from(each.bcs).readBigUInt64LE(each.bcs.length - 8));
  return {
    returned: outputs.map(({ returnValues }) => balances(returnValues)),
    changed: outputs.map(({ mutatedByRef }) => [mutatedByRef.map(({ argument }) => argument), balances(mutatedByRef)]),
    cost: ctx.session.computation() - before,
  };
};

/** Steps of Sui's `execution/context.rs`: an instruction each, a push where there is a value or a reference, and its bytes. */
const reference = 2 + 8;
const [ofCoin, ofU64, ofAddress] = [2 + (2 + (2 + (2 + 32)) + (2 + 8)), 2 + 8, 2 + 32];
const loaded = (value: number): number => value + 1;

test('SplitCoins takes amounts out of a coin, MergeCoins puts coins together', () => {
  expect(ran([split(gas, input(0), input(0)), transfer(input(1), nested(0, 0), nested(0, 1))], [u64, address])).toEqual(
    {
      returned: [[7n, 7n], []],
      changed: [
        [[gas], [86n]],
        [[], []],
      ],
      cost:
        loaded(ofCoin) +
        (reference + loaded(ofU64) + ofU64 + reference + (reference + 1 + 1)) +
        (2 * reference + loaded(ofAddress) + reference + 1),
    },
  );
  expect(ran([merge(input(1), input(0), gas)], [c, coin('owned', 'd')])).toBe('CommandArgumentError');
  expect(ran([merge(input(1), input(0)), merge(gas, input(1))], [c, coin('owned', 'd')])).toEqual({
    returned: [[], []],
    changed: [
      [[input(1)], [200n]],
      [[gas], [300n]],
    ],
    cost: 3 * loaded(ofCoin) + 2 * (2 * reference + (reference + 1 + 1)),
  });
});

test('MakeMoveVec keeps the order, and what is left of a copied value is a copy', () => {
  const two = bcs.u64().serialize(9).toBytes();
  const sum = ran(
    [vector('u64', input(0), input(1), input(0)), call('1::vector::length', ['u64'], result(0))],
    [u64, two],
  );
  expect(sum).toMatchObject({ returned: [[7n], [3n]] });
});

test.each<[what: string, commands: Command[], inputs: Input[], status: string]>([
  [
    'more than there is',
    [split(gas, input(0)), transfer(input(1), result(0))],
    [bcs.u64().serialize(101).toBytes(), address],
    'InsufficientCoinBalance',
  ],
  [
    'more in all than there is',
    [split(gas, input(0), input(1)), transfer(input(2), nested(0, 0), nested(0, 1))],
    [bcs.u64().serialize(100).toBytes(), u64, address],
    'InsufficientCoinBalance',
  ],
  [
    'more than u64 holds',
    [split(gas, input(0), input(0)), transfer(input(1), nested(0, 0), nested(0, 1))],
    [new Uint8Array(8).fill(255), address],
    'CoinBalanceOverflow',
  ],
  [
    'coins that are too much together',
    [merge(gas, input(0))],
    [coin('owned', 'c', new Uint8Array(8).fill(255))],
    'CoinBalanceOverflow',
  ],
  [
    'an object given to itself',
    [transfer(input(1), input(0))],
    [coin('owned', 'b'), address],
    'CircularObjectOwnership',
  ],
  [
    'code that aborts',
    [call('2::coin::split', [SUI], gas, input(0)), transfer(input(1), result(0))],
    [bcs.u64().serialize(101).toBytes(), address],
    'MoveAbort',
  ],
  [
    'code that fails',
    [call('1::u64::divide_and_round_up', [], input(0), input(1))],
    [u64, new Uint8Array(8)],
    'MovePrimitiveRuntimeError',
  ],
])('%s fails the transaction', (_, commands, inputs, status) => {
  expect(ran(commands, inputs)).toBe(status);
});

test('each module and dependency of a publication counts, and two more of an upgrade', () => {
  const parts = { modules: [new Uint8Array(9)], dependencies: [long('1'), long('2')] };
  const publish: Command = { kind: 'publish', ...parts };
  const upgrade: Command = { kind: 'upgrade', ...parts, package: long('9'), ticket: input(0) };
  expect(sizeUnits(contextOf([publish], []))).toBe(1 + 3);
  expect(sizeUnits(contextOf([upgrade], []))).toBe(1 + 5);
});
