import { expect, test } from 'vitest';
import { cursorOf, pageToken } from './page-token.ts';

const cursor = Uint8Array.of(1, 2, 3);
const list = ['owned', 'a', 'b'];

test('a page token holds its cursor for the list it is of, and for no other', () => {
  expect(cursorOf(pageToken(cursor, list), list)).toEqual(cursor);
  for (const other of [
    ['owned', 'a', ''],
    ['owned', 'ab', ''],
    ['fields', 'a', 'b'],
    ['owned', 'b', 'b'],
    ['owned', 'a'],
  ])
    expect(() => cursorOf(pageToken(cursor, list), other)).toThrow(
      expect.objectContaining({ code: 'RPC_BAD_PAGE_TOKEN', message: 'invalid page_token' }),
    );
});

test('without a token a list begins, and bytes of somebody else are none', () => {
  expect(cursorOf(undefined, list)).toBeUndefined();
  expect(cursorOf(new Uint8Array(), list)).toBeUndefined();
  for (const bytes of [
    Uint8Array.of(1),
    new Uint8Array(8),
    new Uint8Array(45).fill(7),
    pageToken(cursor, list).subarray(1),
  ])
    expect(() => cursorOf(bytes, list)).toThrow(expect.objectContaining({ code: 'RPC_BAD_PAGE_TOKEN' }));
});
