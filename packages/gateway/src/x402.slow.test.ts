/** Requests paid one by one: the unmodified x402 client against the gateway, on a real ledger, with real nodes. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import {
  type Atoma,
  executedResult,
  finalizeStack,
  fromBase64,
  getBalances,
  headerNames,
  openJournal,
  type PaymentRequirements,
  receiptLayout,
  requestStackRefund,
} from '@atoma/sdk';
import { createPaymentScheme, payFetch, paymentNetwork } from '@atoma/sdk/payments';
import type { Signer } from '@mysten/sui/cryptography';
import { Transaction } from '@mysten/sui/transactions';
import { wrapFetchWithPaymentFromConfig } from '@x402/fetch';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Desk, openDesk } from './testing/desk.ts';
import { openRehearsal, type Rehearsal, type RehearsalNode, TOMA } from './testing/rehearsal.ts';

const model = 'atoma/demo-chat';
const messages = [{ role: 'user' as const, content: 'what is a receipt?' }];
const body = { model, messages, max_tokens: 40 };
const PRICE = 100n;
let market: Rehearsal;
let node: RehearsalNode;
let seller: Atoma;
let payer: Atoma;
let desk: Desk;
let clock = 0;

beforeAll(async () => {
  market = await openRehearsal('x402');
  const chat = await market.task({ model });
  node = await market.addNode();
  await market.subscribe(node, chat, PRICE);
  seller = await market.wallet();
  payer = await market.wallet(10n * TOMA);
  desk = await openDesk(market, {
    payments: { leastRefund: 1n },
    now: () => Date.now() + clock,
    buyerOptions: { atoma: seller, journal: await openJournal({ path: ':memory:' }) },
  });
});
afterAll(async () => {
  await desk.close();
  await market.close();
});

const chat = () => `${desk.url}/v1/chat/completions`;
const init = (json: object = body, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(json),
});
const toma = async (atoma: Atoma): Promise<bigint> => (await getBalances(atoma)).toma;
const decoded = (response: Response, name: string) =>
  JSON.parse(Buffer.from(response.headers.get(name) ?? '', 'base64').toString('utf8'));
const payingFetch = (atoma = payer, most = TOMA) => {
  const client = createPaymentScheme(atoma, { most });
  // Their default limits know dollars only; the scheme has its own.
  const config = {
    schemes: [{ network: paymentNetwork(atoma.deployment) as `sui:${string}`, client }],
    spendControls: false,
  };
  return wrapFetchWithPaymentFromConfig(fetch, config as never);
};
const requirements = async (json: object = body): Promise<PaymentRequirements> => {
  const response = await fetch(chat(), init(json));
  expect([response.status, await response.text()]).toEqual([402, expect.anything()]);
  return decoded(response, 'payment-required').accepts[0];
};
/** Waits until no request of a payment is under way: what it cost is booked behind its answer. */
const ended = (at: Desk) =>
  expect.poll(() => at.store.listPayments({ states: ['taken', 'paid'], limit: 10 })).toEqual([]);
/** A payment header made by hand; `change` may spoil it. */
const signed = async (
  accepted: PaymentRequirements,
  change: (payload: Record<string, unknown>) => object = (same) => same,
) => {
  const { payload } = await createPaymentScheme(payer, { most: TOMA }).createPaymentPayload(2, accepted);
  return Buffer.from(JSON.stringify({ x402Version: 2, accepted, payload: change(payload) })).toString('base64');
};
const send = (header: string, json: object = body) => fetch(chat(), init(json, { 'payment-signature': header }));

test('what is to be paid is said before anything is: the bound of the request at the price of the offer', async () => {
  const response = await fetch(chat(), init());
  expect(response.status).toBe(402);
  const said = decoded(response, 'payment-required');
  expect(said).toMatchObject({ x402Version: 2, resource: { url: chat() } });
  const [accepted] = said.accepts as [PaymentRequirements];
  const work = await desk.gateway.buyer.parse({
    endpoint: '/v1/chat/completions',
    body: Buffer.from(JSON.stringify(body)),
    contentType: 'application/json',
  });
  expect(accepted).toMatchObject({
    scheme: 'exact',
    network: expect.stringMatching(/^sui:[0-9a-f]{8}$/),
    amount: String(work.most * PRICE),
    payTo: seller.sender,
  });
  expect(((await response.json()) as { error: { code: string } }).error.code).toBe('payment_required');
});

test('the client pays, gets its answer with the node’s receipt, and what it did not use comes back', async () => {
  const [before, sellerBefore] = [await toma(payer), await toma(seller)];
  const response = await payingFetch()(chat(), init());
  expect(response.status).toBe(200);
  const answer = (await response.json()) as { usage: { atoma: { cost_base_units: string } } };
  const settlement = decoded(response, 'payment-response');
  const { amount } = await requirements();
  expect(settlement).toMatchObject({ success: true, payer: payer.sender, amount });
  const receipt = receiptLayout.decode(fromBase64(response.headers.get(headerNames.receipt) ?? '') as Uint8Array);
  const cost = BigInt(answer.usage.atoma.cost_base_units);
  expect(receipt.units * PRICE).toBe(cost);
  expect(await toma(payer)).toBe(before - BigInt(amount));
  await ended(desk);
  expect(await desk.gateway.payments?.settle()).toBe(1);
  expect(await toma(payer)).toBe(before - cost);
  expect(await desk.gateway.payments?.settle()).toBe(0);
  const bought = (await desk.gateway.buyer.stacks()).reduce((sum, { paid }) => sum + paid, 0n);
  expect(await toma(seller)).toBe(sellerBefore + cost - bought);
  const [row] = await desk.store.listPayments({ limit: 10 });
  expect(row).toMatchObject({ digest: settlement.transaction, state: 'closed', refund: BigInt(amount) - cost });
});

test('clients of every API pay: streams of OpenAI’s, Responses, Messages', async () => {
  const paying = payingFetch();
  /** Their libraries insist on a key; this one leaves it out. */
  const unnamed: typeof fetch = (input, options) => {
    const headers = new Headers(options?.headers);
    for (const name of ['authorization', 'x-api-key']) headers.delete(name);
    return paying(input, { ...options, headers });
  };
  const openai = new OpenAI({ baseURL: `${desk.url}/v1`, apiKey: '-', fetch: unnamed, maxRetries: 0 });
  let text = '';
  for await (const chunk of await openai.chat.completions.create({ ...body, stream: true }))
    text += chunk.choices[0]?.delta.content ?? '';
  expect(text.length).toBeGreaterThan(0);
  const response = await openai.responses.create({ model, input: 'hello', max_output_tokens: 20 });
  expect(response.status).not.toBe('failed');
  await expect(
    openai.responses.create({ model, input: 'more', previous_response_id: response.id }),
  ).rejects.toMatchObject({ status: 404 });
  const anthropic = new Anthropic({ baseURL: desk.url, apiKey: '-', fetch: unnamed, maxRetries: 0 });
  const message = await anthropic.messages.create({ model, max_tokens: 20, messages });
  expect(message.content[0]?.type).toBe('text');
  expect((await openai.models.list()).data.map(({ id }) => id)).toContain(model);
});

test('a payment counts once: the same request gets the same answer, another one none', async () => {
  const header = await signed(await requirements());
  const first = await send(header);
  const said = await first.text();
  await ended(desk);
  const before = await toma(payer);
  const again = await send(header);
  expect([again.status, await again.text(), again.headers.get('x-atoma-replayed')]).toEqual([200, said, '1']);
  const other = await send(header, { ...body, max_tokens: 39 });
  expect(other.status).toBe(409);
  expect(await toma(payer)).toBe(before);
  await desk.gateway.payments?.settle();
  clock += 25 * 3_600_000;
  const late = await send(header);
  expect(late.status).toBe(402);
  expect(decoded(late, 'payment-response')).toMatchObject({ success: false, errorReason: 'payment_already_used' });
  expect(decoded(late, 'payment-required').accepts).toHaveLength(1);
});

test('many senders of one payment at once: it is executed and served once', async () => {
  const header = await signed(await requirements());
  const before = await toma(payer);
  const all = await Promise.all(Array.from({ length: 5 }, () => send(header)));
  const codes = all.map(({ status }) => status);
  expect(codes.filter((status) => status === 200).length).toBeGreaterThanOrEqual(1);
  expect(codes.every((status) => status === 200 || status === 409)).toBe(true);
  expect(before - (await toma(payer))).toBe(BigInt((await requirements()).amount));
});

test.each<[string, (accepted: PaymentRequirements) => Promise<string>, number, string]>([
  ['is no JSON', async () => 'e30=', 400, ''],
  [
    'has another version',
    async (accepted) => Buffer.from(JSON.stringify({ x402Version: 1, accepted })).toString('base64'),
    400,
    '',
  ],
  ['has no transaction', (accepted) => signed(accepted, () => ({ signature: 'x' })), 400, ''],
  [
    'has a transaction that cannot be read',
    (accepted) => signed(accepted, (payload) => ({ ...payload, transaction: 'AAAA' })),
    402,
    'invalid_payload',
  ],
  [
    'is signed by somebody else',
    (accepted) =>
      signed(accepted, (payload) => ({ ...payload, signature: `A${String(payload.signature).slice(1, -4)}AAA=` })),
    402,
    'invalid_payload',
  ],
  [
    'pays less than it accepts',
    async (accepted) => {
      const less = await createPaymentScheme(payer, { most: TOMA }).createPaymentPayload(2, {
        ...accepted,
        amount: '1',
      });
      return Buffer.from(JSON.stringify({ x402Version: 2, accepted, payload: less.payload })).toString('base64');
    },
    402,
    'invalid_exact_sui_payload_amount',
  ],
  [
    'pays somebody else',
    async (accepted) => {
      const astray = await createPaymentScheme(payer, { most: TOMA }).createPaymentPayload(2, {
        ...accepted,
        payTo: `0x${'7'.repeat(64)}`,
      });
      return Buffer.from(JSON.stringify({ x402Version: 2, accepted, payload: astray.payload })).toString('base64');
    },
    402,
    'invalid_exact_sui_payload_amount',
  ],
  ['accepts another price', (accepted) => signed({ ...accepted, amount: '5' }), 402, 'invalid_payment_requirements'],
])('a payment that %s moves nothing', async (_, make, status, reason) => {
  const before = await toma(payer);
  const response = await send(await make(await requirements()));
  expect(response.status).toBe(status);
  if (reason !== '')
    expect(decoded(response, 'payment-response')).toMatchObject({
      success: false,
      errorReason: reason,
      transaction: '',
    });
  expect(await toma(payer)).toBe(before);
});

test('a payer pays no more than it is told to, and nothing for what nobody sells', async () => {
  await expect(payingFetch(payer, 10n)(chat(), init())).rejects.toThrow('may be paid at most');
  const unknown = await fetch(chat(), init({ ...body, model: 'nobody/has-it' }));
  expect(unknown.status).toBe(404);
  const huge = await fetch(chat(), init({ ...body, max_tokens: 1_000_000_000 }));
  expect(huge.status).toBe(400);
});

test('when nobody answers, the payment may be sent again for ten minutes, and goes back then', async () => {
  const accepted = await requirements();
  const header = await signed(accepted);
  await ended(desk);
  await desk.gateway.payments?.settle();
  const before = await toma(payer);
  await node.stop();
  let failed: Response;
  try {
    failed = await send(header);
  } finally {
    await node.start();
  }
  expect(failed.status).toBe(503);
  expect(decoded(failed, 'payment-response')).toMatchObject({ success: true });
  await desk.gateway.payments?.settle();
  expect(await toma(payer)).toBe(before - BigInt(accepted.amount));
  clock += 601_000;
  await desk.gateway.payments?.settle();
  expect(await toma(payer)).toBe(before);
  expect((await send(header)).status).toBe(402);
});

test('less than a refund is worth sending is kept for the payer until it is enough, a week at most', async () => {
  const other = await market.wallet(10n * TOMA);
  let later = 0;
  const patient = await openDesk(market, { payments: { leastRefund: 10n ** 9n }, now: () => Date.now() + later });
  try {
    const before = await toma(other);
    const response = await payingFetch(other)(`${patient.url}/v1/chat/completions`, init());
    expect(response.status).toBe(200);
    await response.text();
    await ended(patient);
    await patient.gateway.payments?.settle();
    const [row] = await patient.store.listPayments({ limit: 10 });
    expect(row).toMatchObject({ state: 'answered' });
    expect(row?.refund).toBeGreaterThan(0n);
    expect(await toma(other)).toBe(before - (row?.amount ?? 0n));
    later = 7 * 86_400_000;
    expect(await patient.gateway.payments?.settle()).toBe(1);
    expect(await toma(other)).toBe(before - (row?.amount ?? 0n) + (row?.refund ?? 0n));
  } finally {
    await patient.close();
  }
});

test('a payer whose connection broke sends the same payment until the request it began is answered', async () => {
  const accepts = [await requirements()];
  const payments: (string | string[] | undefined)[] = [];
  const server = createServer((incoming, outgoing) => {
    const sent = payments.push(incoming.headers['payment-signature']);
    if (sent === 2) incoming.socket.destroy();
    const status = [402, 500, 409, 200][sent - 1] ?? 500;
    const required = Buffer.from(JSON.stringify({ x402Version: 2, accepts })).toString('base64');
    outgoing.writeHead(status, { 'payment-required': required }).end('{}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { response } = await payFetch(payer, { most: TOMA }, url, init());
  server.close();
  expect(response.status).toBe(200);
  expect(payments).toEqual([undefined, payments[1], payments[1], payments[1]]);
});

test('a key is asked for where payments are not taken', async () => {
  const plain = await openDesk(market);
  const response = await fetch(`${plain.url}/v1/chat/completions`, init());
  expect(response.status).toBe(401);
  expect(response.headers.get('payment-required')).toBeNull();
  await plain.close();
});

test('a transaction whose gas another pays is no payment of its sender', async () => {
  const accepted = await requirements();
  const tx = new Transaction();
  tx.setSender(payer.sender as string);
  tx.setGasOwner(seller.sender as string);
  const [coin] = (await payer.client.listCoins({ owner: payer.sender as string, coinType: accepted.asset })).objects;
  tx.transferObjects([tx.splitCoins(coin?.objectId as string, [1n])], accepted.payTo);
  const bytes = await tx.build({ client: payer.client });
  const { signature } = await (payer.signer as Signer).signTransaction(bytes);
  const payload = { transaction: Buffer.from(bytes).toString('base64'), signature };
  const response = await send(Buffer.from(JSON.stringify({ x402Version: 2, accepted, payload })).toString('base64'));
  expect(decoded(response, 'payment-response')).toMatchObject({ errorReason: 'invalid_payload' });
});

test('what the market gives the gateway back is nobody’s payment, in whose transaction ever it arrives', async () => {
  const task = await market.task({ model: 'elsewhere' });
  await market.subscribe(node, task, PRICE);
  const stackSmallId = await market.buyStack(seller, task, 2_000_000n, PRICE);
  executedResult(await requestStackRefund(seller, { stackSmallId }));
  market.market.nextEpoch(2);
  const json = { ...body, max_tokens: 3_000_000 };
  const accepted = await requirements(json);
  const tx = await finalizeStack.build(payer, { stackSmallId });
  const [coin] = (await payer.client.listCoins({ owner: payer.sender as string, coinType: accepted.asset })).objects;
  const own = BigInt(accepted.amount) - 2_000_000n * PRICE;
  tx.transferObjects([tx.splitCoins(coin?.objectId as string, [own])], accepted.payTo);
  tx.setSender(payer.sender as string);
  const bytes = await tx.build({ client: payer.client });
  const { signature } = await (payer.signer as Signer).signTransaction(bytes);
  const payload = { transaction: Buffer.from(bytes).toString('base64'), signature };
  const header = Buffer.from(JSON.stringify({ x402Version: 2, accepted, payload })).toString('base64');
  const before = await toma(payer);
  const response = await send(header, json);
  expect(response.status).toBe(402);
  expect(decoded(response, 'payment-response')).toMatchObject({ errorReason: 'invalid_payload' });
  expect(await toma(payer)).toBe(before);
});

test('who only asks is told to wait; who pays is not, and an address in front is looked through where it is trusted', async () => {
  const strict = await openDesk(market, { payments: { asksPerMinute: 3 }, trustedProxies: ['127.0.0.0/8'] });
  try {
    const url = `${strict.url}/v1/chat/completions`;
    const from =
      (address: string): typeof fetch =>
      (input, options) => {
        const headers = new Headers(options?.headers ?? (input as Request).headers);
        headers.set('x-forwarded-for', address);
        return fetch(input, { ...options, headers });
      };
    const config = {
      schemes: [
        {
          network: paymentNetwork(payer.deployment) as `sui:${string}`,
          client: createPaymentScheme(payer, { most: TOMA }),
        },
      ],
      spendControls: false,
    };
    const paying = wrapFetchWithPaymentFromConfig(from('192.0.2.1'), config as never);
    for (let i = 0; i < 3; i++) expect((await paying(url, init({ ...body, max_tokens: 5 + i }))).status).toBe(200);
    const asked: Response[] = [];
    for (let i = 0; i < 4; i++) asked.push(await from('192.0.2.1')(url, init()));
    expect(asked.map(({ status }) => status)).toEqual([402, 402, 402, 429]);
    expect(Number(asked[3]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await from('192.0.2.1')(`${strict.url}/v1/models`)).status).toBe(429);
    expect((await from('192.0.2.2')(url, init())).status).toBe(402);
    const named = { authorization: `Bearer ${await strict.key()}`, 'x-forwarded-for': '192.0.2.1' };
    expect((await fetch(url, init(body, named))).status).toBe(200);
  } finally {
    await strict.close();
  }
});
