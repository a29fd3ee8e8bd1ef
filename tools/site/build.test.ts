import { expect, test } from 'vitest';
import { errorPages } from '../build/error-pages.ts';

test('every error of every catalogue has a page, with a message and a remedy', () => {
  const pages = errorPages();
  const codes = pages.map(({ code }) => code);
  expect(codes.length).toBeGreaterThan(250);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of [
    'CLI_PORT_TAKEN',
    'SDK_INSUFFICIENT_SUI',
    'NETWORK_UNREACHABLE',
    'NODE_DATABASE_IN_USE',
    'WALLET_UNREADABLE',
    'ENodeNotFound',
  ])
    expect(codes).toContain(code);
  expect(pages.filter(({ message, hint }) => message === '' || hint === '').map(({ code }) => code)).toEqual([]);
});
