/** What holds between the values of a transaction: references that live on, and values that are not finished. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeLedger, type Ledger, openLedger } from '../../index.ts';
import { newAccount, packageIn, probeSources, publish } from '../../testing/fixture.ts';
import * as ptb from '../../testing/ptb.ts';
import {
  address,
  coin,
  type Input,
  input,
  long,
  nested,
  object,
  result,
  SUI,
  split,
  transfer,
  u64,
  vector,
} from '../../testing/ptb.ts';
import { type LedgerState, packageOf } from '../state.ts';
import type { Argument, Command } from '../transaction-data.ts';
import { planUnits } from './metering.ts';
import { planTransaction } from './typing.ts';

let ledger: Ledger;
let probe: string;
beforeAll(async () => {
  ledger = await openLedger({ seed: 'references', clock: 'logical' });
  probe = packageIn(await publish(ledger, newAccount(ledger, 1), probeSources()));
});
afterAll(() => closeLedger(ledger));

const call = (name: string, ...args: Argument[]): Command => ({
  ...{ kind: 'call', package: 'probe', module: 'probe', function: name },
  ...{ typeArguments: [], arguments: args },
});
/** The commands with the id of the published package in place of its name. */
const placed = (commands: readonly Command[]): Command[] =>
  commands.map((one) => (one.kind === 'call' && one.package === 'probe' ? { ...one, package: probe.slice(2) } : one));
const planOf = (commands: readonly Command[], inputs: readonly Input[], inspect = false) =>
  ptb.planned(ledger as LedgerState, placed(commands), inputs, { inspect });
const verdict = (plan: ReturnType<typeof planOf>): string => (typeof plan === 'string' ? plan : 'ok');

const conflict = 'InvalidReferenceArgument';
const borrowed = 'CannotMoveBorrowedValue';
const card = call('card');
const [first, second] = [result(0), result(1)];
const text = ptb.call('1::string::utf8', [], input(1));

test.each<[rule: string, commands: Command[], expected: string]>([
  [
    'mutable references that one call returns are apart: each may be used while the other lives',
    [card, call('parts', first), call('set', nested(1, 0), input(0)), call('length', nested(1, 1))],
    'ok',
  ],
  [
    'so are a mutable one and an immutable one',
    [card, call('mixed', first), call('set', nested(1, 0), input(0)), call('length', nested(1, 1))],
    'ok',
  ],
  [
    'but what they were made of is not used mutably while one of them lives',
    [card, call('parts', first), call('note', first, input(0)), call('length', nested(1, 1))],
    `2: 0 ${conflict}`,
  ],
  [
    'immutable references share',
    [card, call('both', first), call('both_shared', nested(1, 0), nested(1, 0)), call('length', nested(1, 1))],
    'ok',
  ],
  [
    'what is lent mutably may be read meanwhile',
    [card, call('number', first), call('value', first), call('set', second, input(0))],
    'ok',
  ],
  [
    'a reference made of another one keeps it from being used',
    [
      card,
      call('number', first),
      call('again', second),
      call('set', second, input(0)),
      call('set', result(2), input(0)),
    ],
    `3: 0 ${conflict}`,
  ],
  [
    'until it has ended',
    [
      card,
      call('number', first),
      call('again', second),
      call('set', result(2), input(0)),
      call('set', second, input(0)),
    ],
    'ok',
  ],
  [
    'through several calls',
    [
      ...[card, call('number', first), call('again', second), call('again', result(2))],
      ...[call('set', second, input(0)), call('set', result(3), input(0))],
    ],
    `4: 0 ${conflict}`,
  ],
  [
    'a frozen reference bars writing to what it was frozen from',
    [
      card,
      call('number', first),
      call('view', second),
      call('set', second, input(0)),
      call('both_shared', result(2), result(2)),
    ],
    `3: 0 ${conflict}`,
  ],
  [
    'until it has ended as well',
    [
      card,
      call('number', first),
      call('view', second),
      call('both_shared', result(2), result(2)),
      call('set', second, input(0)),
    ],
    'ok',
  ],
  [
    'a reference is not given with itself, and the older of both is at fault',
    [card, call('number', first), call('both_mutable', second, second)],
    `2: 1 ${conflict}`,
  ],
  [
    'nor, mutable, with a copy of it that is frozen',
    [card, call('number', first), call('mutable_last', second, second)],
    `2: 1 ${conflict}`,
  ],
  [
    'of an object and an older reference into it the older one is at fault',
    [card, call('number', first), call('note_by', first, second)],
    `2: 1 ${conflict}`,
  ],
  [
    'a value that a reference points into stays',
    [card, call('number', first), call('bury', first), call('set', second, input(0))],
    `2: 0 ${borrowed}`,
  ],
  [
    'also through references made of that one',
    [card, call('number', first), call('again', second), call('bury', first), call('set', result(2), input(0))],
    `3: 0 ${borrowed}`,
  ],
  ['a result that nobody uses holds nothing', [card, call('number', first), call('bury', first)], 'ok'],
  [
    'nor does a reference that was read for the last time',
    [card, call('number', first), vector('u64', second), call('bury', first)],
    'ok',
  ],
  ['or frozen', [card, call('number', first), call('both_shared', second, second), call('bury', first)], 'ok'],
  [
    'reading leaves a reference usable',
    [card, call('number', first), vector('u64', second, second), call('set', second, input(0))],
    'ok',
  ],
  [
    'a mutable result points into mutable arguments only',
    [
      card,
      card,
      call('number', first),
      call('number', second),
      call('of_first', result(2), result(3)),
      call('bury', second),
      call('set', result(4), input(0)),
    ],
    'ok',
  ],
  [
    'namely into the first here',
    [
      card,
      card,
      call('number', first),
      call('number', second),
      call('of_first', result(2), result(3)),
      call('bury', first),
      call('set', result(4), input(0)),
    ],
    `5: 0 ${borrowed}`,
  ],
  ...[first, second].map((one): [string, Command[], string] => [
    `an immutable result points into each argument: command ${one === first ? 0 : 1}`,
    [
      card,
      card,
      call('number', first),
      call('number', second),
      call('of_either', result(2), result(3)),
      call('bury', one),
      call('view', result(4)),
    ],
    `5: 0 ${borrowed}`,
  ]),
  ['what was moved is not lent', [card, call('bury', first), call('value', first)], '2: 0 ArgumentWithoutValue'],
  ['a reference to a string is none to a number', [card, text, call('view', second)], '2: 0 TypeMismatch'],
])('references: %s', (_, commands, expected) => {
  expect(verdict(planOf(commands, [u64, Uint8Array.of(1, 65)], true))).toBe(expected);
});

const purse = call('purse', input(0));
const inside = call('purse_coin', first);
const balance = (of: Argument): Command => ptb.call('2::coin::balance_mut', [SUI], of);
const look = (of: Argument): Command => ptb.call('2::balance::value', [SUI], of);
test.each<[rule: string, commands: Command[], expected: string]>([
  ['may be split again and again', [purse, inside, split(second, input(1)), split(second, input(1))], 'ok'],
  [
    'takes other coins',
    [purse, inside, split(second, input(1)), ptb.merge(second, result(2)), split(second, input(1))],
    'ok',
  ],
  [
    'is not written to while a reference points inside',
    [purse, inside, balance(second), split(second, input(1)), look(result(2))],
    '3: 0 CannotWriteToExtendedReference',
  ],
  [
    'takes no other coin meanwhile',
    [purse, inside, balance(second), ptb.merge(second, input(2)), look(result(2))],
    '3: 0 CannotWriteToExtendedReference',
  ],
  ['is written to afterwards', [purse, inside, balance(second), look(result(2)), split(second, input(1))], 'ok'],
  [
    'is not written to where the reference only reads',
    [purse, call('purse_seen', first), split(second, input(1))],
    '2: 0 TypeMismatch',
  ],
])('a coin behind a reference %s', (_, commands, expected) => {
  const plan = planOf(commands, [coin('owned'), u64, coin('owned', 'd')], true);
  expect(verdict(plan)).toBe(expected);
});

test('a value that something refers to is copied even where it is used last', () => {
  const borrow = ptb.call('1::vector::borrow', ['u64'], input(0), input(1));
  const lists = vector('vector<u64>', input(0));
  const inputs = [Uint8Array.of(1, ...u64), new Uint8Array(8)];
  const uses = (...commands: Command[]) => ptb.usesOf(planOf(commands, inputs, true));
  expect(uses(borrow, lists, vector('u64', first))).toBe('borrow use!; use; read!');
  expect(uses(borrow, vector('u64', first), lists)).toBe('borrow use!; read!; use!');
});

const quiet = (of = 0): Command => call('quiet', input(of));
const hot = (of = 0): Command => call('hot', input(of));
const joined = (a: number, b: number): Command => call('both_shared', input(a), input(b));
const [cool, ok, barred] = [
  (of: number): Command => call('cool', result(of)),
  'ok',
  'InvalidArgumentToPrivateEntryFunction',
];
test.each<[rule: string, commands: Command[], expected: string]>([
  ['takes what nothing was done with', [quiet()], ok],
  ['not what an unfinished value was made of', [hot(), quiet(), cool(0)], `1: 0 ${barred}`],
  ['but other values', [hot(), quiet(1), cool(0)], ok],
  ['and the same when that one is finished', [hot(), cool(0), quiet()], ok],
  ['unless another one is left', [hot(), hot(), cool(0), quiet(), cool(1)], `3: 0 ${barred}`],
  ['not what met the value of an unfinished one', [joined(0, 1), hot(1), quiet(0), cool(1)], `2: 0 ${barred}`],
  ['or meets it later', [hot(1), joined(0, 1), quiet(0), cool(0)], `2: 0 ${barred}`],
  ['in whatever order', [joined(0, 1), joined(1, 2), hot(2), quiet(0), cool(2)], `3: 0 ${barred}`],
  [
    'over several meetings',
    [joined(0, 1), joined(2, 3), joined(1, 2), joined(0, 3), hot(3), quiet(0), cool(4)],
    `5: 0 ${barred}`,
  ],
  ['until it is finished', [joined(0, 1), joined(1, 2), hot(2), cool(2), quiet(0)], ok],
  [
    'nor what meets two unfinished ones, one of them finished',
    [hot(0), hot(1), joined(0, 1), cool(0), quiet(0), cool(1)],
    `4: 0 ${barred}`,
  ],
  ['takes what a stored value was made of', [call('solid', input(0)), quiet(), call('melt', first)], ok],
  ['takes what a shared object was only lent with', [call('touch', input(4), input(0)), quiet()], ok],
  ['not what a shared object was given away with', [call('sink', input(4), input(0)), quiet()], `1: 0 ${barred}`],
  ['for ever', [call('sink', input(4), input(0)), joined(0, 1), quiet(1)], `2: 0 ${barred}`],
  ['also in a vector', [vector('POT', input(4)), call('sink_all', first, input(0)), quiet()], `2: 0 ${barred}`],
  ['which alone does no harm', [vector('POT', input(4)), quiet(), call('sink_all', first, input(0))], ok],
  ['takes what an owned object was given away with', [call('sink', input(5), input(0)), quiet()], ok],
  ['a public function takes all', [hot(), joined(0, 0), cool(0)], ok],
])('a private entry function %s', (_, commands, expected) => {
  const type = `${probe}::probe::Pot`;
  const pots = [object('sharedMutable', type, 'e1', new Uint8Array()), object('owned', type, 'e2', new Uint8Array())];
  const typed = commands.map((one) => (one.kind === 'vector' ? { ...one, type } : one));
  expect(verdict(planOf(typed, [u64, u64, u64, u64, ...pots]))).toBe(expected);
});

test.each<[what: string, commands: Command[], expected: string]>([
  ['is received at its type', [call('take', input(0), input(1)), transfer(input(2), first)], 'ok'],
  ['is no object', [call('value', input(1))], '0: 0 TypeMismatch'],
  ['is no number', [vector('u64', input(1))], '0: 0 TypeMismatch'],
  ['is not transferred unreceived', [transfer(input(2), input(1))], '0: 0 InvalidTransferObject'],
  [
    'is received once',
    [call('take', input(0), input(1)), call('take', input(0), input(1)), transfer(input(2), first, second)],
    '1: 1 ArgumentWithoutValue',
  ],
])('what was sent to an object %s', (_, commands, expected) => {
  const type = `${probe}::probe::Card`;
  const of = (use: 'owned' | 'receiving', id: string) => object(use, type, id, Uint8Array.of(1, 65, ...u64));
  expect(verdict(planOf(commands, [of('owned', 'e3'), of('receiving', 'e4'), address]))).toBe(expected);
});

/** Units of types, packages and references, summed by hand: loading, typing, and n (n + 1) / 2 for n references. */
const linked = 10 * 4; // std, sui and sui-system, which all calls link to, and the probe
test.each<[what: string, commands: Command[], units: number]>([
  ['an object that is lent', [call('value', input(0))], 1 + (2 + 1 + linked) + (1 + 1 + 2 + 3) + 3],
  ['one that is lent mutably', [call('touch', input(1), input(2))], 1 + (2 + 1 + linked) + (1 + 1 + (2 + 1) + 3) + 3],
  ['TxContext, whose reference is not counted', [card], 2 + 1 + linked + (1 + 2 + 3) + 1],
  [
    'a reference that is returned',
    [card, call('number', first)],
    3 + linked + (2 + 2 + linked) + (6 + (2 + 2 + 4)) + 10,
  ],
  [
    'one that is passed on',
    [card, call('number', first), call('again', second)],
    3 + linked + 2 * (2 + 2 + linked) + (6 + 2 * (2 + 2 + 4)) + 36,
  ],
  [
    'one that is frozen',
    [card, call('number', first), call('view', second)],
    3 + linked + 2 * (2 + 2 + linked) + (6 + 2 * (2 + 2 + 4)) + 36,
  ],
  [
    'one that is read',
    [card, call('number', first), vector('u64', second)],
    3 + linked + (2 + 2 + linked) + 1 + (6 + (2 + 2 + 4) + (2 + 1 + 1)) + 10,
  ],
  ['what is received', [call('take', input(0), input(3))], 1 + (2 + 2 + 1 + linked) + (2 + 1 + (1 + 2 + 2) + 5) + 3],
])('the units of %s', (_, commands, units) => {
  const used = [
    object('owned', `${probe}::probe::Card`, 'e3', Uint8Array.of(1, 65, ...u64)),
    object('owned', `${probe}::probe::Pot`, 'e2', new Uint8Array()),
    u64,
    object('receiving', `${probe}::probe::Card`, 'e4', Uint8Array.of(1, 65, ...u64)),
  ];
  const named = new Set(commands.flatMap((one) => ptb.inputsOf(one)));
  const inputs = used.map((each, k) => (named.has(k) ? each : address)); // what nobody uses has no type
  const ctx = ptb.contextOf(ledger as LedgerState, placed(commands), inputs, { inspect: true });
  expect(planUnits(ctx, planTransaction(ctx))).toBe(units);
});

test('each package that the called one or a type argument needs is linked to', () => {
  const needs = new Map([[long('77'), { storageId: long('78'), version: 2 }]]);
  const packageOfWith = (more: typeof needs) => (id: string) => {
    const pkg = packageOf(ledger as LedgerState, id);
    return pkg && id === probe.slice(2) ? { ...pkg, linkage: new Map([...pkg.linkage, ...more]) } : pkg;
  };
  const units = (commands: Command[], more: typeof needs) => {
    const ctx = ptb.contextOf(ledger as LedgerState, placed(commands), [], { packageOf: packageOfWith(more) });
    return planUnits(ctx, planTransaction(ctx));
  };
  const empty = (type: string) => ptb.call('1::vector::empty', [type]);
  const type = `${probe}::probe::Card`;
  expect(units([card], needs) - units([card], new Map())).toBe(10);
  expect(units([empty(type)], needs) - units([empty('u64')], needs)).toBe(20);
  expect(units([empty(`vector<${type}>`)], needs) - units([empty('vector<u64>')], needs)).toBe(20);
  expect(
    units([empty(`0x1::option::Option<${type}>`)], needs) - units([empty('0x1::option::Option<u64>')], needs),
  ).toBe(20);
  const publish = (...dependencies: string[]): Command => ({ kind: 'publish', modules: [], dependencies });
  expect(units([publish(long('77'), long('1'))], needs) - units([publish(long('2'))], needs)).toBe(10);
});
