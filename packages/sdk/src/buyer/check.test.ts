/** What a buyer believes of a receipt: units, place in the chain, and what is kept when it does not. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  chatBody,
  isWork,
  jsonAnswer,
  openScriptedMarket,
  piecesAnswer,
  receiptHeaders,
  refusalHeaders,
  type ScriptedMarket,
  type ScriptedNode,
} from '../testing/scripted-node.ts';
import type { Content } from '../wire/content.ts';
import { fromBase64 } from '../wire/headers.ts';
import type { Envelope, Receipt } from '../wire/messages.ts';
import { unitsExcess, unitsFault } from './check.ts';
import type { BuyerParameters } from './types.ts';

const chat: Content = { kind: 'chat', choices: [{ index: 0, text: 'four', reasoning: '', toolCalls: [] }] };
const units = (promptUnits: bigint, completionUnits: bigint) => ({ promptUnits, completionUnits });
const json = { messages: [{ role: 'user', content: 'hi' }] };
const sent = { json, envelope: { endpoint: '/v1/chat/completions' } as Envelope };
const counter = {
  prompt: () => 3n,
  completion: (_: string, texts: readonly string[]) => BigInt(texts.join('').length),
};

test('an exact count finds a lie in either figure, and only where units are counted from texts', () => {
  expect(unitsFault(units(3n, 4n), sent, chat, counter)).toBe(undefined);
  expect(unitsFault(units(4n, 4n), sent, chat, counter)).toBe('it bills 4 prompt units, 3 were sent');
  expect(unitsFault(units(2n, 4n), sent, chat, counter)).toContain('2 prompt units');
  expect(unitsFault(units(3n, 5n), sent, chat, counter)).toBe('it bills 5 units of answer, 4 were delivered');
  expect(unitsFault(units(9n, 9n), sent, { kind: 'speech', bytes: new Uint8Array() }, counter)).toBe(undefined);
});

test('without a tokenizer the bounds of both sides are the most that may be billed', () => {
  const most = (() => {
    let prompt = 0n;
    while (unitsExcess(units(prompt + 1n, 0n), sent, chat) === undefined) prompt++;
    return prompt;
  })();
  expect(most).toBeGreaterThan(20n);
  expect(unitsExcess(units(most, 4n), sent, chat)).toBe(undefined);
  expect(unitsExcess(units(most + 1n, 0n), sent, chat)).toBe(
    `it bills ${most + 1n} prompt units, at most ${most} were sent`,
  );
  expect(unitsExcess(units(most, 1_000_000n), sent, chat)).toMatch(
    /bills 1000000 units of answer, at most \d+ were delivered/,
  );
  expect(unitsExcess(units(1_000_000n, 0n), sent, { kind: 'images', images: [] })).toBe(undefined);
});

let market: ScriptedMarket;
let node: ScriptedNode;
beforeAll(async () => {
  market = await openScriptedMarket('check');
  node = await market.addNode([[await market.task({ model: 'm' }), 100n]]);
});
afterAll(() => market.close());
beforeEach(() => {
  node.script = () => undefined;
  node.said = {};
  node.served.length = 0;
});
const body = Buffer.from(JSON.stringify({ model: 'm', ...json, max_tokens: 20 }));
const ask = { endpoint: '/v1/chat/completions', contentType: 'application/json', body };
const buyerOf = (more: Partial<BuyerParameters> = {}) =>
  market.buyer({ stacksPerRequest: 1, noticeOnMistrust: false }, more);
/** Answers with a receipt of which this is changed. */
const billing = (change: (before: number) => Partial<Receipt>): void => {
  node.script = (request) => {
    if (!isWork(request)) return undefined;
    const receipt = node.bill(request, chatBody(), change(node.served.length));
    return piecesAnswer([chatBody()], receiptHeaders(receipt));
  };
};

test.each<[why: RegExp, change: Partial<Receipt>, other: boolean]>([
  [/two receipts carry index 0/, { index: 0n, cumulativeUnits: 9n, previous: new Uint8Array(32) }, true],
  [/does not follow from the receipt with index 0/, { cumulativeUnits: 19n }, true],
  [/does not follow from the receipt with index 0/, { previous: new Uint8Array(32) }, true],
  [/its units do not follow/, { units: 8n }, false],
  [/bills more than the stack holds/, { index: 5n, cumulativeUnits: 400_001n }, false],
])('a second receipt is not believed: %s', async (why, change, other) => {
  const { buyer, context, of } = await buyerOf();
  await buyer.deliver(ask);
  billing(() => change);
  await expect(buyer.deliver(ask)).rejects.toMatchObject({ code: 'BUYER_UNTRUSTED' });
  expect(of('untrusted')).toMatchObject([{ node: node.id, why: expect.stringMatching(why) }]);
  const [evidence] = await context.journal.listEvidence(node.id);
  const kept = JSON.parse(evidence?.payload ?? '{}');
  const { envelopeBytes, receipt } = node.served[1] as (typeof node.served)[number];
  const bytes = (name: string) => fromBase64(String(kept[name]));
  expect([kept.why, bytes('envelope'), bytes('answer'), bytes('signature')]).toEqual([
    of('untrusted')[0]?.why,
    envelopeBytes,
    receipt.bytes,
    receipt.signature,
  ]);
  const first = node.served[0]?.receipt;
  expect([bytes('other'), bytes('other_signature')]).toEqual(
    other ? [first?.bytes, first?.signature] : [undefined, undefined],
  );
  expect(evidence).toMatchObject({ kind: 'receipt', node: node.id });
  expect([...context.book.mistrusted()]).toEqual([node.id]);
});

test('the first receipt has no predecessor', async () => {
  const { buyer, of } = await buyerOf();
  billing(() => ({ previous: new Uint8Array(32).fill(1) }));
  await expect(buyer.deliver(ask)).rejects.toMatchObject({ code: 'BUYER_UNTRUSTED' });
  expect(of('untrusted')).toMatchObject([{ why: 'the first receipt names a predecessor' }]);
});

test('units are counted again by the buyer’s own counter, else by that of the profile the node names', async () => {
  const wrong = { prompt: () => 5n, completion: () => 5n };
  const own = await buyerOf({ counters: { m: wrong } });
  await expect(own.buyer.deliver(ask)).rejects.toMatchObject({ code: 'BUYER_UNTRUSTED' });
  const right = await buyerOf({ counters: { m: { ...wrong, prompt: () => 4n } } });
  expect((await right.buyer.deliver(ask)).status).toBe(200);
  node.said = { profile: 'atoma-int/1' };
  const profile = await buyerOf();
  await expect(profile.buyer.deliver(ask)).rejects.toMatchObject({ code: 'BUYER_UNTRUSTED' });
  expect(profile.of('untrusted')[0]?.why).toMatch(/prompt units/);
  for (const name of ['constructor', 'atoma-int/99']) {
    node.said = { profile: name };
    expect((await (await buyerOf()).buyer.deliver(ask)).status).toBe(200);
  }
});

test('more than the bounds is told, and costs the node no trust', async () => {
  const { buyer, of, context } = await buyerOf();
  await buyer.deliver(ask);
  expect(of('excess')).toEqual([]);
  const [work] = node.work().slice(-1);
  expect(work).toBeDefined();
  billing(() => ({
    promptUnits: 1_000n,
    completionUnits: 5n,
    units: (of('sent')[1]?.maxUnits ?? 0n) as bigint,
    cumulativeUnits: 9n + (of('sent')[1]?.maxUnits ?? 0n),
  }));
  expect((await buyer.deliver(ask)).status).toBe(200);
  expect(of('excess')).toMatchObject([{ node: node.id, why: expect.stringContaining('1000 prompt units') }]);
  expect([...context.book.mistrusted()]).toEqual([]);
});

test('a refusal another key signed is no promise: the request may be billed', async () => {
  const stranger = await market.addNode([]);
  const { buyer, context, of } = await buyerOf();
  node.script = (request) =>
    isWork(request)
      ? jsonAnswer(
          { error: { code: 'busy', retryable: 'no' } },
          { status: 429, ...refusalHeaders(stranger.sign(node.refuse(request, 'busy').bytes)) },
        )
      : undefined;
  expect((await buyer.deliver(ask)).status).toBe(429);
  expect((await context.journal.listRequests({})).map(({ stage }) => stage)).toEqual(['dropped']);
  expect(of('refused')).toEqual([]);
});
