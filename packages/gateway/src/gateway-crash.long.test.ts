/** The gateway killed before and after every write and every send: sum over tenants = receipts = the node's ledger = chain. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serveLedger } from '@atoma/localnet';
import { type Atoma, encodeDeployment, executedResult, faucet, listStackBadges, openJournal } from '@atoma/sdk';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Daemon } from '../../node/src/daemon.ts';
import { type Fleet, openFleet } from '../../node/src/testing/fleet.ts';
import type { CrashOrders, CrashReport, CrashWork } from './testing/crash-gateway.ts';

/** More than a hundred processes start one after the other. */
const PATIENCE_MS = 900_000;
const PAYER_TOMA = 1_000_000_000n;
const script = resolve(import.meta.dirname, 'testing/crash-gateway.ts');
const directory = mkdtempSync(join(tmpdir(), 'atoma-gateway-'));
const file = join(directory, 'orders.json');
/** What one process compiled the others need not. */
const env = { ...process.env, NODE_COMPILE_CACHE: join(directory, 'compiled') };
let fleet: Fleet;
let node: Daemon;
let server: Awaited<ReturnType<typeof serveLedger>>;
let start: bigint;
let payer: Atoma;
/** Base units of TOMA that payments by the request brought in. */
let received = 0n;

beforeAll(async () => {
  fleet = await openFleet({ nodes: 1, seed: 'gateway crash' });
  [node] = fleet.daemons as [Daemon];
  server = await serveLedger(fleet.market.ledger, { port: 0 });
  start = await fleet.toma(fleet.buyer);
  payer = fleet.market.actor();
  executedResult(await faucet(payer, { amount: PAYER_TOMA }));
  const orders: CrashOrders = {
    rpc: server.url,
    deployment: encodeDeployment(fleet.market.deployment),
    secret: (fleet.buyer.signer as Ed25519Keypair).getSecretKey(),
    directory,
    model: 'atoma/demo-chat',
    payer: (payer.signer as Ed25519Keypair).getSecretKey(),
  };
  writeFileSync(file, JSON.stringify(orders));
});
afterAll(async () => {
  await server.close();
  await fleet.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Ran {
  readonly signal: string | null;
  /** Point it died at. */
  readonly died: string;
  readonly lines: readonly string[];
}

const run = (work: CrashWork, point: number | string, tenant: string): Promise<Ran> =>
  new Promise((done, failed) => {
    const child = execFile(
      process.execPath,
      ['--no-warnings', script, file, work, String(point), tenant],
      { timeout: 120_000, killSignal: 'SIGTERM', env },
      (error, out, err) => {
        const lines = out.split('\n').filter((line) => line !== '');
        // An await that never settles ends a process with code 13 and not a word.
        const lived = error === null && err === '';
        if (child.signalCode === 'SIGKILL' || lived) done({ signal: child.signalCode, died: err, lines });
        else failed(new TypeError(`${work} ${point}: ${child.signalCode ?? `code ${child.exitCode}`}: ${out}${err}`));
      },
    );
  });

const sum = (amounts: Iterable<string>): bigint => [...amounts].reduce((total, each) => total + BigInt(each), 0n);

/** What the node has metered on every stack of the buyer, once it has ended what a killed client left. */
const meters = async (): Promise<ReadonlyMap<string, string>> => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  await expect.poll(async () => (await node.store.totals()).openRows, { timeout: 20_000 }).toBe(0);
  const found = new Map<string, string>();
  for (const { smallId } of await listStackBadges(fleet.buyer))
    found.set(String(smallId), String((await node.store.findStack(smallId))?.consumed ?? 0n));
  return found;
};

/** After a start every unit the node had metered is receipted and booked, once, and nothing is left reserved. */
const expectExact = (line: string, metered: ReadonlyMap<string, string>): CrashReport => {
  const report = JSON.parse(line) as CrashReport;
  const receipted = new Map(report.stacks.map(({ stack, receipts }) => [stack, receipts]));
  // A purchase that was signed but not sent is made by this start: that stack is new.
  for (const [stack, receipts] of receipted) expect(receipts).toBe(metered.get(stack) ?? '0');
  expect(receipted.size).toBeGreaterThanOrEqual(metered.size);
  const all = String(sum(metered.values()));
  expect(report).toMatchObject({ agrees: true, reserved: '0', openOutbox: 0, receipted: all, booked: all });
  expect(String(sum(Object.values(report.tenants)))).toBe(all);
  return report;
};

const pointsOf = ({ lines }: Ran): readonly string[] => JSON.parse(lines.at(-1) as string) as string[];
/** Where a request dies so that most is left to be recovered: charged by the node, its receipt not written. */
const late = 'body of POST /v1/chat/completions';

/** Makes a run that dies at a point, and checks how the next start finds the books. */
const killAt = async (work: CrashWork, point: number | string, tenant: string): Promise<Ran> => {
  if (work === 'start') {
    const before = await meters();
    const left = await run('quick', `${late}#1`, 'left');
    expect(left).toMatchObject({ signal: 'SIGKILL', died: late });
    expectExact(left.lines[0] as string, before);
  }
  const before = await meters();
  const ran = await run(work, point, tenant);
  if (work !== 'start') expectExact(ran.lines[0] as string, before);
  if (ran.signal !== 'SIGKILL') expect(ran.signal).toBeNull();
  return ran;
};

/**
 * Makes a run that lives, then one for each point it passed that dies there. Returns the points they died at: where timers are at
 * work, one may come less often in another run.
 */
const killAtEach = async (work: CrashWork): Promise<ReadonlySet<string>> => {
  const died = new Set<string>();
  const times = new Map<string, number>();
  for (const [n, point] of pointsOf(await killAt(work, 'none', 'even')).entries()) {
    const time = (times.get(point) ?? 0) + 1;
    times.set(point, time);
    const ran = await killAt(work, `${point}#${time}`, n % 2 === 0 ? 'even' : 'odd');
    if (ran.signal === 'SIGKILL') died.add(ran.died);
  }
  return died;
};

/** Kills a run at its first point, the next at its second, and so on until one lives. */
const killUntilOneLives = async (work: CrashWork): Promise<void> => {
  for (let point = 0; (await killAt(work, point, 'even')).signal === 'SIGKILL'; ) point++;
};

const sends = ['before POST /v1/chat/completions', 'head of POST /v1/chat/completions'];
const around = (steps: readonly string[]): readonly string[] =>
  steps.flatMap((step) => [`before ${step}`, `after ${step}`]);
/** What both the row of a request that waited and that of one that did not pass through. */
const intent = ['before', 'within', 'after'].map((when) => `${when} append of the intent`);
const always = [
  ...intent,
  ...around(['INSERT request', 'INSERT book', 'UPDATE book', 'COMMIT', 'truncation of the intents']),
];

test.each<[CrashWork, readonly string[]]>([
  ['purchase', [...around(['INSERT outbox', 'INSERT stack', 'COMMIT', 'ExecuteTransaction'])]],
  ['quick', [...always, ...sends, late, ...around(['end of the answer'])]],
  ['whole', [...always, ...sends, late, ...around(['UPDATE request', 'end of the answer'])]],
  ['stream', [...always, ...sends, ...around(['UPDATE request', 'piece of the answer', 'end of the answer'])]],
  [
    'start',
    [
      ...around(['INSERT request', 'UPDATE request', 'UPDATE book', 'COMMIT', 'truncation of the intents']),
      ...intent,
      'before GET /v1/receipts/ID',
    ],
  ],
])(
  'killed at every point of: %s',
  async (work, expected) => {
    const died = await killAtEach(work);
    expect(expected.filter((each) => !died.has(each))).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'one order, sent again after each kill: charged once',
  async () => {
    const leaves = async (): Promise<number> =>
      (await node.store.listStacks()).reduce((all, { nextLeaf }) => all + nextLeaf, 0);
    const before = await leaves();
    await killUntilOneLives('retried');
    expect(await leaves()).toBe(before + 1);
  },
  PATIENCE_MS,
);

test(
  'one payment, sent again after each kill: executed once, answered once, and what it did not cover comes back once',
  async () => {
    const leaves = async (): Promise<number> =>
      (await node.store.listStacks()).reduce((all, { nextLeaf }) => all + nextLeaf, 0);
    const [before, units] = [await leaves(), sum((await meters()).values())];
    await killUntilOneLives('paid');
    await run('paid', 'none', 'even');
    expect(await leaves()).toBe(before + 1);
    received = (sum((await meters()).values()) - units) * fleet.price;
    expect(await fleet.toma(payer)).toBe(PAYER_TOMA - received);
  },
  PATIENCE_MS,
);

test('in the end tenants, receipts, node and chain say the same, to the unit', async () => {
  const before = await meters();
  const { lines } = await run('check', -1, '');
  const report = expectExact(lines[0] as string, before);
  const journal = await openJournal({ path: join(directory, 'journal.sqlite'), readOnly: true });
  const unresolved = await journal.listRequests({ stages: ['open', 'dropped'], limit: 10_000 });
  await journal.close();
  expect(unresolved.filter(({ stage }) => stage === 'open')).toEqual([]);
  expect(sum(report.stacks.map(({ exposure }) => exposure))).toBe(sum(unresolved.map(({ maxUnits }) => `${maxUnits}`)));
  const bought = (await fleet.events('StackCreatedEvent')).map(({ data }) => data.escrow);
  expect(bought).toHaveLength(report.stacks.length);
  expect(report.spent).toBe(String(bought.reduce((total, each) => total + each, 0n)));
  for (const { stack, receipts } of report.stacks) if (receipts !== '0') await node.settleStack(BigInt(stack));
  await fleet.tick(2);
  fleet.market.nextEpoch(2);
  await fleet.tick(3);
  const claims = await fleet.events('StackSettlementTicketClaimedEvent');
  const claimed = claims.reduce((total, { data }) => total + data.numClaimedComputeUnits, 0n);
  expect(String(claimed)).toBe(report.booked);
  const unused = report.stacks.filter(({ receipts }) => receipts === '0').length;
  const locked = BigInt(unused) * 300_000n * fleet.price;
  expect(await fleet.toma(fleet.buyer)).toBe(start - locked - claimed * fleet.price + received);
});
