/** What a seller demands is read before anything is signed. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Atoma } from '../context/atoma.ts';
import { payFetch } from './pay.ts';
import { isRequirements } from './x402.ts';

const NETWORK = 'sui:00000000';
/** Nobody who could sign. */
const payer = { deployment: { network: 'test', chainId: '1'.repeat(32) } } as unknown as Atoma;
const offer = { scheme: 'exact', network: NETWORK, asset: 'a', amount: '5', payTo: '0x1', maxTimeoutSeconds: 60 };

let seller: Server;
let header: string | undefined;
beforeAll(async () => {
  seller = createServer((_, response) => {
    response.writeHead(402, header === undefined ? {} : { 'payment-required': header }).end();
  });
  await new Promise<void>((resolve) => seller.listen(0, '127.0.0.1', resolve));
});
afterAll(() => seller.close());

test.each<[unknown, string]>([
  [undefined, 'without PAYMENT-REQUIRED'],
  ['{', 'cannot be read'],
  [null, 'cannot be read'],
  [{ accepts: { 0: offer } }, 'cannot be read'],
  [{ accepts: [] }, `made by nothing, and not by exact on ${NETWORK}`],
  [{ accepts: [null, 7, { ...offer, amount: 5 }, { ...offer, payTo: undefined }] }, 'made by nothing'],
  [{ accepts: [{ ...offer, network: 'sui:1' }] }, 'made by exact on sui:1, and not'],
])('a demand of %j is refused with the reason', async (said, why) => {
  header = said === undefined ? undefined : Buffer.from(said === '{' ? said : JSON.stringify(said)).toString('base64');
  const url = `http://127.0.0.1:${(seller.address() as AddressInfo).port}/`;
  const refused = { code: 'SDK_PAYMENT', message: expect.stringContaining(why) };
  await expect(payFetch(payer, { most: 10n }, url, { method: 'POST' })).rejects.toMatchObject(refused);
});

test('requirements have all their members, each of its type', () => {
  expect(isRequirements(offer)).toBe(true);
  expect(isRequirements({ ...offer, extra: { name: 'TOMA' }, more: 1 })).toBe(true);
  for (const name of Object.keys(offer)) expect(isRequirements({ ...offer, [name]: undefined })).toBe(false);
  for (const wrong of [{ extra: [] }, { extra: 'x' }, { maxTimeoutSeconds: '60' }, { amount: 5 }])
    expect(isRequirements({ ...offer, ...wrong })).toBe(false);
});
