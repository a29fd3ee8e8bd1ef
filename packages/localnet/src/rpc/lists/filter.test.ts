import { GrpcTypes } from '@mysten/sui/grpc';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LedgerEvent } from '../../types.ts';
import { comparePositions, decodeCursor, encodeCursor } from './cursor.ts';
import { eventFilter } from './filter.ts';
import { eventHint, transactionHint } from './hint.ts';

const id = (digit: string) => digit.padStart(64, '0');
const event = (overrides: Partial<LedgerEvent> = {}): LedgerEvent => ({
  packageId: id('a1'),
  module: 'shop',
  sender: id('5e'),
  type: `0x${id('a0')}::shop::Sold<0x${id('2')}::sui::SUI>`,
  contents: new Uint8Array(),
  ...overrides,
});

type Predicate = GrpcTypes.EventLiteral['predicate'];
const literal = (predicate: Predicate, negated = false) => ({ negated, predicate });
const typeOf = (eventType: string): Predicate => ({ oneofKind: 'eventType', eventType: { eventType } });
const sender = (address: string): Predicate => ({ oneofKind: 'sender', sender: { address } });
const module = (path: string): Predicate => ({ oneofKind: 'emitModule', emitModule: { module: path } });
const filterOf = (...terms: ReturnType<typeof literal>[][]): GrpcTypes.EventFilter => ({
  terms: terms.map((literals) => ({ literals })),
});

test.each([
  ['0xa0', true],
  ['0xa0::shop', true],
  ['0xa0::shop::Sold', true],
  ['0xa0::shop::Sold<0x2::sui::SUI>', true],
  ['0xa0::shop::Sold<0x2::sui::OTHER>', false],
  ['0xa0::shop::So', false],
  ['0xa0::sho', false],
  ['0xa1', false],
])('the type filter %s matches: %s', (text, matches) => {
  const filter = filterOf([literal(typeOf(text))]);
  expect(eventFilter(filter)(event())).toBe(matches);
});

test('modules are those of the called function', () => {
  expect(eventFilter(filterOf([literal(module('0xa1::shop'))]))(event())).toBe(true);
  expect(eventFilter(filterOf([literal(module('0xa1'))]))(event())).toBe(true);
  expect(eventFilter(filterOf([literal(module('0xa0::shop'))]))(event())).toBe(false);
});

test('terms are alternatives, literals of a term all hold, and may be negated', () => {
  const bySender = literal(sender('0x5e'));
  const notBySender = literal(sender('0x5e'), true);
  const ofShop = literal(module('0xa1::shop'));
  const other = literal(module('0xb::b'));
  expect(eventFilter(filterOf([bySender, ofShop]))(event())).toBe(true);
  expect(eventFilter(filterOf([bySender, other]))(event())).toBe(false);
  expect(eventFilter(filterOf([other], [bySender]))(event())).toBe(true);
  expect(eventFilter(filterOf([notBySender]))(event())).toBe(false);
  expect(eventFilter(filterOf([notBySender]))(event({ sender: id('6') }))).toBe(true);
  expect(eventFilter(undefined)(event())).toBe(true);
});

test.each([
  ['no term', { terms: [] }],
  ['a bad address', filterOf([literal(sender('zz'))])],
  ['a bad type', filterOf([literal(typeOf('0x2::a::b<'))])],
  ['a bad module path', filterOf([literal(module('0x2::a::b::c'))])],
])('refuses a filter with %s', (_what, filter) => {
  expect(() => eventFilter(filter)).toThrow(expect.objectContaining({ code: 'RPC_BAD_FIELD' }));
});

test('refuses predicates it does not know', () => {
  const head: Predicate = { oneofKind: 'eventStreamHead', eventStreamHead: {} };
  expect(() => eventFilter(filterOf([literal(head)]))).toThrow(expect.objectContaining({ code: 'RPC_UNSUPPORTED' }));
});

test('indexes narrow a single term by its positive literals only', () => {
  expect(eventHint(filterOf([literal(sender('0x5e')), literal(typeOf('0xa0::shop'), true)]))).toEqual({
    sender: id('5e'),
  });
  expect(eventHint(filterOf([literal(typeOf('0xa0::shop'))]))).toEqual({
    typeModule: { package: id('a0'), module: 'shop' },
  });
  expect(eventHint(filterOf([literal(sender('0x1'))], [literal(sender('0x2'))]))).toBeUndefined();
  const calls = GrpcTypes.TransactionFilter.create({
    terms: [{ literals: [{ predicate: { oneofKind: 'moveCall', moveCall: { function: '0x2::coin::join' } } }] }],
  });
  expect(transactionHint(calls)).toEqual({ call: { package: id('2'), module: 'coin', function: 'join' } });
});

test('cursors keep every place and its order, and other bytes are refused', () => {
  const position = fc.record({ sequence: fc.maxSafeNat(), index: fc.nat(0xffff_ffff) });
  fc.assert(
    fc.property(position, position, (a, b) => {
      expect(decodeCursor(encodeCursor(a))).toEqual(a);
      const bytes = Buffer.compare(encodeCursor(a), encodeCursor(b));
      expect(Math.sign(comparePositions(a, b))).toBe(bytes);
    }),
  );
  for (const bytes of [new Uint8Array(3), new Uint8Array(12).fill(255)]) {
    expect(() => decodeCursor(bytes)).toThrow(expect.objectContaining({ code: 'RPC_BAD_CURSOR' }));
  }
});
