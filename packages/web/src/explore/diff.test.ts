import { expect, test } from 'vitest';
import { flatten, sideBySide } from './diff.ts';

test('fields are laid flat and held side by side', () => {
  const before = flatten({ id: '0x1', inner: { a: '1', list: ['x', 'y'] }, empty: [], none: null });
  expect([...before]).toEqual([
    ['id', '0x1'],
    ['inner.a', '1'],
    ['inner.list[0]', 'x'],
    ['inner.list[1]', 'y'],
    ['empty', '[]'],
    ['none', 'null'],
  ]);
  const rows = sideBySide([before, flatten({ id: '0x1', inner: { a: '2', list: ['x'] }, empty: [], none: null })]);
  expect(rows.filter(({ differs }) => differs)).toEqual([
    { name: 'inner.a', values: ['1', '2'], differs: true },
    { name: 'inner.list[1]', values: ['y', null], differs: true },
  ]);
  expect([...flatten(undefined)]).toEqual([]);
});

test('a huge object does not fill the page', () => {
  expect(flatten(Array.from({ length: 10_000 }, (_, i) => i)).size).toBe(500);
});
