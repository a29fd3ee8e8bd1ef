/**
 * A gateway in a process of its own, with one client of one key, that kills itself with SIGKILL at a point it is told:
 * `crash-gateway.ts <orders file> <work> <point> <tenant>`, the point by number or name. It prints how its books stood after starting,
 * then, if it lives, the points it passed until everything was closed.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createAtoma,
  createClient,
  createPaymentScheme,
  createTransport,
  decodeDeployment,
  type EvidenceJudge,
  openJournal,
  type Transport,
} from '@atoma/sdk';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { pino } from 'pino';
import { until } from '../../../base/src/testing/until.ts';
import { createKeyAdmin } from '../admin/key-admin.ts';
import { startGateway } from '../gateway.ts';
import { reconcile } from '../reconcile.ts';
import { openGatewayStore } from '../store/sqlite.ts';
import type { UsageSum } from '../store/types.ts';
import { arm, countSends, disarm } from './fault-points.ts';

/** What the process works with. */
export interface CrashOrders {
  readonly rpc: string;
  readonly deployment: string;
  readonly secret: string;
  readonly directory: string;
  readonly model: string;
  /** Who pays by the request. */
  readonly payer: string;
  /** Of the stacks it buys; at 2 over the rehearsals of the fixtures. */
  readonly level: 0 | 2;
}

/**
 * What it does once it is up. `quick`: a request whose rows may still wait when it ends, and the gateway stops at once; of the others
 * the rows are in the files before the answer comes. `start`: it counts from the beginning of its start; `retried`: the same order in
 * every run; `paid`: the same payment in every run, and its refund.
 */
export type CrashWork = 'quick' | 'whole' | 'stream' | 'retried' | 'paid' | 'purchase' | 'start' | 'check';

/** How the books stood after starting. Amounts are decimal text. */
export interface CrashReport {
  readonly booked: string;
  readonly reserved: string;
  readonly receipted: string;
  readonly agrees: boolean;
  readonly tenants: Readonly<Record<string, string>>;
  readonly stacks: readonly { readonly stack: string; readonly receipts: string; readonly exposure: string }[];
  readonly openOutbox: number;
  readonly spent: string;
}

const [file, work, point, tenant] = process.argv.slice(2) as [string, CrashWork, string, string];
const orders = JSON.parse(readFileSync(file, 'utf8')) as CrashOrders;
const fatal = Number.isNaN(Number(point)) ? point : Number(point);
if (work === 'start') arm(fatal);
const client = createClient({ network: 'embedded', url: orders.rpc });
const signer = Ed25519Keypair.fromSecretKey(orders.secret);
const atoma = createAtoma({ client, deployment: decodeDeployment(orders.deployment), signer });
const store = openGatewayStore({ path: join(orders.directory, 'gateway.sqlite') });
const journal = await openJournal({ path: join(orders.directory, 'journal.sqlite') });
const transport = createTransport({ allowPrivate: true });
/** Reads that have every row written which waits for others to be written with. */
const writeAll = async (): Promise<UsageSum> => {
  await journal.listRequests({ stages: ['open'], limit: 1 });
  return store.totals();
};
const held: Transport = async (request) => {
  const answer = await transport.send(request);
  if (request.method === 'POST') await writeAll();
  return answer;
};
const rehearsalJudge = async (): Promise<EvidenceJudge> => {
  const { createConfidentialJudge } = await import('../../../attest/src/index.ts');
  const { rehearsalRoot } = await import('../../../node/src/confidential/rehearsal.ts');
  return createConfidentialJudge({ rehearsalRoot: rehearsalRoot(new Uint8Array(32).fill(9)) });
};
const gateway = await startGateway({
  store,
  watchMs: 0,
  log: pino({ level: 'silent' }),
  payments: { leastRefund: 1n },
  buyer: {
    atoma,
    journal,
    transport: countSends(work === 'quick' ? transport.send : held),
    policy: {
      allowPrivateNodes: true,
      stackUnits: 300_000n,
      pauseMs: [5, 20],
      attempts: 2,
      answerMs: 60_000,
      levels: [orders.level],
    },
    ...(orders.level === 2 ? { confidential: { judge: await rehearsalJudge() } } : {}),
  },
});
if (work === 'start') console.log(JSON.stringify(disarm()));

/** Gives back what is owed until nothing of a payment is open any more: a busy machine writes late that it was answered. */
const giveBack = (): Promise<void> =>
  until('nothing of a payment is open', async () => {
    await gateway.payments?.settle();
    const states = ['taken', 'paid', 'answered', 'refunding'] as const;
    return (await store.listPayments({ states, limit: 1 })).length === 0;
  });

const report = async (): Promise<CrashReport> => {
  // The start gives back what is owed, which is no remnant of the run before.
  await gateway.payments?.settle();
  const { booked, receipted, stacks, agrees } = await reconcile(gateway.buyer, store);
  const tenants: Record<string, string> = {};
  for (const line of await store.report({ sinceMs: 0 }))
    tenants[line.tenant] = String(BigInt(tenants[line.tenant] ?? 0) + line.units);
  return {
    booked: String(booked),
    reserved: String((await store.totals()).reservedUnits),
    receipted: String(receipted),
    agrees,
    tenants,
    stacks: stacks.map(({ stack, receipts, exposure }) => ({
      stack: String(stack),
      receipts: String(receipts),
      exposure: String(exposure),
    })),
    openOutbox: (await journal.listOutbox(['intent', 'built', 'submitted'])).length,
    spent: String(await journal.spentSince(0)),
  };
};

const question = {
  model: orders.model,
  max_tokens: 30,
  messages: [{ role: 'user', content: 'What is a receipt?' }],
};

/** A payment for the question, signed in the first run. */
const payment = async (): Promise<string> => {
  const kept = join(orders.directory, 'payment');
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  const response = await fetch(`http://127.0.0.1:${gateway.port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
  });
  const said = Buffer.from(response.headers.get('payment-required') ?? '', 'base64').toString('utf8');
  const [accepted] = JSON.parse(said).accepts;
  const payer = createAtoma({
    client,
    deployment: atoma.deployment,
    signer: Ed25519Keypair.fromSecretKey(orders.payer),
  });
  const { payload } = await createPaymentScheme(payer, { most: BigInt(accepted.amount) }).createPaymentPayload(
    2,
    accepted,
  );
  const header = Buffer.from(JSON.stringify({ x402Version: 2, accepted, payload })).toString('base64');
  writeFileSync(kept, header);
  return header;
};

const ask = async (stream: boolean, more: Readonly<Record<string, string>>): Promise<void> => {
  const { request } = await import('node:http');
  const body = JSON.stringify({
    ...question,
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  });
  const headers = { 'content-type': 'application/json', ...more };
  const path = '/v1/chat/completions';
  await new Promise<void>((resolve, reject) => {
    const call = request({ port: gateway.port, method: 'POST', path, headers }, (answer) => {
      let said = '';
      answer.setEncoding('utf8').on('data', (piece: string) => {
        said += piece;
      });
      answer.once('end', () =>
        answer.statusCode === 200 ? resolve() : reject(new TypeError(`${answer.statusCode} ${said}`)),
      );
    });
    call.once('error', reject);
    call.end(body);
  });
};

/** A key of the tenant; in `retried` the same in every run. */
const apiKey = async (): Promise<string> => {
  const kept = join(orders.directory, 'key');
  if (work === 'retried' && existsSync(kept)) return readFileSync(kept, 'utf8');
  const { text } = await createKeyAdmin(store, { actor: 'test', now: Date.now }).create({ tenant });
  if (work === 'retried') writeFileSync(kept, text);
  return text;
};

if (work === 'purchase') {
  console.log(JSON.stringify(await report()));
  const want = { model: orders.model, endpoint: '/v1/chat/completions', vision: false, units: 1n, tenant: '' };
  const plan = await gateway.buyer.plan(want);
  arm(fatal);
  await gateway.buyer.buy(plan);
} else if (work !== 'start') {
  console.log(JSON.stringify(await report()));
  if (work === 'paid') {
    const header = await payment();
    arm(fatal);
    await ask(false, { 'payment-signature': header });
    await giveBack();
  } else if (work !== 'check') {
    const text = await apiKey();
    arm(fatal);
    const order = work === 'retried' ? { 'idempotency-key': 'order 1' } : {};
    await ask(work === 'stream', { authorization: `Bearer ${text}`, ...order });
  }
}
if (work !== 'quick') await until('the request is booked', async () => (await writeAll()).reservedUnits === 0n);
if (work === 'check') console.log(JSON.stringify(await report()));
await gateway.stop(500);
await store.close();
if (work !== 'start') console.log(JSON.stringify(disarm()));
transport.close();
