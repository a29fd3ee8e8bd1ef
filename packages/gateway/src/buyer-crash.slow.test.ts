/** A buyer killed at every point: no purchase is lost, none is made twice, and the books say what the node says. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serveLedger } from '@atoma/localnet';
import {
  createBuyer,
  createKeyFile,
  encodeDeployment,
  type JournalStack,
  listEvents,
  listStackBadges,
  openJournal,
  readKeyFile,
} from '@atoma/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CrashOrder } from './testing/crash-buyer.ts';
import { openRehearsal, type Rehearsal } from './testing/rehearsal.ts';

const model = 'atoma/demo-chat';
const child = resolve(import.meta.dirname, 'testing/crash-buyer.ts');
const directory = mkdtempSync(join(tmpdir(), 'atoma-buyer-'));
let market: Rehearsal;
let server: Awaited<ReturnType<typeof serveLedger>>;
const deployment = join(directory, 'deployment.json');

beforeAll(async () => {
  market = await openRehearsal('crash');
  const task = await market.task({ model });
  await market.subscribe(await market.addNode(), task, 100n);
  server = await serveLedger(market.market.ledger, { port: 0 });
  writeFileSync(deployment, encodeDeployment(market.market.deployment));
});
afterAll(async () => {
  await server.close();
  await market.close();
  rmSync(directory, { recursive: true, force: true });
});

const run = (order: CrashOrder): Promise<{ signal: string | null; out: string; err: string }> =>
  new Promise((done) => {
    const spawned = execFile(
      process.execPath,
      ['--no-warnings', child, JSON.stringify(order)],
      { timeout: 120_000 },
      (_, out, err) => done({ signal: spawned.signalCode, out: out.trim(), err }),
    );
  });

const prepare = async (name: string) => {
  const key = join(directory, `${name}.key`);
  await createKeyFile(key);
  const atoma = await market.wallet(50_000_000_000n, await readKeyFile(key));
  const order = { url: server.url, deployment, key, journal: join(directory, `${name}.sqlite`), model };
  const purchases = async () => {
    const { events } = await listEvents(atoma, { kind: 'StackCreatedEvent', order: 'descending' });
    return events.filter((event) => event.sender === atoma.sender).length;
  };
  return { atoma, order, purchases };
};

const points = ['intent', 'built', 'submitted', 'executed', 'confirmed', 'sent', 'receipt'];

test.concurrent.each(points)('killed at %s: one stack, an answer, and equal books', async (point) => {
  const { atoma, order, purchases } = await prepare(point);
  const first = await run({ ...order, point });
  expect(first).toMatchObject({ signal: 'SIGKILL' });
  if (point === 'sent' || point === 'receipt') {
    const left = await openJournal({ path: order.journal, readOnly: true });
    expect((await left.listRequests({})).map(({ stage }) => stage)).toEqual(['open']);
    await left.close();
  }
  const second = await run({ ...order, point: 'none' });
  expect(second).toMatchObject({ signal: null, out: '200' });
  expect(await purchases()).toBe(1);
  const journal = await openJournal({ path: order.journal });
  const buyer = await createBuyer({ atoma, journal, policy: { allowPrivateNodes: true } });
  const [stack] = await buyer.stacks();
  const audit = await buyer.audit(stack?.stack as bigint);
  const node = await market.nodes[0]?.store.findStack(stack?.stack as bigint);
  expect(audit).toMatchObject({ units: node?.consumed, contradiction: null, gaps: [], agrees: true });
  expect((await buyer.stacks())[0]).toMatchObject({ used: node?.consumed, complete: true, paid: 40_000_000n });
  expect(await journal.listOutbox(['intent', 'built', 'submitted'])).toEqual([]);
  expect(await journal.spentSince(0)).toBe(40_000_000n);
  await buyer.close();
});

test('killed after the purchase, journal deleted: the stack is found by its badge, used, and counted', async () => {
  const { atoma, order, purchases } = await prepare('deleted');
  expect(await run({ ...order, point: 'executed' })).toMatchObject({ signal: 'SIGKILL' });
  expect(await purchases()).toBe(1);
  for (const suffix of ['', '-wal', '-shm', '-intents']) rmSync(order.journal + suffix, { force: true });
  expect(await run({ ...order, point: 'none' })).toMatchObject({ signal: null, out: '200' });
  expect(await purchases()).toBe(1);
  expect(await listStackBadges(atoma)).toHaveLength(1);
  const journal = await openJournal({ path: order.journal });
  const [stack] = (await journal.listStacks()) as readonly [JournalStack];
  expect(stack).toMatchObject({ digest: null, complete: false, paid: 40_000_000n });
  expect(await journal.meters(stack.stack)).toMatchObject({ receipts: 1, lastIndex: 0, open: 0n });
  expect(await journal.spentSince(0)).toBe(40_000_000n);
  await journal.close();
});
