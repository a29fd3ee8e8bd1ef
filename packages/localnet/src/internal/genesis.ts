import { blake2b256 } from '@atoma/base';
import type { Address, MovePackage } from '@atoma/move-engine';
import { ledgerError } from '../ledger-errors.ts';
import { SUI_DECIMALS, SUI_SUPPLY } from '../params.ts';
import { newWriter, putAddress, putBytes, putText, putU8, putU64, written } from './bcs-writer.ts';
import { readModule } from './bytecode.ts';
import { derive } from './keys.ts';
import { encodePackage } from './object-bcs.ts';
import { GAS_COIN_TYPE } from './type-tag.ts';
import type { NewObject } from './view.ts';

/** A package of the framework as compiled: base64 modules by name, ids (with or without `0x`) of it and of the packages it uses. */
export interface FrameworkPackage {
  readonly name: string;
  readonly id: Address;
  readonly modules: Readonly<Record<string, string>>;
  readonly dependencies: readonly Address[];
}

const id = (short: string): Address => short.padStart(64, '0');

/** Ids of the objects every Sui chain has (`sui-types/src/lib.rs`). */
export const SYSTEM = {
  state: id('5'),
  clock: id('6'),
  random: id('8'),
  coinRegistry: id('c'),
  displayRegistry: id('d'),
  denyList: id('403'),
  accumulators: id('acc'),
} as const;

const type = (address: string, module: string, name: string): string => `0x${id(address)}::${module}::${name}`;

const RANDOM_INNER = type('2', 'random', 'RandomInner');
const FIELD_OF_RANDOM = `${type('2', 'dynamic_field', 'Field')}<u64,${RANDOM_INNER}>`;

/** A package at version 1 from compiled modules; checks that each is well formed and names itself by the package's id. */
export const firstPackage = (pkg: FrameworkPackage, all: readonly FrameworkPackage[]): MovePackage => {
  const modules = new Map(
    Object.entries(pkg.modules).map(([name, text]) => [name, new Uint8Array(Buffer.from(text, 'base64'))]),
  );
  const typeOrigins = [...modules].flatMap(([name, bytes]) => {
    const module = readModule(bytes);
    if ('bcsFault' in module)
      throw ledgerError('FRAMEWORK_BAD', { reason: `${pkg.name}::${name}: ${module.bcsFault}` });
    return module.datatypes.map((datatype) => ({ module: name, datatype, package: pkg.id }));
  });
  const linkage = new Map(closure(pkg, all).map((dependency) => [dependency, { storageId: dependency, version: 1 }]));
  return { storageId: pkg.id, originalId: pkg.id, version: 1, modules, linkage, typeOrigins };
};

const closure = (pkg: FrameworkPackage, all: readonly FrameworkPackage[]): Address[] => {
  const found = new Set<Address>();
  const visit = (current: FrameworkPackage): void => {
    for (const dependency of current.dependencies) {
      if (found.has(dependency)) continue;
      found.add(dependency);
      const next = all.find((other) => other.id === dependency);
      if (!next) throw ledgerError('FRAMEWORK_BAD', { reason: `${current.name} needs ${dependency}, which is absent` });
      visit(next);
    }
  };
  visit(pkg);
  return [...found];
};

/** A package as the object it is stored as. */
export const packageObject = (pkg: MovePackage): NewObject => ({
  id: pkg.storageId,
  owner: { kind: 'immutable' },
  type: 'package',
  publicTransfer: false,
  contents: encodePackage(pkg),
});

const shared = (objectId: Address, objectType: string, contents: Uint8Array): NewObject => ({
  id: objectId,
  owner: { kind: 'shared', initialVersion: 1 },
  type: objectType,
  publicTransfer: false,
  contents,
});

const idAndNumbers = (objectId: Address, ...numbers: readonly (number | bigint)[]): Uint8Array => {
  const w = newWriter(64);
  putAddress(w, objectId);
  for (const number of numbers) putU64(w, number);
  return written(w);
};

/** `0x6`: `Clock { id, timestamp_ms }`. */
export const clockObject = (timestampMs: number): NewObject =>
  shared(SYSTEM.clock, type('2', 'clock', 'Clock'), idAndNumbers(SYSTEM.clock, timestampMs));

/** `0x5`: `SuiSystemState { id, version }`, the outer object only; its inner state needs Sui's validators. */
export const systemStateObject = (): NewObject =>
  shared(SYSTEM.state, type('3', 'sui_system', 'SuiSystemState'), idAndNumbers(SYSTEM.state, 2));

/** Id of the `Versioned` inside `0x8`, whose dynamic field holds the randomness. Any id does; every chain has its own. */
const VERSIONED: Address = Buffer.from(blake2b256(Buffer.from('random state', 'utf8'))).toString('hex');

/** `0x8`: `Random { id, inner: Versioned { id, version } }`. */
export const randomObject = (): NewObject => {
  const w = newWriter(80);
  putAddress(w, SYSTEM.random);
  putAddress(w, VERSIONED);
  putU64(w, 1);
  return shared(SYSTEM.random, type('2', 'random', 'Random'), written(w));
};

/** Dynamic field id: BLAKE2b-256(0xf0, parent, u64le(key length), key, BCS of the key's type tag). */
export const fieldId = (parent: Address, key: Uint8Array, keyType: Uint8Array): Address => {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(key.length));
  const hash = blake2b256(Buffer.of(0xf0), Buffer.from(parent, 'hex'), length, key, keyType);
  return Buffer.from(hash).toString('hex');
};

/** BCS of the type tag of u64. */
export const U64_TAG = Buffer.of(2);
const RANDOM_FIELD = fieldId(VERSIONED, Buffer.from('0100000000000000', 'hex'), U64_TAG);

/** The dynamic field of `0x8`'s `Versioned` under key 1u64: `RandomInner { version, epoch, randomness_round, random_bytes }`. */
export const randomInnerObject = (epoch: number, round: number, bytes: Uint8Array): NewObject => {
  const w = newWriter(128);
  putAddress(w, RANDOM_FIELD);
  putU64(w, 1); // name
  putU64(w, 1); // version
  putU64(w, epoch);
  putU64(w, round);
  putBytes(w, bytes);
  return {
    id: RANDOM_FIELD,
    owner: { kind: 'object', parent: VERSIONED },
    type: FIELD_OF_RANDOM,
    publicTransfer: false,
    contents: written(w),
  };
};

const treasuryCoin = (seed: Uint8Array, treasury: Address): NewObject => {
  const coin = Buffer.from(derive(seed, 'treasury coin')).toString('hex');
  return {
    id: coin,
    owner: { kind: 'address', address: treasury },
    type: GAS_COIN_TYPE,
    publicTransfer: true,
    contents: idAndNumbers(coin, SUI_SUPPLY),
  };
};

const has = (packages: readonly MovePackage[], module: string): boolean =>
  packages.some((pkg) => pkg.storageId === id('2') && pkg.modules.has(module));

const idFor = (purpose: string): Address => Buffer.from(blake2b256(Buffer.from(purpose, 'utf8'))).toString('hex');

/**
 * `0x403`: `DenyList { id, lists: Bag { id, size } }`, and in the bag under 0u64 the list of coins of the first form:
 * `PerTypeList { id, denied_count: Table { id, size }, denied_addresses: Table { id, size } }`.
 */
const denyListObjects = (): NewObject[] => {
  const bag = idFor('deny list');
  const root = newWriter(80);
  putAddress(root, SYSTEM.denyList);
  putAddress(root, bag);
  putU64(root, 1);
  const key = Buffer.alloc(8);
  const w = newWriter(160);
  const field = fieldId(bag, key, U64_TAG);
  putAddress(w, field);
  putU64(w, 0); // name
  putAddress(w, idFor('denied coins'));
  for (const table of ['denied count', 'denied addresses']) {
    putAddress(w, idFor(table));
    putU64(w, 0);
  }
  return [
    shared(SYSTEM.denyList, type('2', 'deny_list', 'DenyList'), written(root)),
    {
      id: field,
      owner: { kind: 'object', parent: bag },
      type: `${type('2', 'dynamic_field', 'Field')}<u64,${type('2', 'deny_list', 'PerTypeList')}>`,
      publicTransfer: false,
      contents: written(w),
    },
  ];
};

/** `CoinMetadata<SUI> { id, decimals, name, symbol, description, icon_url }`, which wallets ask for. */
const suiMetadata = (): NewObject => {
  const metadata = idFor('sui metadata');
  const w = newWriter(64);
  putAddress(w, metadata);
  putU8(w, SUI_DECIMALS);
  for (const text of ['Sui', 'SUI', '']) putText(w, text);
  putBytes(w, new Uint8Array()); // no icon
  const sui = type('2', 'sui', 'SUI');
  return {
    id: metadata,
    owner: { kind: 'immutable' },
    type: `${type('2', 'coin', 'CoinMetadata')}<${sui}>`,
    publicTransfer: true,
    contents: written(w),
  };
};

/** Everything that exists at checkpoint 0. */
export const genesisObjects = (
  packages: readonly MovePackage[],
  seed: Uint8Array,
  treasury: Address,
  timestampMs: number,
): NewObject[] => {
  if (!packages.some((pkg) => pkg.storageId === id('2')))
    throw ledgerError('FRAMEWORK_BAD', { reason: 'package 0x2 is absent' });
  return [
    ...packages.map(packageObject),
    systemStateObject(),
    clockObject(timestampMs),
    randomObject(),
    randomInnerObject(0, 0, new Uint8Array()),
    ...(has(packages, 'coin_registry')
      ? [shared(SYSTEM.coinRegistry, type('2', 'coin_registry', 'CoinRegistry'), idAndNumbers(SYSTEM.coinRegistry))]
      : []),
    ...(has(packages, 'display_registry')
      ? [
          shared(
            SYSTEM.displayRegistry,
            type('2', 'display_registry', 'DisplayRegistry'),
            idAndNumbers(SYSTEM.displayRegistry),
          ),
        ]
      : []),
    ...(has(packages, 'deny_list') ? denyListObjects() : []),
    ...(has(packages, 'accumulator')
      ? [shared(SYSTEM.accumulators, type('2', 'accumulator', 'AccumulatorRoot'), idAndNumbers(SYSTEM.accumulators))]
      : []),
    suiMetadata(),
    treasuryCoin(seed, treasury),
  ];
};
