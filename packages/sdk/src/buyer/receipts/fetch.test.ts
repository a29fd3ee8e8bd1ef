/** Receipts that a node has and the journal has not, and the other way round. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { journalStack } from '../../testing/journal-fixtures.ts';
import {
  chatBody,
  isWork,
  jsonAnswer,
  openScriptedMarket,
  type ScriptedMarket,
  type ScriptedNode,
} from '../../testing/scripted-node.ts';
import { fromBase64, headerNames, toBase64 } from '../../wire/headers.ts';
import { inquiryLayout, type Receipt } from '../../wire/messages.ts';
import { messageSigner } from '../../wire/signature.ts';
import { openJournal } from '../journal/sqlite.ts';
import { type JournalStack, noAnswer } from '../journal/types.ts';
import type { NodeRequest } from '../transport/http.ts';
import { auditStack, noteSettlement, proveReceipt, seenSettlement } from './audit.ts';
import { fetchReceipts, readMetered, resolveLeftovers, resolveOpen } from './fetch.ts';
import { createNodeLedgerReader } from './node-ledger.ts';
import { restoreStack } from './restore.ts';

let market: ScriptedMarket;
let node: ScriptedNode;
beforeAll(async () => {
  market = await openScriptedMarket('receipts');
  node = await market.addNode([[await market.task({ model: 'm' }), 100n]]);
});
afterAll(() => market.close());
beforeEach(() => {
  node.script = () => undefined;
  node.served.length = 0;
});

const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], max_tokens: 20 }));
const ask = { endpoint: '/v1/chat/completions', contentType: 'application/json', body };
const hangUp = (): never => {
  throw new DOMException('socket hang up', 'NetworkError');
};
type Made = Awaited<ReturnType<ScriptedMarket['buyer']>>;
const stackOf = async ({ context }: Made): Promise<JournalStack> =>
  (await context.journal.listStacks())[0] as JournalStack;
const stagesOf = async ({ context }: Made) => (await context.journal.listRequests({})).map(({ stage }) => stage);

/** A buyer whose requests were billed (or not) by a node that answered nobody since. */
const lost = async (requests: number, bill = true) => {
  const made = await market.buyer({ stacksPerRequest: 1, autoPurchase: true });
  await made.buyer.buy(
    await made.buyer.plan({ model: 'm', endpoint: ask.endpoint, vision: false, units: 1n, tenant: '' }),
  );
  node.script = (request) => {
    if (isWork(request) && bill) node.bill(request, chatBody());
    return isWork(request) || request.path.startsWith('/v1/receipts') ? hangUp() : undefined;
  };
  for (let i = 0; i < requests; i++) {
    await made.buyer.deliver(ask).catch(() => undefined);
    made.context.directory.noteLatency(node.id, 1); // it does not rest
  }
  node.script = () => undefined;
  made.events.length = 0;
  return { ...made, stack: await stackOf(made) };
};

test('requests without an end are asked about one by one: receipts are booked, and what the node never had stays', async () => {
  const made = await lost(2);
  const { context, stack, of } = made;
  expect([await stagesOf(made), context.book.find(stack.stack)?.used]).toEqual([['dropped', 'dropped'], 0n]);
  node.served.pop();
  expect(await resolveOpen(context, stack)).toEqual({ receipts: 1, refusals: 0, fault: null });
  expect((await stagesOf(made)).sort()).toEqual(['dropped', 'receipt']);
  expect(context.book.find(stack.stack)).toMatchObject({ used: 9n, promised: 0n });
  expect(of('receipt')).toMatchObject([{ units: 9n, cost: 900n, stack: stack.stack, node: node.id }]);
});

test('a refusal frees what was promised, where the node signed it', async () => {
  const made = await lost(2, false);
  const { context, stack } = made;
  const ids = (await context.journal.listRequests({})).map(({ requestId }) => requestId).reverse();
  const works = new Map(
    node
      .work()
      .slice(-2)
      .map((request, at) => [`/v1/receipts/${ids[at]}`, request]),
  );
  const refusing =
    (sign: boolean) =>
    ({ path }: NodeRequest) => {
      const work = works.get(path);
      if (!work) return undefined;
      const { bytes, signature } = node.refuse(work, 'overloaded');
      return jsonAnswer({
        refusal: toBase64(bytes),
        refusal_signature: toBase64(sign ? signature : signature.fill(0, 1, 9)),
      });
    };
  node.script = refusing(false);
  expect(await resolveOpen(context, stack)).toMatchObject({ refusals: 0 });
  node.script = refusing(true);
  expect(await resolveOpen(context, stack)).toEqual({ receipts: 0, refusals: 2, fault: null });
  expect(await stagesOf(made)).toEqual(['refused', 'refused']);
  const [row] = await context.journal.listRequests({});
  expect([row?.answer?.length, row?.answerSignature?.length]).toEqual([expect.any(Number), 97]);
  expect(context.book.find(stack.stack)).toMatchObject({ used: 0n, promised: 0n, free: 400_000n });
});

test('a node that cannot be asked is the fault; a receipt that is wrong is one too, and is kept as evidence', async () => {
  const { context, stack } = await lost(1);
  node.script = hangUp;
  expect(await resolveOpen(context, stack)).toMatchObject({ receipts: 0, fault: expect.stringContaining('hang up') });
  node.script = () => undefined;
  const [served] = node.served;
  Object.assign(served as object, { receipt: node.sign((served as { envelopeBytes: Uint8Array }).envelopeBytes) });
  const { fault } = await resolveOpen(context, stack);
  expect(fault).toMatch(/failed verification/);
  expect(await context.journal.listEvidence(node.id)).toHaveLength(1);
});

test('what an earlier process left open is resolved at the start, or counted as possible loss', async () => {
  const made = await lost(2);
  const { context, stack } = made;
  const { stack: id } = stack;
  node.served.pop();
  for (const { requestId, maxUnits } of await context.journal.listRequests({})) {
    await context.journal.finishRequest(requestId, {
      ...{ stage: 'open', index: null, units: null, cumulative: null, answer: null, answerSignature: null },
      finishedMs: null,
    });
    context.book.promise(id, maxUnits);
  }
  expect(context.book.find(id)?.promised).toBeGreaterThan(0n);
  await resolveLeftovers(context);
  expect((await stagesOf(made)).sort()).toEqual(['dropped', 'receipt']);
  expect(context.book.find(id)).toMatchObject({ used: 9n, promised: 0n });
  expect((await context.journal.listRequests({})).every(({ finishedMs }) => finishedMs !== null)).toBe(true);
  const asked = node.asked.length;
  await resolveLeftovers(context);
  expect(node.asked.length).toBe(asked);
});

test('a node that takes its time with every answer keeps no start waiting', async () => {
  const clock = { ms: Date.now() };
  const made = await lost(5, false);
  for (const row of await made.context.journal.listRequests({}))
    await made.context.journal.finishRequest(row.requestId, { ...noAnswer, stage: 'open', finishedMs: null });
  const asked = node.asked.length;
  node.script = ({ path }) => {
    if (!path.startsWith('/v1/receipts/')) return undefined;
    clock.ms += 50_000;
    return jsonAnswer({ state: 'pending' });
  };
  await resolveLeftovers({ ...made.context, now: () => clock.ms });
  expect(node.asked.slice(asked).filter(({ path }) => path.startsWith('/v1/receipts/'))).toHaveLength(3);
  expect(new Set(await stagesOf(made))).toEqual(new Set(['dropped']));
});

test('all receipts of a stack are fetched, page by page, each once', async () => {
  const made = await lost(3);
  const { context, stack, of } = made;
  const paths: string[] = [];
  const { served } = node;
  const row = (at: number) => {
    const { receipt } = served[at] as (typeof served)[number];
    return { receipt: toBase64(receipt.bytes), signature: toBase64(receipt.signature) };
  };
  const pages: Record<string, unknown> = {
    0: { receipts: [row(0), null, { state: 'pending' }], next: 2 },
    2: { receipts: [row(1), row(2)], next: 2 },
  };
  node.script = ({ path }) => {
    if (!path.startsWith('/v1/receipts?')) return undefined;
    paths.push(path);
    return jsonAnswer(pages[path.split('from=')[1] as string]);
  };
  expect(await fetchReceipts(context, stack)).toEqual({ receipts: 3, refusals: 0, fault: null });
  expect(paths).toEqual([0, 2].map((from) => `/v1/receipts?stack=${stack.stack}&from=${from}`));
  expect(await fetchReceipts(context, stack)).toEqual({ receipts: 0, refusals: 0, fault: null });
  expect([context.book.find(stack.stack)?.used, of('receipt').length, of('foreign')]).toEqual([27n, 3, []]);
  expect((await stackOf(made)).complete).toBe(true);
  node.script = ({ path }) =>
    path.startsWith('/v1/receipts?') ? jsonAnswer({ receipts: 'x' }, { status: 500 }) : undefined;
  expect(await fetchReceipts(context, stack)).toMatchObject({ fault: 'the node answered 500' });
  node.script = hangUp;
  expect(await fetchReceipts(context, stack)).toMatchObject({ fault: expect.stringContaining('hang up') });
});

test.each<[what: string, receipts: (at: number) => unknown[], next: (at: number) => unknown, pages: number]>([
  ['pages without receipts', () => [], (at) => at + 1, 1],
  ['places behind all units that were bought', () => [null], () => 400_001, 1],
  ['a place that is none', () => [null], () => 1.5, 1],
  ['no more pages than units were bought', () => [null], (at) => at + 100_000, 5],
])('a node that never comes to the end of its receipts is not asked for ever: %s', async (_, receipts, next, pages) => {
  const { context, stack } = await lost(0);
  const asked: number[] = [];
  node.script = ({ path }) => {
    if (!path.startsWith('/v1/receipts?')) return undefined;
    const at = Number(path.split('from=')[1]);
    if (asked.push(at) > 10) return hangUp();
    return jsonAnswer({ receipts: receipts(at), next: next(at) });
  };
  expect(await fetchReceipts(context, stack)).toEqual({ receipts: 0, refusals: 0, fault: null });
  expect(asked).toHaveLength(pages);
});

/** Requests of another journal of the same wallet. */
const elsewhere = async () => {
  const atoma = await market.wallet();
  const first = await market.buyer({}, { atoma });
  await first.buyer.deliver(ask);
  const second = await market.buyer({}, { atoma });
  await second.buyer.deliver(ask);
  return { first, stack: await stackOf(first) };
};

test('requests of another journal of the wallet are taken, where the wallet signed them, and said once', async () => {
  const { first, stack } = await elsewhere();
  const { context, of } = first;
  const [, other] = node.served as [unknown, (typeof node.served)[number]];
  const { envelopeBytes, envelopeSignature } = other;
  const stranger = messageSigner((await market.wallet(0n)).signer as never).sign(envelopeBytes);
  const shows: readonly [envelope: Uint8Array, signature: Uint8Array][] = [
    [envelopeBytes, stranger],
    [envelopeBytes, envelopeSignature.with(5, (envelopeSignature[5] as number) ^ 1)],
    [(node.served[0] as typeof other).envelopeBytes, (node.served[0] as typeof other).envelopeSignature],
    [envelopeBytes, new Uint8Array()],
  ];
  for (const [envelope, signature] of shows) {
    Object.assign(other, { envelopeBytes: envelope, envelopeSignature: signature });
    expect(await fetchReceipts(context, stack)).toEqual({ receipts: 0, refusals: 0, fault: null });
  }
  node.script = ({ path }) => {
    const { bytes, signature } = other.receipt;
    const bare = { receipt: toBase64(bytes), signature: toBase64(signature) };
    return path.startsWith('/v1/receipts?') ? jsonAnswer({ receipts: [bare] }) : undefined;
  };
  expect(await fetchReceipts(context, stack)).toMatchObject({ receipts: 0 });
  node.script = () => undefined;
  expect([(await stackOf(first)).complete, of('foreign')]).toEqual([true, []]);
  Object.assign(other, { envelopeBytes, envelopeSignature });
  expect(await fetchReceipts(context, stack)).toEqual({ receipts: 1, refusals: 0, fault: null });
  expect(of('foreign')).toEqual([{ kind: 'foreign', stack: stack.stack, node: node.id, requests: 1 }]);
  const known = await stackOf(first);
  expect([known.complete, context.book.find(stack.stack)?.used]).toEqual([false, 18n]);
  await fetchReceipts(context, known);
  expect(of('foreign')).toHaveLength(1);
});

test.each<[what: string, change: Partial<Receipt>]>([
  ['another stack', { stack: 99n }],
  ['another node', { node: 99n }],
  ['another chain', { chainId: new Uint8Array(32) }],
  ['another market', { packageId: new Uint8Array(32) }],
])('a receipt of %s is none of this stack', async (_, change) => {
  const made = await lost(1, false);
  const own = { ...made.stack, complete: false };
  const [request] = node.work().slice(-1) as [NodeRequest];
  node.bill(request, chatBody(), change);
  const { receipt } = node.served[0] as (typeof node.served)[number];
  const row = { receipt: toBase64(receipt.bytes), signature: toBase64(receipt.signature) };
  node.script = ({ path }) => (path.startsWith('/v1/receipts?') ? jsonAnswer({ receipts: [row] }) : undefined);
  expect(await fetchReceipts(made.context, own)).toEqual({ receipts: 0, refusals: 0, fault: null });
  node.served.length = 0;
  const honest = node.bill(request, chatBody());
  node.script = ({ path }) => {
    const signature = messageSigner(made.context.signer).sign(honest.bytes);
    const forged = { receipt: toBase64(honest.bytes), signature: toBase64(signature) };
    return path.startsWith('/v1/receipts?') ? jsonAnswer({ receipts: [forged] }) : undefined;
  };
  expect(await fetchReceipts(made.context, own)).toMatchObject({ receipts: 0 });
});

test('the node’s own meter is read, and what is no number is no answer', async () => {
  const { context, stack } = await lost(2);
  expect(await readMetered(context, stack)).toBe(18n);
  for (const [json, status] of [
    [{ consumed: 18 }, 200],
    [{ consumed: '-1' }, 200],
    [{ consumed: '18' }, 404],
    [{ consumed: '123456789012345678901' }, 200],
  ] as const) {
    node.script = ({ path }) => (path.startsWith('/v1/stacks') ? jsonAnswer(json, { status }) : undefined);
    await expect(readMetered(context, stack)).rejects.toMatchObject({ code: 'BUYER_UNREACHABLE' });
  }
});

test('an audit completes the receipts and holds them against the chain; a proof is made of a whole history alone', async () => {
  const { context, stack } = await lost(3);
  const held = node.served.splice(1, 1);
  expect(await auditStack(context, stack.stack)).toMatchObject({
    ...{
      fetched: 2,
      fault: null,
      receipts: 2,
      gaps: [1],
      claimed: null,
      rootMatches: null,
      agrees: true,
      bought: 400_000n,
    },
  });
  const prove = (which: Parameters<typeof proveReceipt>[2]) => proveReceipt(context, stack.stack, which);
  await expect(prove({ index: 0 })).rejects.toMatchObject({
    code: 'BUYER_HISTORY_INCOMPLETE',
    details: { why: 'indices 1 are missing' },
  });
  node.served.splice(1, 0, ...held);
  expect(await auditStack(context, stack.stack)).toMatchObject({ fetched: 1, receipts: 3, gaps: [] });
  const [, , first] = await context.journal.listRequests({});
  expect((await prove({ index: 2 })).proof.index).toBe(2);
  expect((await prove({ requestId: first?.requestId as string })).json).toContain('"index"');
  for (const which of [{ index: 3 }, { requestId: 'none' }, {}])
    await expect(prove(which)).rejects.toMatchObject({ code: 'BUYER_RECEIPT_UNKNOWN' });
  node.script = hangUp;
  expect(await auditStack(context, stack.stack)).toMatchObject({
    fetched: 0,
    fault: expect.stringContaining('hang up'),
  });
});

test('a node that lost receipts is given them in order, a hundred at a time, and takes work again with the last', async () => {
  const made = await market.buyer();
  for (let i = 0; i < 3; i++) await made.buyer.deliver(ask);
  const { context } = made;
  const { stack } = await stackOf(made);
  const uploads: { rows: Record<string, unknown>[]; complete: boolean }[] = [];
  node.script = (request) => {
    if (request.path !== '/v1/receipts/import') return undefined;
    const upload = JSON.parse(Buffer.from(request.body as Uint8Array).toString('utf8'));
    uploads.push(upload);
    return jsonAnswer({ adopted: upload.rows.length, reopened: upload.complete });
  };
  expect(await restoreStack(context, stack)).toEqual({ stack, sent: 3, adopted: 3, reopened: true });
  const [upload] = uploads;
  const receipts = node.served.map(({ receipt }) => toBase64(receipt.bytes));
  expect([upload?.complete, upload?.rows.map(({ receipt }) => receipt)]).toEqual([true, receipts]);
  expect(upload?.rows[0]).toEqual({
    receipt: receipts[0],
    receipt_signature: toBase64(node.served[0]?.receipt.signature as Uint8Array),
    envelope: toBase64(node.served[0]?.envelopeBytes as Uint8Array),
    signature: toBase64(node.served[0]?.envelopeSignature as Uint8Array),
  });
  const [row] = await context.journal.listRequests({});
  for (let i = 0; i < 198; i++)
    await context.journal.addRequest({ ...(row as NonNullable<typeof row>), requestId: `copy ${i}` });
  uploads.length = 0;
  expect(await restoreStack(context, stack)).toMatchObject({ sent: 201, adopted: 201, reopened: true });
  expect(uploads.map(({ rows, complete }) => [rows.length, complete])).toEqual([
    [100, false],
    [100, false],
    [1, true],
  ]);
  await context.journal.addForeignReceipt(
    stack,
    { ...(await context.journal.listReceipts(stack))[0], requestId: 'foreign' } as never,
    1,
  );
  expect(await restoreStack(context, stack)).toMatchObject({ sent: 201 });
  node.script = () => jsonAnswer({ error: { message: 'not in quarantine' } }, { status: 409 });
  await expect(restoreStack(context, stack)).rejects.toMatchObject({ details: { why: 'not in quarantine' } });
  node.script = () => jsonAnswer({}, { status: 409 });
  await expect(restoreStack(context, stack)).rejects.toMatchObject({ details: { why: 'it answered 409' } });
  await expect(restoreStack(context, 999n)).rejects.toMatchObject({ code: 'BUYER_RECEIPT_UNKNOWN' });
});

test('a stack without a receipt is restored by an empty list, which is whole', async () => {
  const { context } = await market.buyer();
  await context.book.add(journalStack(77n, { node: node.id }));
  let sent: unknown;
  node.script = (request) => {
    if (request.path !== '/v1/receipts/import') return undefined;
    sent = JSON.parse(Buffer.from(request.body as Uint8Array).toString('utf8'));
    return jsonAnswer({ reopened: 'yes' });
  };
  expect(await restoreStack(context, 77n)).toEqual({ stack: 77n, sent: 0, adopted: 0, reopened: false });
  expect(sent).toEqual({ rows: [], complete: true });
});

test('at level 1 the bodies go with the receipts, and how far an answer was cut, where one choice tells', async () => {
  const made = await market.buyer();
  await made.buyer.deliver(ask);
  const { stack } = await stackOf(made);
  const [request] = await made.context.journal.listRequests({});
  const [work] = node.work().slice(-1) as [NodeRequest];
  node.served.length = 0;
  const cut = node.bill(work, chatBody(), { flags: 1 });
  const journal = await openJournal({ path: ':memory:' });
  await journal.putStack({ ...(await stackOf(made)), level: 1 });
  const add = (requestId: string, index: number, json: object | null, answer = cut.bytes) =>
    journal.addRequest({
      ...(request as NonNullable<typeof request>),
      ...{ requestId, index, answer, body: json === null ? null : Buffer.from(JSON.stringify(json)) },
    });
  await add('d', 3, { n: 2 });
  await add('c', 2, { n: 1 });
  await add('b', 1, {});
  await add('a', 0, null);
  await add('e', 4, {}, request?.answer as Uint8Array);
  let rows: Record<string, unknown>[] = [];
  node.script = ({ path, body: sent }) => {
    if (path !== '/v1/receipts/import') return undefined;
    ({ rows } = JSON.parse(Buffer.from(sent as Uint8Array).toString('utf8')));
    return jsonAnswer({});
  };
  await restoreStack({ ...made.context, journal }, stack);
  expect(
    rows.map(({ cut: units, body: sent }) => [units, sent && Buffer.from(String(sent), 'base64').toString()]),
  ).toEqual([
    [[5], undefined],
    [[5], '{}'],
    [[5], '{"n":1}'],
    [undefined, '{"n":2}'],
    [undefined, '{}'],
  ]);
});

test('the node’s side of a stack: what it metered, claimed and signed, page by page', async () => {
  const made = await market.buyer();
  await made.buyer.deliver(ask);
  await made.buyer.deliver(ask);
  const { stack, node: id } = await stackOf(made);
  const options = { allowPrivateNodes: false, transport: market.send, now: () => 5 };
  const reader = createNodeLedgerReader(made.context.atoma, options);
  const leaves = (await made.context.journal.listReceipts(stack)).map(({ requestId, index, units }) => {
    return { requestId, index, units };
  });
  expect(leaves).toHaveLength(2);
  expect(await reader.read({ node: id, stack })).toEqual({ consumed: 18n, claimed: null, leaves });
  const inquiry = fromBase64(node.asked.at(-1)?.headers[headerNames.inquiry] as string) as Uint8Array;
  expect(inquiryLayout.decode(inquiry)).toMatchObject({ node: id, stack, timestampMs: 5n });

  const row = (at: number) => {
    const { receipt } = node.served[at] as (typeof node.served)[number];
    return { receipt: toBase64(receipt.bytes), signature: toBase64(receipt.signature) };
  };
  const pages: Record<string, unknown> = {
    [`/v1/stacks/${stack}`]: { consumed: '20', claimed: '17' },
    [`/v1/receipts?stack=${stack}&from=0`]: { receipts: [row(0), null, { state: 'pending' }], next: 2 },
    [`/v1/receipts?stack=${stack}&from=2`]: { receipts: [row(1)], next: 2 },
  };
  node.script = ({ path }) => jsonAnswer(pages[path]);
  expect(await reader.read({ node: id, stack })).toEqual({ consumed: 20n, claimed: 17n, leaves });
  for (const consumed of [7, 'x', '1x', '', '1'.repeat(21)]) {
    node.script = ({ path }) => jsonAnswer(path.includes('stacks') ? { consumed } : { receipts: 'x', next: '1' });
    expect(await reader.read({ node: id, stack })).toEqual({ consumed: 0n, claimed: null, leaves: [] });
  }
});

test('a node that does not answer for a stack is told with its reason', async () => {
  const { context } = await market.buyer();
  const reader = createNodeLedgerReader(context.atoma, { allowPrivateNodes: true, transport: market.send });
  const why = (of = node.id) =>
    reader.read({ node: of, stack: 1n }).catch(({ code, details }) => [code, details.why] as const);
  node.script = () => jsonAnswer({ error: { code: 'not_stack_owner' } }, { status: 403 });
  expect(await why()).toEqual(['BUYER_UNREACHABLE', 'it answered 403 not_stack_owner']);
  node.script = () => jsonAnswer({}, { status: 500 });
  expect(await why()).toEqual(['BUYER_UNREACHABLE', 'it answered 500']);
  expect(await why(999n)).toEqual(['BUYER_UNREACHABLE', 'it has no address']);
  reader.close();
  // Without a transport of the caller's it makes one: a name that answers nobody.
  const own = createNodeLedgerReader(context.atoma, { allowPrivateNodes: true });
  await expect(own.read({ node: node.id, stack: 1n })).rejects.toMatchObject({ code: 'BUYER_UNREACHABLE' });
  own.close();
});

test('what an ended stack was settled with is read from the events, the first time; of a settled one from its ticket', async () => {
  const [one, two] = [await lost(0), await lost(0)];
  const audit = async ({ context, stack }: typeof one) => {
    const { claimed } = await auditStack(context, stack.stack);
    return [claimed, (await seenSettlement(context.journal, stack.stack))?.committedStackProof[0]];
  };
  expect(await audit(one)).toEqual([null, undefined]);
  await node.settle(one.stack.stack, 0n, 1);
  await node.settle(two.stack.stack, 0n, 2);
  expect(await audit(one)).toEqual([0n, 1]);
  expect(await audit(two)).toEqual([0n, 2]);
  await noteSettlement(one.context.journal, one.stack.stack, { claimed: 5n, committedStackProof: Uint8Array.of(7) });
  expect(await audit(one)).toEqual([5n, 7]);
  await one.context.journal.putStack({ ...one.stack, stack: 999n });
  expect(await audit({ ...one, stack: { ...one.stack, stack: 999n } })).toEqual([null, undefined]);
  const three = await lost(0);
  await node.settle(three.stack.stack, 8n, 3);
  expect(await audit(three)).toEqual([8n, 3]);
});

test('what was seen of a settlement says nothing of a stack that is open', async () => {
  const { context, stack } = await lost(0);
  await noteSettlement(context.journal, stack.stack, { claimed: 5n, committedStackProof: Uint8Array.of(7) });
  expect((await auditStack(context, stack.stack)).claimed).toBe(null);
});
