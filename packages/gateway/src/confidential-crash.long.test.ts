/**
 * Level 2, killed before and after every write and every send: gateway and node in turn. After each kill what was paid is receipted once,
 * by both keys, and answered with the bytes it was first given; what was not costs nothing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { serveLedger } from '@atoma/localnet';
import {
  type Atoma,
  BASE_UNITS,
  type Buyer,
  createBuyer,
  createTask,
  encodeDeployment,
  executedResult,
  faucet,
  listEvents,
  openJournal,
  subscribeNodeToTask,
} from '@atoma/sdk';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createConfidentialJudge } from '../../attest/src/index.ts';
import { rehearsalRoot } from '../../node/src/confidential/rehearsal.ts';
import { freePort } from '../../node/src/testing/free-port.ts';
import { REHEARSAL_SECRET, registerRichNode } from '../../node/src/testing/serving-fixture.ts';
import { openTestMarket, type TestMarket } from '../../sdk/src/testing/market.ts';
import type { CrashWork } from './testing/crash-gateway.ts';
import { around, type CrashMarket, LATE, openCrashMarket } from './testing/crash-market.ts';
import type { NodeOrders } from './testing/crash-node.ts';

/** Some two hundred processes start one after the other. */
const PATIENCE_MS = 1_800_000;

/** The gateway's side. */
let market: CrashMarket;
beforeAll(async () => {
  market = await openCrashMarket(2);
});
afterAll(() => market.close());

const intent = ['before', 'within', 'after'].map((when) => `${when} append of the intent`);
const sends = ['before POST /v1/chat/completions', 'head of POST /v1/chat/completions'];
const rows = ['INSERT request', 'UPDATE request', 'INSERT book', 'UPDATE book', 'COMMIT', 'truncation of the intents'];

test.each<[CrashWork, readonly string[]]>([
  ['whole', [...intent, ...around(rows), ...sends, LATE, ...around(['end of the answer'])]],
  ['stream', [...intent, ...around(rows), ...sends, ...around(['piece of the answer', 'end of the answer'])]],
  ['start', [...around(['UPDATE request', 'UPDATE book', 'COMMIT']), 'before GET /v1/receipts/ID']],
])(
  'a gateway killed at every point of: %s',
  async (work, expected) => {
    const died = await market.killAtEach(work);
    expect(expected.filter((each) => !died.has(each))).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'one order, sent again after each kill of the gateway: charged once, and answered from the node’s sealed bytes',
  async () => {
    const leaves = async (): Promise<number> =>
      (await market.node.store.listStacks()).reduce((all, { nextLeaf }) => all + nextLeaf, 0);
    const before = await leaves();
    await market.killUntilOneLives('retried');
    expect(await leaves()).toBe(before + 1);
  },
  PATIENCE_MS,
);

/** The node's side: a node in a process of its own that is killed, and a buyer here. */
const script = resolve(import.meta.dirname, 'testing/crash-node.ts');
const directory = mkdtempSync(join(tmpdir(), 'atoma-level2-crash-'));
const file = join(directory, 'orders.json');
const journalPath = join(directory, 'journal');
const model = 'atoma/demo-chat';
let own: TestMarket;
let server: Awaited<ReturnType<typeof serveLedger>>;
let buyerWallet: Atoma;

interface NodeProcess {
  readonly child: ChildProcess;
  readonly line: () => Promise<string | undefined>;
  readonly say: (line: string) => void;
  /** Signal or code it ended with, and the last point. */
  readonly ended: Promise<{ readonly signal: string | null; readonly died: string }>;
}

const start = (point: string, when: 'start' | 'line'): NodeProcess => {
  const child = spawn(process.execPath, ['--no-warnings', script, file, point, when], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let died = '';
  child.stderr.on('data', (bytes) => {
    died += bytes;
  });
  child.stdin.on('error', () => undefined); // it may be dead before it reads
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    line: async () => {
      const { value, done } = await lines.next();
      return done ? undefined : value;
    },
    say: (line) => void child.stdin.write(`${line}\n`),
    ended: once(child, 'close').then(([code, signal]) => {
      if (signal === null && code !== 0) throw new TypeError(died);
      return { signal: signal as string | null, died };
    }),
  };
};

const withBuyer = async <Value>(work: (buyer: Buyer) => Promise<Value>): Promise<Value> => {
  const buyer = await createBuyer({
    atoma: buyerWallet,
    journal: await openJournal({ path: journalPath }),
    confidential: { judge: createConfidentialJudge({ rehearsalRoot: rehearsalRoot(REHEARSAL_SECRET) }) },
    policy: {
      allowPrivateNodes: true,
      levels: [2],
      stackUnits: 300_000n,
      pauseMs: [5, 20],
      attempts: 2,
      stacksPerRequest: 3, // one that settles is passed over
      answerMs: 60_000,
      cacheMs: 0,
    },
  });
  try {
    return await work(buyer);
  } finally {
    await buyer.close();
  }
};

/** Books of the buyer, its node and the chain agree. Returns stacks and their receipts. */
const expectBooks = (): Promise<ReadonlyMap<bigint, number>> =>
  withBuyer(async (buyer) => {
    const found = new Map<bigint, number>();
    const { journal } = await buyer.context();
    for (const { stack } of await buyer.stacks()) {
      const audit = await buyer.audit(stack);
      expect(audit).toMatchObject({ agrees: true, contradiction: null, gaps: [], fault: null });
      const { charged, exposure } = await journal.meters(stack);
      expect([charged, exposure]).toEqual([audit.units, audit.exposure]);
      const receipts = await journal.listReceipts(stack);
      // Wallet and environment signed, whichever process gave it.
      for (const { signature } of receipts) expect(signature.length).toBe(193);
      found.set(stack, receipts.length);
    }
    return found;
  });

type Asking = 'whole' | 'stream' | 'refused';
const ask = (kind: Asking): Promise<unknown> =>
  withBuyer(async (buyer) => {
    await buyer.watchOnce(); // a stack that is being settled takes no more requests
    const answer = await buyer.fetch('http://atoma/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ model, max_tokens: 30, messages: [{ role: 'user', content: 'What is a receipt?' }] },
        ...(kind === 'stream' ? { stream: true } : {}),
        ...(kind === 'refused' ? { surprise: 1 } : {}),
      }),
    });
    return [answer.status, await answer.text()];
  });

beforeAll(async () => {
  own = await openTestMarket('level 2 crash');
  server = await serveLedger(own.ledger, { port: 0 });
  const operator = own.actor();
  const nodeSmallId = await registerRichNode(operator);
  const { taskSmallId } = executedResult(
    await createTask(own.publisher, { role: 0, modelName: model, securityLevel: 2 }),
  );
  const orders: NodeOrders = {
    rpc: server.url,
    deployment: encodeDeployment(own.deployment),
    secret: (operator.signer as Ed25519Keypair).getSecretKey(),
    node: String(nodeSmallId),
    database: join(directory, 'node.db'),
    port: await freePort(),
    root: Buffer.from(REHEARSAL_SECRET).toString('hex'),
  };
  writeFileSync(file, JSON.stringify(orders));
  buyerWallet = own.actor();
  executedResult(await faucet(buyerWallet, { amount: 1_000n * BASE_UNITS }));
  const first = start('none', 'line');
  expect(await first.line()).toBe('open');
  executedResult(
    await subscribeNodeToTask(operator, {
      nodeSmallId,
      taskSmallId,
      pricePerComputeUnit: 100n,
      maxNumComputeUnits: 10_000_000n,
    }),
  );
  await ask('whole');
  await first.child.stdin?.end();
  await first.ended;
});
afterAll(async () => {
  await server.close();
  own.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Names of points with how often they were passed by then, as they are armed. */
const numbered = (points: readonly string[]): readonly string[] => {
  const times = new Map<string, number>();
  return points.map((point) => {
    times.set(point, (times.get(point) ?? 0) + 1);
    return `${point}#${times.get(point)}`;
  });
};

/** One run: starts, has its books checked, is armed, does `work`, ends or dies; `last` names the stacks it settles at its end. */
const runOnce = async (point: string, work: () => Promise<unknown>, last: readonly bigint[] = []) => {
  const node = start(point, 'line');
  try {
    expect(await node.line()).toBe('open');
    const before = await expectBooks();
    node.say('arm');
    expect(await node.line()).toBe('armed');
    const outcome = await work().catch((error: unknown) => error);
    node.say(last.join(','));
    const points = JSON.parse((await node.line()) ?? '[]') as string[];
    return { before, outcome, points, ...(await node.ended) };
  } finally {
    node.child.kill('SIGKILL');
    await node.ended;
  }
};
const sumOf = (receipts: ReadonlyMap<bigint, number>): number => [...receipts.values()].reduce((a, b) => a + b, 0);

test.each<[Asking, readonly string[]]>([
  ['whole', [...intent, ...around(['end of the answer'])]],
  ['stream', [...intent, ...around(['piece of the answer', 'end of the answer'])]],
  ['refused', [...around(['end of the answer'])]],
])(
  'a node killed at every point of an answer: %s',
  async (kind, expected) => {
    const died = new Set<string>();
    const { points, before, outcome } = await runOnce('none', () => ask(kind));
    expect(outcome).toMatchObject([kind === 'refused' ? 400 : 200, expect.any(String)]);
    let receipts = sumOf(before);
    /** Receipts one run may leave. */
    const most = kind === 'refused' ? 0 : 1;
    for (const point of numbered(points)) {
      const ran = await runOnce(point, () => ask(kind));
      if (ran.signal === 'SIGKILL') died.add(ran.died);
      const more = sumOf(ran.before) - receipts;
      expect([point, more >= 0 && more <= most]).toEqual([point, true]);
      receipts += more;
    }
    expect(expected.filter((each) => !died.has(each))).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'a node killed at every point of its start: its new key reaches the chain, and what was answered is answered again',
  async () => {
    const whole = start('none', 'start');
    expect(await whole.line()).toBe('open');
    const points = JSON.parse((await whole.line()) as string) as string[];
    whole.say('');
    await whole.ended;
    const died = new Set<string>();
    for (const point of numbered(points)) {
      const node = start(point, 'start');
      const opened = await node.line();
      if (opened !== undefined) node.say('');
      const ended = await node.ended;
      if (ended.signal === 'SIGKILL') died.add(ended.died);
    }
    const after = await runOnce('none', () => ask('whole'));
    expect(after.outcome).toMatchObject([200, expect.stringMatching(/"content"/)]);
    const expected = around(['ExecuteTransaction', 'INSERT outbox', 'COMMIT']);
    expect(expected.filter((each) => !died.has(each))).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'a node killed at every point of settling: each stack is settled for its receipts, once, and claimed',
  async () => {
    const stacks = (): Promise<readonly bigint[]> =>
      withBuyer(async (buyer) => (await buyer.stacks()).map(({ stack }) => stack));
    /** Uses a stack, and dies while it is settled. */
    const settle = async (point: string) => {
      const node = start('none', 'line');
      expect(await node.line()).toBe('open');
      expect(await ask('whole')).toMatchObject([200, expect.any(String)]);
      node.child.kill('SIGKILL');
      await node.ended;
      return runOnce(point, async () => undefined, await stacks());
    };
    const died = new Set<string>();
    const { points } = await settle('none');
    for (const point of numbered(points)) {
      const ran = await settle(point);
      if (ran.signal === 'SIGKILL') died.add(ran.died);
    }
    expect(around(['ExecuteTransaction', 'INSERT outbox']).filter((each) => !died.has(each))).toEqual([]);
    await runOnce('none', async () => undefined, await stacks());
    own.nextEpoch(2);
    await runOnce('none', async () => undefined, await stacks());
    const receipted = await withBuyer(async (buyer) => {
      const { journal } = await buyer.context();
      const used = (await journal.listStacks()).map(async ({ stack }) => [
        stack,
        (await journal.meters(stack)).charged,
      ]);
      return Promise.all(used);
    });
    const { events } = await listEvents(own.publisher, { kind: 'StackSettlementTicketClaimedEvent', limit: 1_000 });
    const claimed = events.flatMap((event) =>
      event.kind === 'StackSettlementTicketClaimedEvent'
        ? [[event.data.stackSmallId, event.data.numClaimedComputeUnits]]
        : [],
    );
    const sorted = (list: readonly unknown[]): readonly string[] => list.map(String).sort();
    expect(sorted(claimed)).toEqual(sorted(receipted));
  },
  PATIENCE_MS,
);
