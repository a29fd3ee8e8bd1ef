/** Every native that Sui's framework declares is there, but for heavy cryptography; and those of switched-off features say so. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileSources } from '../../../tools/move/src/index.ts';
import { allNatives } from './internal/natives/index.ts';
import { nativeKey } from './internal/natives/registry.ts';
import { long, newSession, packageOf, sourceOf, unbase64 } from './testing/fixture.ts';
import type { CallResult, MoveValue, MoveVm, Session } from './types.ts';
import { createMoveVm } from './vm.ts';

interface AbiModule {
  readonly address: string;
  readonly name: string;
  readonly functions: readonly { readonly name: string; readonly isNative: boolean }[];
}

/** The published interface of Sui's framework. */
const published = (): readonly AbiModule[] => {
  const file = new URL('../../../move/framework/abi/sui-framework-abi.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { modules: readonly AbiModule[] }).modules;
};

/** Natives that compilers turn into instructions. */
const instructions = ['1::vector::borrow', '1::vector::borrow_mut'];

/** What aborts by name when it is called: docs/limits.md lists the same. */
const heavyCryptography = [
  '2::vdf::hash_to_input_internal',
  '2::vdf::vdf_verify_internal',
  '2::zklogin_verified_id::check_zklogin_id_internal',
  '2::zklogin_verified_issuer::check_zklogin_issuer_internal',
];

/** Natives that protocol configuration 138 prices and the published interface, which is older, does not have. */
const later = [
  '2::scratch::add_impl',
  '2::scratch::read_impl',
  '2::scratch::remove_impl',
  '2::scratch::exists_impl',
  '2::scratch::exists_with_type_impl',
  '2::package::original_package_id_impl',
  '2::object::record_new_uid_from_hash',
  '2::accumulator::pending_deposits',
  '2::accumulator::pending_withdrawals',
  '2::funds_accumulator::reserve_object_funds_for_withdrawal',
  ...['reverse', 'keep', 'slice', 'splice'].map((name) => `1::vector::${name}`),
];

test('the published natives are those we have and the heavy cryptography, nothing else', () => {
  const declared = published().flatMap(({ address, name, functions }) =>
    functions.filter((fn) => fn.isNative).map((fn) => nativeKey(address.slice(2), name, fn.name)),
  );
  const absent = declared.filter((key) => !Object.hasOwn(allNatives, key) && !instructions.includes(key));
  expect(declared.length).toBeGreaterThan(80);
  expect(absent.sort()).toEqual([...heavyCryptography].sort());
  expect(later.filter((key) => !Object.hasOwn(allNatives, key))).toEqual([]);
});

const compileAt = async (id: string, sources: Readonly<Record<string, string>>) => {
  const { modules } = await compileSources({
    name: 'part',
    sources: Object.fromEntries(Object.entries(sources).map(([name, text]) => [`sources/${name}.move`, text])),
    addresses: { at: `0x${id}` },
    dependencies: [],
  });
  return packageOf(modules.map(unbase64), id);
};

/** Modules of 0x2 as Sui's framework has them, around one native each. */
const framework = () =>
  compileAt('2', {
    scratch: `module at::scratch;
      public struct Note has copy, drop { a: u64, b: vector<u8> }
      native fun add_impl<V: drop>(key: address, value: V);
      native fun read_impl<V: copy + drop>(key: address): V;
      native fun remove_impl<V: drop>(key: address): V;
      native fun exists_impl(key: address): bool;
      native fun exists_with_type_impl<V: drop>(key: address): bool;
      public fun keep(key: address, a: u64, b: vector<u8>) { add_impl(key, Note { a, b }) }
      public fun number(key: address): u64 { let mut note = read_impl<Note>(key); note.a = note.a + 1; note.a }
      public fun take(key: address): u64 { let Note { a, b: _ } = remove_impl(key); a }
      public fun take_number(key: address): u64 { remove_impl(key) }
      public fun has(key: address): bool { exists_impl(key) }
      public fun has_note(key: address): bool { exists_with_type_impl<Note>(key) }
      public fun has_number(key: address): bool { exists_with_type_impl<u64>(key) }`,
    bls12381: `module at::bls12381;
      public native fun bls12381_min_sig_verify(s: &vector<u8>, k: &vector<u8>, m: &vector<u8>): bool;
      public native fun bls12381_min_pk_verify(s: &vector<u8>, k: &vector<u8>, m: &vector<u8>): bool;
      public fun min_sig(s: vector<u8>, k: vector<u8>, m: vector<u8>): bool { bls12381_min_sig_verify(&s, &k, &m) }
      public fun min_pk(s: vector<u8>, k: vector<u8>, m: vector<u8>): bool { bls12381_min_pk_verify(&s, &k, &m) }`,
    protocol_config: `module at::protocol_config;
      native fun is_feature_enabled(name: vector<u8>): bool;
      public fun enabled(name: vector<u8>): bool { is_feature_enabled(name) }`,
    package: `module at::package;
      native fun original_package_id_impl(package_id: address, version: u64): address;
      public fun original(id: address, version: u64): address { original_package_id_impl(id, version) }`,
    funds_accumulator: `module at::funds_accumulator;
      public struct Balance has store { value: u64 }
      native fun add_to_accumulator_address<T: store>(accumulator: address, recipient: address, value: T);
      native fun withdraw_from_accumulator_address<T: store>(accumulator: address, owner: address, value: u256): T;
      public fun deposit(value: u64) { add_to_accumulator_address(@0xacc, @0x7, Balance { value }) }
      public fun withdraw(value: u256): u64 {
        let Balance { value } = withdraw_from_accumulator_address<Balance>(@0xacc, @0x7, value);
        value
      }`,
    accumulator: `module at::accumulator;
      native fun pending_deposits<T>(owner: address): u64;
      native fun emit_deposit_event<T>(accumulator: address, recipient: address, amount: u64);
      native fun emit_withdraw_event<T>(accumulator: address, owner: address, amount: u64);
      public fun pending(): u64 { pending_deposits<u64>(@0x7) }
      public fun deposit() { emit_deposit_event<u64>(@0xacc, @0x7, 1) }
      public fun withdraw() { emit_withdraw_event<u64>(@0xacc, @0x7, 1) }`,
    accumulator_settlement: `module at::accumulator_settlement;
      native fun record_settlement_sui_conservation(input: u64, output: u64);
      public fun record() { record_settlement_sui_conservation(1, 1) }`,
    event: `module at::event;
      public struct Head {}
      public struct News has copy, drop { number: u64 }
      native fun emit_authenticated_impl<Stream, T: copy + drop>(accumulator: address, stream: address, event: T);
      public fun emit_authenticated(number: u64) { emit_authenticated_impl<Head, News>(@0xacc, @0x7, News { number }) }`,
    poseidon: `module at::poseidon;
      native fun poseidon_bn254_internal(data: &vector<vector<u8>>): vector<u8>;
      public fun hash(data: vector<vector<u8>>): vector<u8> { poseidon_bn254_internal(&data) }`,
    vdf: `module at::vdf;
      native fun hash_to_input_internal(message: &vector<u8>): vector<u8>;
      public fun hash(): vector<u8> { hash_to_input_internal(&b"") }`,
  });

const key = long('feed');
const caller =
  (session: Session, id: string, module: string) =>
  (name: string, ...args: readonly MoveValue[]): CallResult =>
    session.call({ package: long(id), module, function: name, typeArguments: [], arguments: args });
const value = (result: CallResult): MoveValue | undefined =>
  result.ok ? (result.returns[0]?.value as MoveValue) : undefined;
const aborted = (result: CallResult): unknown => (result.ok ? 'no abort' : [result.kind, Number(result.code)]);

let made: Promise<MoveVm> | undefined;
const machine = (): Promise<MoveVm> => {
  made ??= framework().then((pkg) => createMoveVm(sourceOf(pkg)));
  return made;
};

test('the scratch pad keeps values for one session, by key and type', async () => {
  const vm = await machine();
  const session = newSession(vm);
  const call = caller(session, '2', 'scratch');
  expect(aborted(call('number', key))).toEqual(['abort', 1]);
  expect(call('keep', key, 41, [1, 2]).ok).toBe(true);
  expect(aborted(call('keep', key, 1, []))).toEqual(['abort', 0]);
  expect([value(call('number', key)), value(call('number', key))]).toEqual([42, 42]); // a copy was changed
  expect(['has', 'has_note', 'has_number'].map((name) => value(call(name, key)))).toEqual([true, true, false]);
  expect(aborted(call('take_number', key))).toEqual(['abort', 2]);
  expect([value(call('take', key)), value(call('has', key))]).toEqual([41, false]);
  expect(call('keep', key, 1, []).ok).toBe(true);
  expect(value(caller(newSession(vm), '2', 'scratch')('has', key))).toBe(false);
});

/** Signature, key and message as Sui's own tests of the natives have them; the second is of the drand beacon. */
const published12381 = {
  min_sig: [
    '908e345f2e2803cd941ae88c218c96194233c9053fa1bca52124787d3cca141c36429d7652435a820c72992d5eee6317',
    '8df101606f91f3cad7f54b8aff0f0f64c41c482d9b9f9fe81d2b607bc5f611bdfa8017cf04b47b44b222c356ef555fbd11058c52c077f5a7ec6a15ccfd639fdc9bd47d005a111dd6cdb8c02fe49608df55a3c9822986ad0b86bdea3abfdfe464',
    '0101010101',
  ],
  min_pk: [
    'a2cd8577944b84484ef557a7f92f0d5092779497cc470b1b97680b8f7c807d97250d310b801c7c2185c7c8a21032d45403b97530ca87bd8f05d0cf4ffceb4bcb9bf7184fb604967db7e9e6ea555bc51b25a9e41fbd51181f712aa73aaec749fe',
    '868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31',
    '602f996dd0b9c307147b3c72b376270a0a3c17687a9573074fbf3d8446937100',
  ],
};

test.each(['min_sig', 'min_pk'] as const)(
  'signatures over BLS12-381 hold for their key and message only: %s',
  async (name) => {
    const verify = caller(newSession(await machine()), '2', 'bls12381');
    const [signature = [], publicKey = [], message = []] = published12381[name].map((hex) => [
      ...Buffer.from(hex, 'hex'),
    ]);
    const holds = (...given: readonly MoveValue[]) => value(verify(name, ...given));
    expect(holds(signature, publicKey, message)).toBe(true);
    expect(holds(signature, publicKey, [2, ...message.slice(1)])).toBe(false);
    expect(holds(signature.slice(1), publicKey, message)).toBe(false);
    expect(holds(signature, publicKey.slice(1), message)).toBe(false);
    expect(holds(publicKey, signature, message)).toBe(false);
    const nowhere = [0xc0, ...new Array<number>(publicKey.length - 1).fill(0)];
    expect(holds(signature, nowhere, message)).toBe(false);
  },
);

const scalar = (number: bigint): number[] =>
  Array.from({ length: 32 }, (_, i) => Number((number >> BigInt(8 * i)) & 255n));

/** Hashes as circomlib and zkLogin's tools publish them. */
test.each([
  [[1n], 18586133768512220936620570745912940619677854269274689475585506675881198879027n],
  [[1n, 2n], 7853200120776062878684798364095072458815029376092732009249414926327459813530n],
  [[1n, 2n, 3n, 4n], 18821383157269793795438455681495246036402687001665670618754263018637548127333n],
])('Poseidon of %s', async (inputs, expected) => {
  const call = caller(newSession(await machine()), '2', 'poseidon');
  expect(value(call('hash', inputs.map(scalar)))).toEqual(scalar(expected));
});

test('Poseidon takes 1 to 16 scalars of its field', async () => {
  const call = caller(newSession(await machine()), '2', 'poseidon');
  const order = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
  expect(call('hash', [scalar(order - 1n)]).ok).toBe(true);
  for (const [data, code] of [
    [[scalar(order)], 0],
    [[[...scalar(1n), 0]], 0],
    [[], 0],
    [Array(17).fill(scalar(1n)), 2],
  ] as const)
    expect(aborted(call('hash', data as MoveValue))).toEqual(['abort', code]);
});

test('features are on or off as the ledger has them; what nobody knows is a fault, as on Sui', async () => {
  const call = caller(newSession(await machine()), '2', 'protocol_config');
  const enabled = (name: string) => value(call('enabled', [...Buffer.from(name)]));
  expect(enabled('enable_coin_deny_list_v2')).toBe(true);
  expect(enabled('enable_accumulators')).toBe(true);
  expect(enabled('enable_gasless')).toBe(true);
  expect(enabled('enable_allowances')).toBe(false);
  expect(call('enabled', [...Buffer.from('toString')])).toMatchObject({ ok: false, kind: 'internal' });
});

test('the first id of a package is told for its right version only', async () => {
  const call = caller(newSession(await machine()), '2', 'package');
  expect(value(call('original', long('2'), 1))).toBe(long('2'));
  expect(aborted(call('original', long('2'), 2))).toEqual(['abort', 6]);
  expect(aborted(call('original', long('77'), 1))).toEqual(['abort', 6]);
});

test('what is added to and taken out of funds is noted for the ledger to settle', async () => {
  const session = newSession(await machine());
  const [funds, accumulator] = [caller(session, '2', 'funds_accumulator'), caller(session, '2', 'accumulator')];
  expect(value(accumulator('pending'))).toBe(0);
  for (const moved of [funds('deposit', 5), funds('withdraw', 3n), accumulator('deposit'), accumulator('withdraw')])
    expect(moved.ok).toBe(true);
  const moves = session.changes().funds.map(({ operation, owner, amount }) => [operation, owner, amount]);
  expect(moves.slice(0, 2)).toEqual([
    ['merge', long('7'), 5n],
    ['split', long('7'), 3n],
  ]);
  expect(moves.map(([operation]) => operation)).toEqual(['merge', 'split', 'merge', 'split']);
  expect(aborted(funds('withdraw', 2n ** 64n))).toEqual(['abort', 0]);
  expect(aborted(funds('withdraw', 2n ** 64n - 3n))).toEqual(['limit', Number.NaN]);
});

test('an authenticated event is an event', async () => {
  const session = newSession(await machine());
  expect(caller(session, '2', 'event')('emit_authenticated', 9).ok).toBe(true);
  const [event] = session.changes().events;
  expect(event?.type.text).toBe(`0x${long('2')}::event::News`);
  expect(Buffer.from(event?.contents as Uint8Array).readBigUInt64LE()).toBe(9n);
});

test('heavy cryptography aborts by name when it is called', async () => {
  const result = caller(newSession(await machine()), '2', 'vdf')('hash');
  expect(result).toMatchObject({ ok: false, kind: 'missingNative', functionName: 'hash_to_input_internal' });
});

test('ranges of vectors: reversed, kept, copied out, replaced', async () => {
  const pkg = await compileAt('1', {
    vector: `module at::vector;
      native fun reverse<T>(v: &mut vector<T>);
      native fun keep<T: drop>(v: &mut vector<T>, start: u64, end: u64);
      native fun slice<T: copy>(v: &vector<T>, start: u64, end: u64): vector<T>;
      native fun splice<T>(v: &mut vector<T>, start: u64, end: u64, other: vector<T>): vector<T>;
      public fun turned(mut v: vector<u16>): vector<u16> { reverse(&mut v); v }
      public fun kept(mut v: vector<u16>, start: u64, end: u64): vector<u16> { keep(&mut v, start, end); v }
      public fun part(v: vector<u16>, start: u64, end: u64): vector<u16> { slice(&v, start, end) }
      public fun left(mut v: vector<u16>, start: u64, end: u64, other: vector<u16>): vector<u16> {
        splice(&mut v, start, end, other);
        v
      }
      public fun removed(mut v: vector<u16>, start: u64, end: u64): vector<u16> { splice(&mut v, start, end, vector[]) }`,
  });
  const call = caller(newSession(createMoveVm(sourceOf(pkg))), '1', 'vector');
  const list = () => [1, 2, 3, 4, 5];
  expect(value(call('turned', list()))).toEqual([5, 4, 3, 2, 1]);
  expect(value(call('kept', list(), 1, 3))).toEqual([2, 3]);
  expect(value(call('part', list(), 0, 5))).toEqual([1, 2, 3, 4, 5]);
  expect(value(call('left', list(), 1, 3, [9]))).toEqual([1, 9, 4, 5]);
  expect(value(call('removed', list(), 1, 3))).toEqual([2, 3]);
  for (const name of ['kept', 'part', 'removed'])
    for (const [start, end] of [
      [3, 2],
      [0, 6],
    ] as const)
      expect(aborted(call(name, list(), start, end))).toEqual(['abort', 1]);
});
