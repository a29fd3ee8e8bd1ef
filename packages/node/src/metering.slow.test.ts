/** The daemon killed at every step of a request: what its buyer has been told holds, nothing is charged twice, nothing is lost. */
import { messageSigner, receiptHash, receiptLayout, signRequest } from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inquire } from './settle/outgoing.ts';
import {
  MODEL,
  meteringSteps,
  type NodeProcess,
  openProcessFleet,
  PRICE,
  type ProcessFleet,
} from './testing/processes.ts';
import { wireIds } from './testing/serving-fixture.ts';

const PATIENCE_MS = 300_000;
const soon = { timeout: 60_000, interval: 100 };
const N = 1_000_000n;
const endpoint = '/v1/chat/completions';

let fleet: ProcessFleet;
let server: NodeProcess;
let stack: bigint;
let money: bigint;
/** Receipts the buyer holds, by request id: the base64 of their bytes. */
const held = new Map<string, string>();

beforeAll(async () => {
  fleet = await openProcessFleet({ nodes: 1, seed: 'metering', process: () => ({ leaseMs: 300 }) });
  money = await fleet.money();
  ({ stack, server } = await fleet.buy(N));
}, PATIENCE_MS);
afterAll(() => fleet.close());

const prepare = async (prompt: string, stream: boolean) => {
  const body = new TextEncoder().encode(
    JSON.stringify({ model: MODEL, max_tokens: 60, stream, messages: [{ role: 'user', content: prompt }] }),
  );
  const { envelope, headers } = await signRequest({
    ...wireIds(fleet.market),
    stack,
    node: server.id,
    signer: fleet.buyer.signer as Signer,
    endpoint,
    model: MODEL,
    body,
    maxUnits: 4_000n,
  });
  const send = () =>
    fetch(server.url + endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close', ...headers },
      body,
    });
  return { id: Buffer.from(envelope.requestId).toString('hex'), send };
};

/** The receipt of an answer, in its headers or in its stream. */
const receiptOf = async (answer: Response): Promise<string> => {
  const text = await answer.text();
  const event = /event: atoma\.receipt\ndata: (.*)\n/.exec(text)?.[1];
  return event ? (JSON.parse(event) as { receipt: string }).receipt : (answer.headers.get('atoma-receipt') as string);
};

const cases = meteringSteps.flatMap((step) => [
  { step, stream: false },
  { step, stream: true },
]);

test.each(cases)(
  'killed at $step (stream: $stream): the retry is served once',
  async ({ step, stream }) => {
    await expect.poll(async () => (await server.tell()).stacks[String(stack)]?.state, soon).toBe('open');
    const before = await server.tell();
    const row = before.stacks[String(stack)];
    const request = await prepare(`${step} ${stream}`, stream);
    await server.tell({ killAt: step });
    const lost = await request
      .send()
      .then(receiptOf)
      .catch(() => 'cut off');
    expect(lost === 'cut off' || lost === null || lost === undefined).toBe(true);
    expect(await server.ended()).toBe('SIGKILL');
    await expect
      .poll(
        () =>
          server.start().then(
            () => 'up',
            () => 'waits',
          ),
        soon,
      )
      .toBe('up');
    const recovered = await server.tell();
    expect(recovered).toMatchObject({ openRows: 0, breaches: [], alarms: [] });
    const committed = step === 'after-commit';
    expect(recovered.stacks[String(stack)]).toMatchObject({
      leaves: (row?.leaves ?? 0) + (committed ? 1 : 0),
      reserved: '0',
      state: 'open',
    });
    const answer = await request.send();
    expect([answer.status, answer.headers.get('atoma-replayed')]).toEqual([200, committed ? '1' : null]);
    const receipt = await receiptOf(answer);
    expect(await receiptOf(await request.send())).toBe(receipt);
    held.set(request.id, receipt);
    const after = (await server.tell()).stacks[String(stack)];
    const { units, index, cumulativeUnits } = receiptLayout.decode(new Uint8Array(Buffer.from(receipt, 'base64')));
    expect(after).toMatchObject({
      leaves: held.size,
      reserved: '0',
      consumed: String(BigInt(row?.consumed ?? 0) + units),
    });
    expect([index, cumulativeUnits]).toEqual([BigInt(held.size - 1), BigInt(after?.consumed ?? 0)]);
  },
  PATIENCE_MS,
);

test(
  'then: committed units = the last receipt’s total = claimed <= bought, and the receipts form one chain',
  async () => {
    const receipts = [...held.values()].map((text) => new Uint8Array(Buffer.from(text, 'base64')));
    const decoded = receipts.map((bytes) => receiptLayout.decode(bytes));
    decoded.slice(1).forEach(({ previous }, i) => {
      expect(Buffer.from(previous).equals(receiptHash(receipts[i] as Uint8Array))).toBe(true);
    });
    const total = decoded.reduce((sum, { units }) => sum + units, 0n);
    expect(total).toBe(decoded.at(-1)?.cumulativeUnits);
    expect(total).toBeLessThan(N);
    for (const [id, receipt] of held) {
      const told = await inquire({
        ...wireIds(fleet.market),
        url: server.url,
        node: server.id,
        stack,
        path: `/v1/receipts/${id}`,
        signer: messageSigner(fleet.buyer.signer as Signer),
        now: Date.now(),
        allowPrivate: true,
        limit: 10_000,
        timeoutMs: 60_000,
      });
      expect(JSON.parse(Buffer.from(told).toString('utf8'))).toMatchObject({ state: 'receipt', receipt });
    }
    await server.tell({ ask: 'settleUsed' });
    await expect.poll(async () => (await fleet.events('StackTrySettleEvent')).length, soon).toBe(1);
    fleet.market.nextEpoch(2);
    const claims = () => fleet.events('StackSettlementTicketClaimedEvent');
    await expect.poll(async () => (await claims()).length, soon).toBe(1);
    expect((await claims())[0]?.data).toMatchObject({ numClaimedComputeUnits: total, nodeFee: total * PRICE });
    await expect.poll(async () => (await server.tell()).stacks[String(stack)]?.state, soon).toBe('closed');
    expect((await server.tell()).stacks[String(stack)]).toMatchObject({
      claimed: String(total),
      consumed: String(total),
    });
    expect(await fleet.money()).toBe(money);
  },
  PATIENCE_MS,
);
