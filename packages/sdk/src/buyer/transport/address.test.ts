import { expect, test } from 'vitest';
import { checkedUrl, isPublicAddress, publicLookup } from './address.ts';

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '192.168.0.1',
  '172.16.5.5',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:a00:1',
  '64:ff9b::7f00:1',
  '224.0.0.1',
  '255.255.255.255',
  'localhost',
  '',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(['1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  'http://node.example',
  'https://127.0.0.1/',
  'https://[::1]:8080',
  'https://0x7f000001',
  'https://2130706433',
  'https://user:pw@node.example',
  'ftp://node.example',
  'nonsense',
  '',
])('%j is refused', (url) => {
  expect(() => checkedUrl(url, false)).toThrowError(expect.objectContaining({ code: 'BUYER_URL_REFUSED' }));
});

test('rehearsals may use private addresses and plain http', () => {
  expect(checkedUrl('http://127.0.0.1:8080', true).port).toBe('8080');
  expect(checkedUrl('https://node.example/base', false).hostname).toBe('node.example');
});

test('a name that leads to a private address is refused when it is resolved', async () => {
  const error = await new Promise((resolve) => publicLookup('localhost', {}, (fault) => resolve(fault)));
  expect(error).toMatchObject({ code: 'BUYER_URL_REFUSED' });
});
