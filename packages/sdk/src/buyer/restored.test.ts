/** Buyers over a journal that lacks what their wallet signed: they ask where they would have disputed. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { computeStackProof } from '../commitment/proof.ts';
import { executedResult } from '../context/write.ts';
import {
  isWork,
  jsonAnswer,
  openScriptedMarket,
  type ScriptedMarket,
  type ScriptedNode,
} from '../testing/scripted-node.ts';
import { receiptLayout } from '../wire/messages.ts';
import { trySettleStack } from '../writes/try-settle-stack.ts';
import { openJournal } from './journal/sqlite.ts';
import { DOUBTED } from './journal/types.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-restored-'));
let market: ScriptedMarket;
const nodes: ScriptedNode[] = [];
beforeAll(async () => {
  market = await openScriptedMarket('restored');
  const task = await market.task({ model: 'm' });
  for (let i = 0; i < 6; i++) nodes.push(await market.addNode([[task, 100n]]));
});
afterAll(async () => {
  await market.close();
  rmSync(directory, { recursive: true, force: true });
});

const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], max_tokens: 20 }));
const ask = { endpoint: '/v1/chat/completions', contentType: 'application/json', body };
const want = { model: 'm', endpoint: ask.endpoint, vision: false, units: 1n, tenant: '' };

test('an honest claim is not disputed from a copied journal, though its node hides what was signed since', async () => {
  const home = join(directory, 'home');
  const atoma = await market.wallet();
  const open = async (at: string) =>
    market.buyer({}, { atoma, journal: await openJournal({ path: join(at, 'journal.sqlite') }) });
  const first = await open(home);
  const { stack, node: id } = await first.buyer.buy(await first.buyer.plan(want));
  await first.buyer.deliver(ask);
  await first.buyer.close();
  mkdirSync(join(directory, 'copy'));
  cpSync(home, join(directory, 'copy'), { recursive: true });
  const again = await open(home);
  expect(again.of('behind')).toEqual([]);
  await again.buyer.deliver(ask);
  await again.buyer.close();

  const node = nodes.find((each) => each.id === id) as ScriptedNode;
  const leaves = node.served.map(({ receipt }) => receiptLayout.decode(receipt.bytes));
  expect(leaves.map(({ units }) => units)).toEqual([9n, 9n]);
  const proof = computeStackProof({ history: { leaves }, stackSmallId: stack, attesters: 1 });
  const { committedStackProof, stackMerkleLeaf, units } = proof;
  const settlement = { stackSmallId: stack, numClaimedComputeUnits: units, committedStackProof, stackMerkleLeaf };
  executedResult(await trySettleStack(node.operator, settlement));
  node.script = (request) => (isWork(request) ? undefined : jsonAnswer({ receipts: [], next: null }));

  const copied = await open(join(directory, 'copy'));
  expect(copied.of('behind')).toMatchObject([{ why: expect.stringMatching(/^it is a copy/), stacks: [stack] }]);
  expect(await copied.buyer.watchOnce()).toMatchObject([
    { did: 'warned', finding: { finding: 'unprovable', known: 9n } },
  ]);
  await copied.buyer.close();
  const later = await open(join(directory, 'copy'));
  expect(later.of('behind')).toEqual([]);
  expect(await later.buyer.watchOnce()).toMatchObject([{ did: 'nothing' }]);
});

test('a purchase that was under way in a copy may be in use elsewhere: what it brought is not known whole', async () => {
  for (const behind of [false, true]) {
    const atoma = await market.wallet();
    const first = await market.buyer({}, { atoma });
    const { stack } = await first.buyer.buy(await first.buyer.plan(want));
    const [row] = await first.context.journal.listOutbox();
    const journal = await openJournal({ path: ':memory:' });
    await journal.putOutbox({ ...(row as NonNullable<typeof row>), stage: 'submitted' });
    if (behind) await journal.putSetting(`${DOUBTED}${row?.subject}`, '1');
    const { context } = await market.buyer({}, { atoma, journal });
    expect(await context.journal.findStack(stack)).toMatchObject({ digest: expect.any(String), complete: !behind });
  }
});
