import { bcs, TypeTagSerializer } from '@mysten/sui/bcs';
import { fromBase58, toBase58 } from '@mysten/sui/utils';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { protocolOf } from '../protocol.ts';
import type { Effects } from '../types.ts';
import { digestBytes, digestText } from './base58.ts';
import { newReader } from './bcs-reader.ts';
import { newWriter, putLength, putU64, written } from './bcs-writer.ts';
import { decodeEffects, encodeEffects } from './effects-bcs.ts';
import { getFailureStatus, putFailureStatus } from './failure-status.ts';
import { chargedUnits, gasUsed, objectStorageCost, readUnits } from './gas.ts';
import {
  canonicalType,
  GAS_COIN_TYPE,
  getTypeTag,
  objectTypeBcs,
  parseTypeTag,
  putTypeTag,
  type TypeTag,
  typeTagText,
} from './type-tag.ts';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const zeroLed = fc.tuple(bytes32, fc.nat(32)).map(([bytes, zeros]) => bytes.fill(0, 0, zeros));

test('base58 of digests equals the SDK’s both ways', () => {
  fc.assert(
    fc.property(fc.oneof(bytes32, zeroLed), (bytes) => {
      const text = toBase58(bytes);
      expect(digestText(bytes)).toBe(text);
      expect(digestBytes(text)).toEqual(bytes);
    }),
    { numRuns: 500 },
  );
  expect(digestText(new Uint8Array(32).fill(255))).toBe(toBase58(new Uint8Array(32).fill(255)));
});

test('what is no base58 of exactly 32 bytes is none', () => {
  for (const bad of [
    '',
    '1'.repeat(31),
    '1'.repeat(33),
    `${'1'.repeat(31)}0`,
    `${'1'.repeat(31)}é`,
    'z'.repeat(44),
    'a'.repeat(45),
  ])
    expect(digestBytes(bad)).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 28, maxLength: 36 }), (bytes) => {
      expect(digestBytes(toBase58(bytes)) !== undefined).toBe(bytes.length === 32);
    }),
  );
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom(...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'),
        minLength: 32,
        maxLength: 44,
      }),
      (text) => {
        expect(digestBytes(text) !== undefined).toBe(fromBase58(text).length === 32);
      },
    ),
  );
});

test('integers and lengths equal the SDK’s', () => {
  const encode = (put: (w: ReturnType<typeof newWriter>) => void) => {
    const w = newWriter(1);
    put(w);
    return written(w);
  };
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      expect(encode((w) => putU64(w, value))).toEqual(bcs.u64().serialize(value).toBytes());
      expect(encode((w) => putU64(w, BigInt(value)))).toEqual(bcs.u64().serialize(value).toBytes());
    }),
  );
  fc.assert(
    fc.property(fc.nat(), (value) => {
      expect(encode((w) => putLength(w, value))).toEqual(bcs.uleb128().serialize(value).toBytes());
    }),
  );
});

const name = fc.constantFrom('a', 'Coin', 'x_1', '_y');
const address = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const { tag } = fc.letrec<{ tag: TypeTag }>((tie) => ({
  tag: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc
      .constantFrom('bool', 'u8', 'u16', 'u32', 'u64', 'u128', 'u256', 'address', 'signer')
      .map((kind) => ({ kind: 'primitive' as const, name: kind })),
    tie('tag').map((element) => ({ kind: 'vector' as const, element })),
    fc.record({
      kind: fc.constant('struct' as const),
      address,
      module: name,
      name,
      typeArguments: fc.array(tie('tag'), { maxLength: 3 }),
    }),
  ),
}));

test('type tags: text and BCS equal the SDK’s', () => {
  fc.assert(
    fc.property(tag, (type) => {
      const text = typeTagText(type);
      expect(parseTypeTag(text)).toEqual(type);
      expect(canonicalType(text.replaceAll(',', ' , ').replaceAll('<', '< '))).toBe(text);
      const w = newWriter(16);
      putTypeTag(w, type);
      expect(written(w)).toEqual(bcs.TypeTag.serialize(TypeTagSerializer.parseFromStr(text)).toBytes());
      expect(getTypeTag(newReader(written(w)))).toEqual(type);
    }),
  );
  for (const bad of [
    '',
    'u7',
    'vector',
    'vector<u8',
    '0x2::coin',
    '0x2::1x::A',
    '0x2::coin::2',
    '0x2::_::A',
    '0x2::coin::Coin<>',
    '0x2::coin::Coin<u8>>',
    'u8 u8',
    `0x${'1'.repeat(65)}::a::B`,
  ])
    expect(parseTypeTag(bad)).toBeUndefined();
});

test('compact object types equal the SDK’s', () => {
  const coin = canonicalType('0x2::coin::Coin<0x5::a::B>') as string;
  const expected = [
    [GAS_COIN_TYPE, { GasCoin: true }],
    [canonicalType('0x3::staking_pool::StakedSui') as string, { StakedSui: true }],
    [coin, { Coin: '0x5::a::B' }],
    [
      canonicalType('0x7::m::T<u8,0x2::sui::SUI>') as string,
      {
        Other: {
          address: '0x7',
          module: 'm',
          name: 'T',
          typeParams: [{ u8: null }, { struct: { address: '0x2', module: 'sui', name: 'SUI', typeParams: [] } }],
        },
      },
    ],
  ] as const;
  for (const [type, value] of expected) expect(objectTypeBcs(type)).toEqual(moveObjectType(value));
});

const moveObjectType = (value: unknown): Uint8Array => {
  const object = {
    data: { Move: { type: value, hasPublicTransfer: false, version: 0, contents: [] } },
    owner: { Immutable: true },
    previousTransaction: '1'.repeat(32),
    storageRebate: 0,
  };
  const bytes = bcs.Object.serialize(object as never).toBytes();
  return bytes.slice(1, bytes.length - (1 + 8 + 1 + 1 + 33 + 8)); // between the variant number and what follows the type
};

const location = {
  module: { address: `0x${'a'.repeat(64)}`, name: 'm' },
  function: 3,
  instruction: 9,
  functionName: 'f',
};
const statuses = [
  { InsufficientGas: true },
  { MoveAbort: [location, '18446744073709551615'] },
  { MoveAbort: [{ ...location, functionName: null }, '0'] },
  { MovePrimitiveRuntimeError: null },
  { MovePrimitiveRuntimeError: location },
  { MoveObjectTooBig: { objectSize: '5', maxObjectSize: '6' } },
  { CommandArgumentError: { argIdx: 2, kind: { TypeMismatch: true } } },
  { CommandArgumentError: { argIdx: 2, kind: { SecondaryIndexOutOfBounds: { resultIdx: 1, secondaryIdx: 7 } } } },
  { TypeArgumentError: { argumentIdx: 1, kind: { ConstraintNotSatisfied: true } } },
  { UnusedValueWithoutDrop: { resultIdx: 1, secondaryIdx: 0 } },
  { PackageUpgradeError: { upgradeError: { DigestDoesNotMatch: { digest: [1, 2, 3] } } } },
  {
    PackageUpgradeError: {
      upgradeError: { PackageIDDoesNotMatch: { packageId: `0x${'1'.repeat(64)}`, ticketId: `0x${'2'.repeat(64)}` } },
    },
  },
  { SharedObjectOperationNotAllowed: true },
  { ExecutionCancelledDueToSharedObjectCongestion: { congested_objects: [`0x${'3'.repeat(64)}`] } },
  { InvalidLinkage: true },
];

test.each(statuses.map((status) => [Object.keys(status)[0], status] as const))(
  'failure status %s equals the SDK’s',
  (_, status) => {
    const effects: Effects = {
      error: { status, description: 'why', command: 4 },
      executedEpoch: 1,
      gasUsed: { computationCost: 1n, storageCost: 2n, storageRebate: 3n, nonRefundableStorageFee: 4n },
      transactionDigest: '1'.repeat(32),
      gasObjectIndex: 0,
      eventsDigest: null,
      dependencies: [],
      lamportVersion: 2,
      changedObjects: [],
      unchangedConsensusObjects: [],
      unchangedLoadedObjects: [],
    };
    const encoded = encodeEffects(effects);
    const parsed = bcs.TransactionEffects.parse(encoded);
    // The SDK reads an absent location as null, but cannot write it again.
    if (Object.values(status)[0] !== null) expect(bcs.TransactionEffects.serialize(parsed).toBytes()).toEqual(encoded);
    expect(parsed.V2?.status.Failure?.error.$kind).toBe(Object.keys(status)[0]);
    expect(decodeEffects(encoded, { description: 'why', unchangedLoadedObjects: [] })).toEqual(effects);
    const w = newWriter(8);
    putFailureStatus(w, status);
    expect(getFailureStatus(newReader(written(w)))).toEqual(status);
  },
);

test('gas: rounding, the size of a SUI coin, the refund', () => {
  const rounded = [
    [1, 1_000],
    [1_000_000, 1_000],
    [1_000_999, 1_000], // part of a unit is not charged
    [1_001_000, 1_010],
    [20_001_000, 20_100],
    [1_000_001_000, 1_001_000],
    [9_000_000_000, 5_000_000],
  ];
  for (const [internal, units] of rounded as [number, number][]) expect(chargedUnits(internal)).toBe(BigInt(units));
  expect(objectStorageCost(GAS_COIN_TYPE, new Uint8Array(40))).toBe(988_000n);
  const returned = (released: bigint, version: number) => {
    const { storageRebate, nonRefundableStorageFee } = gasUsed(0n, { cost: 0n, released }, protocolOf(version));
    return [storageRebate, nonRefundableStorageFee];
  };
  expect(returned(150n, 121)).toEqual([149n, 1n]); // 148.5 rounds up
  expect(returned(988_000n, 121)).toEqual([978_120n, 9_880n]);
  expect(returned(988_000n, 140)).toEqual([987_901n, 99n]);
  expect([121, 140].map((version) => readUnits(1_000, 1_001, protocolOf(version)))).toEqual([30_015, 15_155]);
});
