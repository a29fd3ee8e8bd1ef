import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageSigner } from '@atoma/sdk';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { expect, test } from 'vitest';
import { checkNodeUrl, inquire, inquireInto, isPrivateAddress } from './outgoing.ts';

test.each([
  'http://node.example',
  'https://127.0.0.1',
  'https://10.1.2.3:8080',
  'https://169.254.169.254/latest',
  'https://[::1]',
  'https://[::ffff:10.0.0.1]',
  'https://192.168.1.1',
  'ftp://node.example',
  'file:///etc/passwd',
  'not an address',
])('the address %s is refused', (url) => {
  expect(() => checkNodeUrl(url, false)).toThrowError(expect.objectContaining({ code: 'NODE_URL_REFUSED' }));
});

test('public addresses are accepted, private ones where they are allowed', () => {
  expect(checkNodeUrl('https://node.example/base', false).hostname).toBe('node.example');
  expect(checkNodeUrl('http://127.0.0.1:1', true).port).toBe('1');
  expect(['8.8.8.8', '2606:4700::1111', '172.32.0.1'].map(isPrivateAddress)).toEqual([false, false, false]);
  expect(isPrivateAddress('::ffff:7f00:1')).toBe(true);
  expect(['172.16.0.1', 'fe80::1', 'fd00::1', '::1', '0.0.0.0', '224.0.0.1'].map(isPrivateAddress)).toEqual(
    Array(6).fill(true),
  );
});

const call = (url: string, allowPrivate: boolean) => ({
  url,
  chainId: new Uint8Array(32),
  packageId: new Uint8Array(32),
  node: 1n,
  stack: 1n,
  path: '/v1/stacks/1',
  signer: messageSigner(Ed25519Keypair.generate()),
  now: 0,
  allowPrivate,
  limit: 100,
  timeoutMs: 60_000,
});

test('a name that resolves to this machine is refused when connecting', async () => {
  await expect(inquire(call('https://localhost:1', false))).rejects.toMatchObject({ code: 'NODE_URL_REFUSED' });
});

test('long answers, redirects and errors are not taken', async () => {
  let answer = { status: 200, body: 'x'.repeat(1_000), location: '' };
  const server = createServer((_, response) => {
    response.writeHead(answer.status, answer.location === '' ? {} : { location: answer.location }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(inquire(call(url, true))).rejects.toMatchObject({ code: 'NODE_URL_REFUSED' });
  answer = { status: 302, body: '', location: url };
  await expect(inquire(call(url, true))).rejects.toMatchObject({ code: 'NODE_INQUIRY' });
  answer = { status: 200, body: 'fine', location: '' };
  expect(Buffer.from(await inquire(call(url, true))).toString()).toBe('fine');
  const full = new RangeError('no room');
  const taking = inquireInto(call(url, true), () => {
    throw full;
  });
  await expect(taking).rejects.toBe(full); // and the process goes on
  server.close();
});
