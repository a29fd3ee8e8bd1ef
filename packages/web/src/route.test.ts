import { expect, test } from 'vitest';
import { findRoute, parseRoute } from './route.ts';

const digest = '4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi';

test('addresses become pages, and what is none stays text', () => {
  expect(parseRoute('')).toEqual({ page: 'market' });
  expect(parseRoute('#/', 'console')).toEqual({ page: 'console' });
  expect(parseRoute('#/stack/12')).toEqual({ page: 'stack', id: 12n });
  expect(parseRoute(`#/tx/${digest}`)).toEqual({ page: 'transaction', digest });
  expect(parseRoute('#/package/0x2')).toEqual({ page: 'package', id: '0x2' });
  expect(parseRoute('#/find/a%2Fb')).toEqual({ page: 'find', text: 'a/b' });
  expect(parseRoute('#/find/%')).toEqual({ page: 'find', text: '%' });
  for (const hash of ['#/stack/x', '#/object/zz', '#/tx/short', '#/node/', '#/constructor'])
    expect(parseRoute(hash)).toEqual({ page: 'unknown', text: hash });
});

test('what is typed is found by its form', () => {
  expect(findRoute(` ${digest} `)).toBe(`#/tx/${digest}`);
  expect(findRoute('0xABC')).toBe('#/object/0xABC');
  expect(findRoute('Node #7')).toBe('#/node/7');
  expect(findRoute('3')).toBe('#/stack/3');
  expect(findRoute('atoma/demo-chat')).toBe('#/find/atoma%2Fdemo-chat');
  expect(findRoute('  ')).toBeNull();
});
