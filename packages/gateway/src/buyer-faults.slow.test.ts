/** Nodes that lie, break off or answer nonsense: what the buyer believes, pays and does next. */

import {
  type Atoma,
  type BuyerEvent,
  type BuyerParameters,
  createBuyer,
  executedResult,
  messageSigner,
  openJournal,
  type Receipt,
  receiptLayout,
  updateNodeUrl,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Engine, EngineEvent } from '../../node/src/engine/types.ts';
import { createLettersEngine } from '../../node/src/testing/letters-engine.ts';
import { openRehearsal, type Rehearsal, type RehearsalNode } from './testing/rehearsal.ts';
import { type FaultProxy, startProxy } from './testing/tamper.ts';

const model = 'atoma/demo-chat';
const policy = {
  allowPrivateNodes: true,
  stackUnits: 400_000n,
  pauseMs: [5, 20] as const,
  attempts: 3,
  answerMs: 60_000,
  noticeOnMistrust: false,
};
const ask = { model, messages: [{ role: 'user' as const, content: 'what is a receipt?' }], max_tokens: 60 };
let market: Rehearsal;
let node: RehearsalNode;
let proxy: FaultProxy;
let runs = 0;
const engineFault = { after: -1 };

/** The built-in engine; fails after so many pieces when told to. */
const fragile = (): Engine => {
  const builtin = createLettersEngine();
  return {
    ...builtin,
    run: async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
      runs++;
      let pieces = 0;
      for await (const event of builtin.run(request, limit, signal)) {
        if (pieces++ === engineFault.after) {
          const { engineError } = await import('../../node/src/engine/engine-errors.ts');
          throw engineError('FAILED', { model: request.model, why: 'told to' });
        }
        yield event;
      }
    },
  };
};

beforeAll(async () => {
  market = await openRehearsal('faults');
  const task = await market.task({ model });
  node = await market.addNode({ engines: [fragile()] });
  await market.subscribe(node, task, 100n);
  proxy = await startProxy(() => node.url());
  executedResult(await updateNodeUrl(node.operator, { nodeSmallId: node.id, url: proxy.url }));
});
afterAll(async () => {
  await proxy.close();
  await market.close();
});
beforeEach(() => {
  runs = 0;
  engineFault.after = -1;
  Object.assign(proxy.mischief, {
    change: null,
    resign: null,
    drop: [],
    breakAfter: null,
    statuses: [],
    holds: false,
    work: 0,
  });
});
let closing: (() => Promise<void>) | undefined;
afterEach(() => closing?.());

const makeBuyer = async (more: Partial<BuyerParameters> = {}) => {
  const events: BuyerEvent[] = [];
  const journal = await openJournal({ path: ':memory:' });
  const buyer = await createBuyer({
    atoma: await market.wallet(),
    journal,
    onEvent: (event) => events.push(event),
    ...more,
    policy: { ...policy, ...more.policy },
  });
  closing = buyer.close;
  const count = (kind: BuyerEvent['kind']) => events.filter((event) => event.kind === kind).length;
  const consumed = async () => {
    const [own] = await journal.listStacks();
    return own && (await node.store.findStack(own.stack));
  };
  return { buyer, client: new OpenAI(buyer.openai()), count, journal, events, consumed };
};

const untrusted = { status: 502, code: 'node_untrusted' };

test('an altered answer is not believed; node and evidence are kept apart, nothing more is sent there', async () => {
  const { client, count, journal, buyer } = await makeBuyer({ policy: { stacksPerRequest: 1 } });
  proxy.mischief.change = (text) => text.replace(/"content":"(.)/, '"content":"#$1');
  await expect(client.chat.completions.create(ask)).rejects.toMatchObject(untrusted);
  expect(count('untrusted')).toBe(1);
  expect(await journal.listEvidence(node.id)).toMatchObject([{ kind: 'receipt' }]);
  expect((await buyer.stacks())[0]?.blocked).not.toBeNull();
  proxy.mischief.change = null;
  const before = proxy.mischief.work;
  await expect(client.chat.completions.create(ask)).rejects.toMatchObject({ status: 503 });
  expect(proxy.mischief.work).toBe(before);
  const [own] = await journal.listStacks();
  expect(await journal.meters(own?.stack as bigint)).toMatchObject({ receipts: 0, open: 0n });
  expect((await journal.meters(own?.stack as bigint)).exposure).toBeGreaterThan(0n);
});

test('a request the journal refuses is not sent, and its units are free again', async () => {
  const journal = await openJournal({ path: ':memory:' });
  const full = { refuses: false };
  const refusing = (): never => {
    throw new TypeError('the disk is full');
  };
  const { buyer, client } = await makeBuyer({
    journal: { ...journal, addRequest: async (row) => (full.refuses ? refusing() : await journal.addRequest(row)) },
  });
  await client.chat.completions.create(ask);
  const before = (await buyer.stacks())[0];
  full.refuses = true;
  const sent = proxy.mischief.work;
  await expect(client.chat.completions.create(ask)).rejects.toThrow();
  expect(proxy.mischief.work).toBe(sent);
  expect((await buyer.stacks())[0]).toMatchObject({ free: before?.free, promised: 0n });
});

test.each<[string, (p: FaultProxy) => void]>([
  [
    'no receipt',
    (p) => {
      p.mischief.drop = ['atoma-receipt'];
    },
  ],
  [
    'a cut signature',
    (p) => {
      p.mischief.drop = ['atoma-receipt-signature'];
    },
  ],
])('whole answers: %s', async (_, mischief) => {
  const { client } = await makeBuyer({ policy: { stacksPerRequest: 1 } });
  mischief(proxy);
  await expect(client.chat.completions.create(ask)).rejects.toMatchObject(untrusted);
});

const resignedBy =
  (who: Atoma, change: (receipt: Receipt) => Receipt) =>
  (bytes: Uint8Array): { receipt: Uint8Array; signature: Uint8Array } => {
    const receipt = receiptLayout.encode(change(receiptLayout.decode(bytes)));
    return { receipt, signature: messageSigner(who.signer as Signer).sign(receipt) };
  };

test.each<[string, (receipt: Receipt) => Receipt]>([
  [
    'a unit that was not sent',
    ({ promptUnits, units, cumulativeUnits, ...receipt }) => ({
      ...receipt,
      promptUnits: promptUnits + 1n,
      units: units + 1n,
      cumulativeUnits: cumulativeUnits + 1n,
    }),
  ],
  ['a total that does not follow', (receipt) => ({ ...receipt, cumulativeUnits: receipt.cumulativeUnits + 1n })],
  ['a place that is taken', (receipt) => ({ ...receipt, index: 0n, cumulativeUnits: receipt.units })],
  ['a predecessor nobody knows', (receipt) => ({ ...receipt, previous: new Uint8Array(32).fill(7) })],
  ['another answer', (receipt) => ({ ...receipt, contentHash: new Uint8Array(32).fill(7) })],
  ['another request', (receipt) => ({ ...receipt, requestHash: new Uint8Array(32).fill(7) })],
])('a receipt the node itself signed for %s is not believed', async (_, change) => {
  const { client, count, journal } = await makeBuyer({ policy: { stacksPerRequest: 1 } });
  await client.chat.completions.create(ask);
  proxy.mischief.resign = resignedBy(node.operator, change);
  await expect(client.chat.completions.create(ask)).rejects.toMatchObject(untrusted);
  expect(count('receipt')).toBe(1);
  expect(await journal.listEvidence(node.id)).toHaveLength(1);
});

test('a receipt is signed by the selected node’s address on chain, not by another key', async () => {
  const { client, count } = await makeBuyer({ policy: { stacksPerRequest: 1 } });
  proxy.mischief.resign = resignedBy(await market.wallet(0n), (receipt) => receipt);
  await expect(client.chat.completions.create(ask)).rejects.toMatchObject(untrusted);
  expect([count('receipt'), count('untrusted')]).toEqual([0, 1]);
});

const readStream = async (client: OpenAI): Promise<string> => {
  let text = '';
  for await (const chunk of await client.chat.completions.create({ ...ask, stream: true }))
    text += chunk.choices[0]?.delta.content ?? '';
  return text;
};

test('streams: an altered piece or a missing receipt ends in an error instead of [DONE]', async () => {
  for (const change of [
    (text: string) => text.replace(/"content":"(.)/, '"content":"#$1'),
    (text: string) => text.replace(/event: atoma\.receipt\n[^\n]*\n\n/, ''),
    (text: string) =>
      text.replace(/event: atoma\.receipt\ndata: \{"receipt":"(.)/, 'event: atoma.receipt\ndata: {"receipt":"!$1'),
  ]) {
    const { client, count } = await makeBuyer();
    proxy.mischief.change = change;
    await expect(readStream(client)).rejects.toThrow();
    expect(count('untrusted')).toBe(1);
    expect(count('receipt')).toBe(0);
    await closing?.();
  }
});

test('a stream that breaks is taken up where it broke: one execution, one charge, the whole text', async () => {
  const whole = await makeBuyer();
  const answer = await whole.client.chat.completions.create(ask);
  await closing?.();
  const { client, count, consumed } = await makeBuyer();
  proxy.mischief.breakAfter = 700;
  const before = runs;
  expect((await readStream(client)).length).toBe(answer.choices[0]?.message.content?.length);
  expect(runs - before).toBe(1);
  expect(count('retry')).toBe(1);
  expect(count('receipt')).toBe(1);
  expect(await consumed()).toMatchObject({ nextLeaf: 1, reserved: 0n });
});

test('a broken whole answer is asked for again: the same envelope, one charge', async () => {
  const { client, count, consumed } = await makeBuyer();
  proxy.mischief.statuses = [502, 503];
  await client.chat.completions.create(ask);
  expect(count('retry')).toBe(2);
  expect(count('sent')).toBe(1);
  expect(await consumed()).toMatchObject({ nextLeaf: 1 });
});

test('an answer that was charged but never arrived is resolved by its receipt', async () => {
  const { client, journal, count, consumed } = await makeBuyer({
    policy: { answerMs: 2_000, attempts: 1, stacksPerRequest: 1 },
  });
  proxy.mischief.holds = true;
  await expect(client.chat.completions.create(ask)).rejects.toMatchObject({ status: 503 });
  expect(count('receipt')).toBe(1);
  const [own] = await journal.listStacks();
  expect(await journal.meters(own?.stack as bigint)).toMatchObject({
    receipts: 1,
    exposure: 0n,
    charged: (await consumed())?.consumed,
  });
});

test('an engine that fails costs nothing: the refusal is kept, before and in the middle of a stream', async () => {
  const { client, count, journal } = await makeBuyer({ policy: { stacksPerRequest: 1 } });
  engineFault.after = 0;
  await expect(client.chat.completions.create(ask)).rejects.toMatchObject({ status: 502, code: 'backend_error' });
  await expect(readStream(client)).rejects.toThrow();
  engineFault.after = 4;
  await expect(readStream(client)).rejects.toThrow();
  expect(count('refused')).toBe(3);
  const [own] = await journal.listStacks();
  expect(await journal.meters(own?.stack as bigint)).toMatchObject({ receipts: 0, open: 0n, exposure: 0n });
  expect(await node.store.findStack(own?.stack as bigint)).toMatchObject({ consumed: 0n, reserved: 0n });
});

test('a client that leaves pays for what was made, and the books agree without it', async () => {
  const { buyer, client, journal, consumed } = await makeBuyer();
  const stop = new AbortController();
  const stream = await client.chat.completions.create(
    { ...ask, max_tokens: 900, stream: true },
    { signal: stop.signal },
  );
  for await (const _ of stream) {
    stop.abort();
    break;
  }
  await expect.poll(async () => (await journal.listRequests({ stages: ['receipt'] })).length).toBe(1);
  const [own] = await buyer.stacks();
  expect(own).toMatchObject({ promised: 0n, used: (await consumed())?.consumed });
});

test('the money of a node that lied is asked back at once', async () => {
  const { buyer, client, count } = await makeBuyer({ policy: { noticeOnMistrust: true, stacksPerRequest: 1 } });
  proxy.mischief.drop = ['atoma-receipt'];
  await expect(client.chat.completions.create(ask)).rejects.toMatchObject(untrusted);
  await expect.poll(() => count('notice')).toBe(1);
  expect((await buyer.stacks())[0]).toMatchObject({ stage: 'notice' });
});

test('units above what was delivered are not believed', async () => {
  const { client, count } = await makeBuyer({
    counters: { [model]: { prompt: () => 1n, completion: () => 60n } },
    policy: { stacksPerRequest: 1 },
  });
  await expect(client.chat.completions.create(ask)).rejects.toMatchObject(untrusted);
  expect(count('untrusted')).toBe(1);
});

test('whatever a node calls its profile, its answers are checked and paid', async () => {
  const other = await openRehearsal('profile');
  const letters = createLettersEngine();
  const models = (await letters.models()).map((each) => ({ ...each, profile: 'constructor' }));
  const seller = await other.addNode({ engines: [{ ...letters, models: async () => models }] });
  await other.subscribe(seller, await other.task({ model }), 100n);
  const { client, count } = await makeBuyer({ atoma: await other.wallet() });
  await client.chat.completions.create(ask);
  expect([count('receipt'), count('unresolved')]).toEqual([1, 0]);
  await other.close();
});
