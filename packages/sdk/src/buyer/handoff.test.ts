/** Stacks that change hands: what their node signed is held against the chain, kept by who takes them, and let go by who gives them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, markOf } from '@atoma/base';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { executedResult } from '../context/write.ts';
import { journalRequest, journalStack } from '../testing/journal-fixtures.ts';
import { jsonAnswer, openScriptedMarket, type ScriptedMarket, type ScriptedNode } from '../testing/scripted-node.ts';
import { toBase64 } from '../wire/headers.ts';
import { type Handoff, handoffLayout } from '../wire/messages.ts';
import { acquireStack } from '../writes/acquire-stack.ts';
import type { BuyerContext } from './context.ts';
import { checkHandoff, isKnownSince, keptHandoff, readHandoff, requestHandoff, takeHandoff } from './handoff.ts';
import { openJournal } from './journal/sqlite.ts';
import { BEHIND } from './journal/types.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-handoff-'));
let market: ScriptedMarket;
let node: ScriptedNode;
let other: ScriptedNode;
let task: bigint;
/** Of the seller, who has a stack of 400,000 units at 100. */
let context: BuyerContext;
let stack: bigint;
const acquire = async (): Promise<bigint> =>
  executedResult(
    await acquireStack(context.atoma, {
      ...{ taskSmallId: task, numComputeUnits: 400_000n, pricePerComputeUnit: 100n, allowUnchecked: true },
    }),
  ).stackSmallId;
beforeAll(async () => {
  market = await openScriptedMarket('handoff');
  task = await market.task({ model: 'm' });
  node = await market.addNode([[task, 100n]]);
  other = await market.addNode([]);
  const seller = await market.buyer();
  ({ context } = seller);
  const want = { model: 'm', endpoint: '/v1/chat/completions', vision: false, units: 1n, tenant: '' };
  ({ stack } = await seller.buyer.buy(await seller.buyer.plan(want)));
});
afterAll(async () => {
  await market.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  node.script = () => undefined;
});

const heir = `0x${'ab'.repeat(32)}`;
const bytesOf = (address: string): Uint8Array => fromHex(address.slice(2)) as Uint8Array;
/** A handoff of the stack to the heir, but for these members. */
const handoff = (change: Partial<Handoff> = {}, signer = node): Uint8Array => {
  const { bytes, signature } = signer.sign(
    handoffLayout.encode({
      ...{ ...context.ids, stack, node: node.id, owner: bytesOf(heir), rows: 3n, units: 70n, timestampMs: 5n },
      ...change,
    }),
  );
  return Buffer.concat([signature, bytes]);
};
const refused = (why: RegExp) => ({ code: 'BUYER_HANDOFF', details: { why: expect.stringMatching(why) } });

test('a handoff says what is used; what is left, and at which price, the chain says', async () => {
  expect(await checkHandoff(context.atoma, handoff())).toEqual({
    ...{ stack, node: node.id, task, level: 0, owner: heir, recorded: context.address, rows: 3n, price: 100n },
    ...{ units: 400_000n, used: 70n, left: 399_930n, expiryEpoch: context.book.find(stack)?.expiryEpoch },
  });
  expect(await checkHandoff(context.atoma, handoff({ units: 400_000n }))).toMatchObject({ left: 0n });
  expect(readHandoff(handoff()).units).toBe(70n);
});

const elsewhere = new Uint8Array(32).fill(9);
test.each<[what: string, make: () => Uint8Array, why: RegExp]>([
  ['of another chain', () => handoff({ chainId: elsewhere }), /of another chain or market/],
  ['of another market', () => handoff({ packageId: elsewhere }), /of another chain or market/],
  ['of a stack that is not there', () => handoff({ stack: 999n }), /settled or has ended/],
  ['that names another node', () => handoff({ node: other.id }), /not signed by 0x/],
  ['that another node signed', () => handoff({}, other), /not signed by 0x/],
  [
    'that was changed',
    () => {
      const bytes = handoff();
      return bytes.with(-1, (bytes.at(-1) as number) ^ 1);
    },
    /not signed by 0x/,
  ],
  ['by which more is used than was bought', () => handoff({ units: 400_001n }), /400001 units are used, of 400000/],
])('a handoff %s binds nobody', async (_, make, why) => {
  await expect(checkHandoff(context.atoma, make())).rejects.toMatchObject(refused(why));
});

test('bytes that are no handoff are told as such', async () => {
  for (const bytes of [new Uint8Array(), handoff().slice(-151)])
    await expect(checkHandoff(context.atoma, bytes)).rejects.toMatchObject({ code: 'WIRE_MALFORMED' });
  await expect(checkHandoff(context.atoma, handoff().slice(1))).rejects.toMatchObject({
    code: expect.stringMatching(/^WIRE_SIGNATURE/),
  });
});

test('nothing of a stack that has ended, or that is settled, can be taken over or given away', async () => {
  const [over, settled] = [await acquire(), await acquire()];
  await node.settle(over, 0n);
  await node.settle(settled, 9n);
  for (const id of [over, settled])
    await expect(checkHandoff(context.atoma, handoff({ stack: id }))).rejects.toMatchObject(
      refused(/settled or has ended/),
    );
  await expect(requestHandoff(context, over, heir)).rejects.toMatchObject(refused(/^the stack has ended$/));
});

test('who takes a stack over keeps the handoff, if it names him', async () => {
  const { context: mine } = await market.buyer();
  await expect(takeHandoff(mine, handoff())).rejects.toMatchObject(refused(/it names 0xabab.*, not this wallet/));
  expect(await keptHandoff(mine.journal, stack)).toBe(null);
  const shown = handoff({ owner: bytesOf(mine.address) });
  expect(await takeHandoff(mine, shown)).toMatchObject({ stack, owner: mine.address, used: 70n });
  expect(await keptHandoff(mine.journal, stack)).toEqual(Uint8Array.from(shown));
  expect(mine.book.find(stack)).toBe(undefined);
});

test('a stack that is here counts what was used before, and is complete where nothing else was billed', async () => {
  const { context: mine } = await market.buyer();
  const taken = async (row: Parameters<typeof journalStack>[1], requests: Parameters<typeof journalRequest>[1][]) => {
    await mine.book.add(journalStack(stack, { units: 400_000n, ...row }));
    for (const [at, each] of requests.entries())
      await mine.journal.addRequest(journalRequest(String(at), { stack, ...each }));
    await takeHandoff(mine, handoff({ owner: bytesOf(mine.address) }));
    const { usedBefore, complete } = mine.book.find(stack) ?? {};
    return [usedBefore, complete];
  };
  expect(await taken({ complete: false }, [])).toEqual([70n, true]);
  expect(await taken({ complete: false }, [{ stage: 'dropped', maxUnits: 5n }])).toEqual([70n, false]);
});

test('where all that is used is known, no other word counts: the handoff that was kept is the same one, another is refused', async () => {
  const { context: mine } = await market.buyer();
  const owner = bytesOf(mine.address);
  await mine.book.add(journalStack(stack, { complete: true }));
  const known = refused(/^this wallet knows by itself all that is used of it$/);
  await expect(takeHandoff(mine, handoff({ owner }))).rejects.toMatchObject(known);
  expect(await keptHandoff(mine.journal, stack)).toBe(null);
  await mine.book.change(stack, { complete: false });
  await takeHandoff(mine, handoff({ owner }));
  expect(await takeHandoff(mine, handoff({ owner }))).toMatchObject({ used: 70n });
  await expect(takeHandoff(mine, handoff({ owner, units: 71n }))).rejects.toMatchObject(known);
  expect(mine.book.find(stack)).toMatchObject({ usedBefore: 70n, complete: true });
});

test('what was taken over before a journal became a copy may have been used elsewhere since; what it takes over later is known', async () => {
  const open = (path: string) => openJournal({ path });
  const path = join(directory, 'journal.sqlite');
  const atoma = await market.wallet();
  const first = await market.buyer({}, { atoma, journal: await open(path) });
  const owner = bytesOf(first.context.address);
  await takeHandoff(first.context, handoff({ owner }));
  expect(await isKnownSince(first.context.journal, stack)).toBe(true);
  await first.buyer.close();
  rmSync(markOf(path));
  const later = await market.buyer({}, { atoma, journal: await open(path) });
  expect(await later.context.journal.getSetting(BEHIND)).toMatch(/-mark beside it is missing$/);
  expect(await isKnownSince(later.context.journal, stack)).toBe(false);
  const next = await acquire();
  await takeHandoff(later.context, handoff({ owner, stack: next }));
  expect(await isKnownSince(later.context.journal, next)).toBe(true);
  // Asked for anew, the first one bounds what its node may bill since.
  await takeHandoff(later.context, handoff({ owner }));
  expect(await isKnownSince(later.context.journal, stack)).toBe(true);
});

test('who is the recorded owner may have used a stack with another journal: a handoff then does not make it complete', async () => {
  const own = handoff({ owner: bytesOf(context.address) });
  await context.book.change(stack, { complete: false });
  await takeHandoff(context, own);
  expect(context.book.find(stack)).toMatchObject({ usedBefore: 70n, complete: false });
});

test('receipts of before the handoff leave a stack incomplete', async () => {
  const { context: mine } = await market.buyer();
  await mine.book.add(journalStack(stack, { complete: false }));
  const answer = { answer: Uint8Array.of(1), answerSignature: Uint8Array.of(2), index: 0, units: 0n, cumulative: 0n };
  await mine.journal.addRequest(journalRequest('r', { stack, stage: 'receipt', ...answer, finishedMs: 1 }));
  await takeHandoff(mine, handoff({ owner: bytesOf(mine.address) }));
  expect(mine.book.find(stack)).toMatchObject({ usedBefore: 70n, complete: false });
});

/** The node answers requests for handoffs with this. */
const answering = (json: unknown, status = 200): void => {
  node.script = ({ path }) => (path.endsWith('/handoff') ? jsonAnswer(json, { status }) : undefined);
};

test('a node that signs nothing, or something else, is told, and the stack stays', async () => {
  const asked = (json: unknown, status?: number) => {
    answering(json, status);
    return requestHandoff(context, stack, heir);
  };
  await expect(requestHandoff(context, stack, '0xab')).rejects.toMatchObject(refused(/^0xab is no address$/));
  await expect(requestHandoff(context, stack, 'ab')).rejects.toMatchObject(refused(/is no address$/));
  const error = { error: { message: 'a request is under way' } };
  await expect(asked(error, 409)).rejects.toMatchObject(refused(/^a request is under way$/));
  await expect(asked({}, 200)).rejects.toMatchObject(refused(/^its node answered 200$/));
  await expect(asked({ handoff: toBase64(handoff()) }, 500)).rejects.toMatchObject(refused(/^its node answered 500$/));
  const toOther = toBase64(handoff({ owner: elsewhere }));
  await expect(asked({ handoff: toOther })).rejects.toMatchObject(refused(/^its node signed something else$/));
  const ofOther = toBase64(handoff({ stack: await acquire() }));
  await expect(asked({ handoff: ofOther })).rejects.toMatchObject(refused(/^its node signed something else$/));
  expect(context.book.find(stack)?.stage).toBe('open');
});

test('a stack whose use is not known is handed to oneself, and kept; to somebody else, and used no more', async () => {
  await context.book.change(stack, { complete: false });
  const own = handoff({ owner: bytesOf(context.address) });
  answering({ handoff: toBase64(own) });
  expect((await requestHandoff(context, stack, context.address)).shown).toEqual(Uint8Array.from(own));
  expect(context.book.find(stack)).toMatchObject({ usedBefore: 70n, stage: 'open' });
  answering({ handoff: toBase64(handoff()) });
  expect(await requestHandoff(context, stack, heir)).toMatchObject({
    shown: Uint8Array.from(handoff()),
    handed: { stack, owner: heir },
  });
  const request = node.asked.at(-1);
  expect([request?.method, request?.path]).toEqual(['POST', `/v1/stacks/${stack}/handoff`]);
  expect(JSON.parse(Buffer.from(request?.body as Uint8Array).toString())).toEqual({ owner: heir });
  expect(context.book.find(stack)?.stage).toBe('settled');
  expect(await keptHandoff(context.journal, stack)).toEqual(Uint8Array.from(own));
});
