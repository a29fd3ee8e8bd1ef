/**
 * Scenarios of acceptance with daemons that are processes of their own. Numbers are those of the design; 1 is in settle/crash.long.test.ts
 * and store/sqlite/crash.slow.test.ts, 10 in the gateway's buyer-crash.slow.test.ts, both with processes too.
 */
import { envelopeLayout, getConfig, getNode, getTicket, receiptLayout } from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, encode, endpoint, makeBuyer, N, PATIENCE_MS, question, signed, soon } from './testing/acceptance.ts';
import { askOver, MODEL, type NodeProcess, openProcessFleet, type ProcessFleet } from './testing/processes.ts';

let two: ProcessFleet;
let elsewhere: ProcessFleet;
beforeAll(async () => {
  [two, elsewhere] = await Promise.all([
    openProcessFleet({ nodes: 2, seed: 'two' }),
    openProcessFleet({ nodes: 1, seed: 'elsewhere' }),
  ]);
}, PATIENCE_MS);
afterAll(async () => {
  await two.close();
  await elsewhere.close();
});

const known = async (server: NodeProcess, stack: bigint) =>
  expect.poll(async () => (await server.tell()).stacks[String(stack)]?.state, soon).toBe('open');
const rowOf = async (server: NodeProcess, stack: bigint) => (await server.tell()).stacks[String(stack)];

test('the official client works against a daemon through the signing fetch, whole and streamed', async () => {
  const { stack, server } = await two.buy();
  await known(server, stack);
  const receipts: bigint[] = [];
  const client = new OpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: 'unused',
    maxRetries: 0,
    fetch: two.fetchFor(stack, server, ({ units }) => receipts.push(units)),
  });
  const messages = [{ role: 'user' as const, content: 'what is a receipt?' }];
  const whole = await client.chat.completions.create({ model: MODEL, messages, seed: 4 });
  let text = '';
  for await (const chunk of await client.chat.completions.create({ model: MODEL, messages, seed: 4, stream: true }))
    text += chunk.choices[0]?.delta.content ?? '';
  expect(text).toBe(whole.choices[0]?.message.content);
  expect(receipts).toEqual([BigInt(whole.usage?.total_tokens ?? 0), BigInt(whole.usage?.total_tokens ?? 0)]);
  const error = await client.chat.completions.create({ model: MODEL, messages: [] }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 400, code: 'invalid_request', param: 'messages' });
});

test('2: the same envelope fifty times in parallel, and again: one leaf, equal bodies, one receipt', async () => {
  const { stack, server } = await two.buy();
  await known(server, stack);
  const request = await signed(two, stack, server, question());
  const answers = await Promise.all(Array.from({ length: 50 }, () => request.send()));
  answers.push(await request.send());
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
  expect(new Set(answers.map(({ headers }) => headers.get('atoma-receipt'))).size).toBe(1);
  expect(answers.filter(({ headers }) => headers.get('atoma-replayed') === '1')).toHaveLength(50);
  const before = await rowOf(server, stack);
  expect(before).toMatchObject({ leaves: 1, reserved: '0' });
  const other = await signed(two, stack, server, question({ seed: 1 }));
  const reused = envelopeLayout.encode({ ...other.envelope, requestId: request.envelope.requestId });
  const { messageSigner } = await import('@atoma/sdk');
  const headers = {
    'atoma-envelope': Buffer.from(reused).toString('base64'),
    'atoma-signature': Buffer.from(messageSigner(two.buyer.signer as Signer).sign(reused)).toString('base64'),
  };
  expect(await codeOf(await other.send(server, { headers }))).toEqual([409, 'request_id_reused']);
  expect(await rowOf(server, stack)).toEqual(before);
});

test('3: a captured request, at another stack, node, market, with another body, or late', async () => {
  const { stack, server } = await two.buy();
  let second = await two.buy();
  while (second.server !== server) second = await two.buy();
  await known(server, second.stack);
  const request = await signed(two, stack, server, question());
  const first = await request.send();
  const answer = await first.text();
  const edited = envelopeLayout.encode({ ...request.envelope, stack: second.stack });
  const headers = { 'atoma-envelope': Buffer.from(edited).toString('base64') };
  expect(await codeOf(await request.send(server, { headers }))).toEqual([401, 'signature_invalid']);
  const neighbour = two.nodes.find((node) => node !== server) as NodeProcess;
  expect(await codeOf(await request.send(neighbour))).toEqual([403, 'wrong_node']);
  const [foreign] = elsewhere.nodes as [NodeProcess];
  expect(await codeOf(await request.send(foreign))).toEqual([403, 'wrong_network']);
  expect(await codeOf(await request.send(server, { body: encode(question({ n: 2 })) }))).toEqual([
    401,
    'body_hash_mismatch',
  ]);
  const unsent = await signed(two, stack, server, question());
  await server.tell({ clockOffsetMs: 600_000 });
  const late = await request.send();
  expect([late.status, late.headers.get('atoma-receipt'), await late.text()]).toEqual([
    200,
    first.headers.get('atoma-receipt'),
    answer,
  ]);
  expect(await codeOf(await unsent.send())).toEqual([401, 'timestamp_out_of_window']);
  await server.tell({ clockOffsetMs: 0 });
  expect(await rowOf(server, stack)).toMatchObject({ leaves: 1, reserved: '0' });
  expect(await rowOf(server, second.stack)).toMatchObject({ leaves: 0, consumed: '0' });
});

test('9: two daemons: the same database, the same badge with another database, and a settlement by someone else', async () => {
  const { stack, server } = await two.buy();
  await known(server, stack);
  const ask = two.fetchFor(stack, server);
  expect(await askOver(ask, server, 'one')).toMatch(/^(?!error)/);
  const refused = await server.startBeside({ takeover: true });
  expect(refused).toContain('NODE_DATABASE_IN_USE');
  expect(refused).toContain(String(server.pid()));
  const database = `${process.env.TMPDIR ?? '/tmp'}/atoma-other-${process.pid}.db`;
  expect(await server.startBeside({ database })).toContain('NODE_OTHER_INSTANCE');
  expect(await askOver(ask, server, 'two')).toMatch(/^(?!error)/);

  const { committedStackProof, executedResult, openedRoot, partyLeaf, trySettleStack } = await import('@atoma/sdk');
  const root = openedRoot({ merkleRoot: new Uint8Array(32).fill(9), stackSmallId: stack, units: 1n });
  executedResult(
    await trySettleStack(server.actor, {
      stackSmallId: stack,
      nodeSmallId: server.id,
      numClaimedComputeUnits: 1n,
      committedStackProof: committedStackProof(root, 1),
      stackMerkleLeaf: partyLeaf(root, 0),
    }),
  );
  await expect.poll(async () => (await server.tell()).alarms, soon).toContain('foreign_settlement');
  expect(await askOver(ask, server, 'three')).toBe('error stack_settling');
});

test(
  '8: a node whose clock is ten minutes off takes no new work, settles all the same, and recovers',
  async () => {
    const fleet = await openProcessFleet({ nodes: 1, seed: 'clock', process: () => ({ clockCheck: true }) });
    const [server] = fleet.nodes as [NodeProcess];
    const { stack } = await fleet.buy();
    await known(server, stack);
    // The ledger's clock is logical: the node's follows it, then leaves it.
    const { chainState } = await import('@atoma/localnet');
    const { donate, executedResult } = await import('@atoma/sdk');
    const behind = () => chainState(fleet.market.ledger).timestampMs - Date.now();
    const checkpoint = async () => void executedResult(await donate(fleet.buyer, { amount: 1n }));
    const readiness = async (offset: number) => {
      await checkpoint();
      return (await server.tell({ clockOffsetMs: behind() + offset })).ready;
    };
    await expect.poll(() => readiness(0), soon).toBe(true);
    const now = () => chainState(fleet.market.ledger).timestampMs;
    expect(await codeOf(await (await signed(fleet, stack, server, question(), now() + 600_000)).send())).toEqual([
      401,
      'timestamp_out_of_window',
    ]);
    expect((await (await signed(fleet, stack, server, question(), now())).send()).status).toBe(200);
    await expect.poll(() => readiness(600_000), soon).toBe(false);
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    expect(await codeOf(await (await signed(fleet, stack, server, question(), now() + 600_000)).send())).toEqual([
      503,
      'not_ready',
    ]);
    await server.tell({ ask: 'settleUsed' });
    await expect.poll(async () => (await fleet.events('StackTrySettleEvent')).length, soon).toBe(1);
    await expect.poll(() => readiness(0), soon).toBe(true);
    await fleet.close();
  },
  PATIENCE_MS,
);

test(
  '5: a client that closes its stream pays for what was made; its retry and an attester get exactly that',
  async () => {
    const fleet = await openProcessFleet({
      nodes: 3,
      level: 1,
      alwaysAttest: true,
      seed: 'cut',
      process: () => ({ lettersPerSecond: 400 }),
    });
    const { stack, server } = await fleet.buy();
    await known(server, stack);
    const stop = new AbortController();
    const request = await signed(fleet, stack, server, question({ stream: true, max_tokens: 200 }));
    const answer = await request.send(server, { signal: stop.signal });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    let seen = '';
    while ((seen.match(/"content"/g) ?? []).length < 20)
      seen += Buffer.from((await reader.read()).value ?? []).toString();
    stop.abort();
    await expect.poll(async () => (await rowOf(server, stack))?.leaves, soon).toBe(1);
    expect(await rowOf(server, stack)).toMatchObject({ reserved: '0' });
    const text = await (await request.send()).text();
    expect(text.startsWith(seen.slice(0, seen.lastIndexOf('\n\n')))).toBe(true);
    expect(text).toContain('"finish_reason":"length"');
    expect(text.trimEnd().endsWith('[DONE]')).toBe(true);
    const told = JSON.parse(/event: atoma\.receipt\ndata: (.*)\n/.exec(text)?.[1] ?? '{}') as { receipt: string };
    const receipt = receiptLayout.decode(new Uint8Array(Buffer.from(told.receipt, 'base64')));
    expect(receipt).toMatchObject({ flags: 1, index: 0n });
    expect(receipt.completionUnits).toBeGreaterThan(19n);
    expect(receipt.completionUnits).toBeLessThan(200n);
    expect(await rowOf(server, stack)).toMatchObject({ leaves: 1, consumed: String(receipt.units) });
    await server.tell({ ask: 'settleUsed' });
    await expect
      .poll(
        () =>
          getTicket(fleet.buyer, { stackSmallId: stack }).then(
            ({ state }) => state,
            () => 'not yet',
          ),
        soon,
      )
      .toBe('clean');
    await fleet.close();
  },
  PATIENCE_MS,
);

test(
  '12: a node that is gone for ever: no receipt, notice, and the money is back two epochs later, not one',
  async () => {
    const fleet = await openProcessFleet({ nodes: 1, level: 1, seed: 'gone' });
    const [server] = fleet.nodes as [NodeProcess];
    const { buyer, of } = await makeBuyer(fleet, { nodePolicy: 'any' });
    const before = await fleet.toma(fleet.buyer);
    const want = { model: MODEL, endpoint, vision: false, units: N, tenant: '' };
    const { stack } = await buyer.buy(await buyer.plan(want));
    expect(await fleet.toma(fleet.buyer)).toBe(before - 120_000_000n);
    expect((await getNode(fleet.buyer, { nodeSmallId: server.id })).bonded).toBe(200_000_000n);
    await server.signal('SIGKILL');
    await expect(new OpenAI(buyer.openai()).chat.completions.create(question() as never)).rejects.toMatchObject({
      status: 503,
    });
    expect(of('receipt')).toEqual([]);
    fleet.market.nextEpoch();
    expect(await buyer.watchOnce()).toMatchObject([{ stack, did: 'noticed' }]);
    expect((await buyer.stacks())[0]).toMatchObject({ stage: 'notice', noticeEpoch: fleet.market.epoch() });
    fleet.market.nextEpoch();
    await expect(buyer.reclaim(stack)).rejects.toMatchObject({ code: 'BUYER_OUTBOX' });
    fleet.market.nextEpoch();
    expect(await buyer.watchOnce()).toMatchObject([{ did: 'reclaimed' }]);
    expect(await fleet.toma(fleet.buyer)).toBe(before);
    expect((await getNode(fleet.buyer, { nodeSmallId: server.id })).bonded).toBe(0n);
    await buyer.close();
    await fleet.close();
  },
  PATIENCE_MS,
);

test(
  '4: a daemon that claims the whole stack is disputed with the one receipt there is, convicted, and pays',
  async () => {
    const fleet = await openProcessFleet({ nodes: 6, seed: 'overclaim' });
    const { buyer } = await makeBuyer(fleet, { autoPurchase: false });
    const want = { model: MODEL, endpoint, vision: false, units: N, tenant: '' };
    await buyer.buy(await buyer.plan(want));
    const content = 'a'.repeat(400_000 - 40 - 'user'.length - 1);
    const client = new OpenAI(buyer.openai());
    const answer = await client.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content }],
      max_tokens: 40,
    });
    expect(answer.usage?.total_tokens).toBe(400_000);
    const [own] = await buyer.stacks();
    const [stack, server] = [own?.stack as bigint, fleet.byNode(own?.node as bigint)];
    const before = {
      buyer: await fleet.toma(fleet.buyer),
      pool: (await getConfig(fleet.buyer)).pool,
      earnings: await Promise.all(
        fleet.nodes.map(async ({ id }) => (await getNode(fleet.buyer, { nodeSmallId: id })).earnings),
      ),
    };
    await server.tell({ cheat: 'overClaim' });
    await server.tell({ ask: 'settleUsed' });
    await expect.poll(async () => (await fleet.events('StackTrySettleEvent')).length, soon).toBe(1);
    expect(await buyer.watchOnce()).toMatchObject([
      {
        stack,
        did: 'disputed',
        finding: { finding: 'overClaim', claimed: N, known: 400_000n, open: 0n, bond: 100_000_000n },
      },
    ]);
    await buyer.watchOnce(); // brings the receipt to the jurors
    fleet.market.nextEpoch();
    const resolved = async () => fleet.events('DisputeResolvedEvent');
    await expect.poll(async () => (await resolved()).length, soon).toBe(1);
    const [verdict, ...more] = await resolved();
    expect(more).toEqual([]);
    expect(verdict?.data).toMatchObject({
      outcome: 0,
      userRefundAmount: 100_000_000n,
      jurorPay: 20_000_000n,
      challengerShare: 50_000_000n,
      poolAmount: 450_000_000n,
      nodeBondReturned: 0n,
    });
    const revealed = await fleet.events('DisputeVoteRevealedEvent');
    expect(new Set(revealed.map(({ data }) => data.numComputeUnits))).toEqual(new Set([N]));
    expect(await fleet.toma(fleet.buyer)).toBe(before.buyer + 100_000_000n + 50_000_000n);
    expect((await getConfig(fleet.buyer)).pool).toBe(before.pool + 450_000_000n);
    const after = await Promise.all(fleet.nodes.map(({ id }) => getNode(fleet.buyer, { nodeSmallId: id })));
    expect(after.filter(({ earnings }, i) => earnings - (before.earnings[i] as bigint) === 20_000_000n)).toHaveLength(
      5,
    );
    expect(after.find(({ nodeSmallId }) => nodeSmallId === server.id)).toMatchObject({ reputation: 0, bonded: 0n });
    await buyer.close();
    await fleet.close();
  },
  PATIENCE_MS,
);
