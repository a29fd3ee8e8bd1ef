import { acquireStack, executedResult, listStackBadges, signRequest, updateStackOwner } from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Secp256k1Keypair } from '@mysten/sui/keypairs/secp256k1';
import { Secp256r1Keypair } from '@mysten/sui/keypairs/secp256r1';
import { Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChainView } from '../chain/view.ts';
import { defaultLimits } from '../context.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { stackTerms } from '../testing/ledger-fixtures.ts';
import { openServing, PRICE, type ServingFixture } from '../testing/serving-fixture.ts';
import type { Checked } from './problem.ts';
import { createStackDirectory } from './stacks.ts';

const model = 'atoma/demo-chat';
let node: ServingFixture;
let chat: bigint;
beforeAll(async () => {
  node = await openServing();
  chat = await node.task({ role: 0, model });
});
afterAll(() => node.close());

const ask = async (stack: bigint, signer: Signer, headers: Record<string, string> = {}): Promise<string> => {
  const body = new TextEncoder().encode(JSON.stringify({ model, messages: [{ role: 'user', content: 'ping' }] }));
  const { chainId, packageId, nodeId } = node;
  const endpoint = '/v1/chat/completions';
  const request = { chainId, packageId, stack, node: nodeId, signer, endpoint, model, body, maxUnits: 500n };
  const signed = await signRequest(request);
  const answer = await fetch(node.url + endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signed.headers, ...headers },
    body,
  });
  const json = (await answer.json()) as { error?: { code: string } };
  return json.error?.code ?? 'served';
};

/** Buys a stack and gives its badge away, before the node has seen either; the heir takes the stack over, or not. */
const boughtFor = async (heir: Signer, takesOver = true) => {
  const order = { taskSmallId: chat, numComputeUnits: 10_000n, pricePerComputeUnit: PRICE };
  const outcome = await acquireStack(node.buyer, order);
  const { stackSmallId, stackBadgeId } = executedResult(outcome);
  const digest = outcome.kind === 'executed' ? outcome.digest : '';
  const tx = new Transaction();
  tx.transferObjects([stackBadgeId], heir.toSuiAddress());
  await node.buyer.client.signAndExecuteTransaction({ transaction: tx, signer: node.buyer.signer as Signer });
  if (takesOver) executedResult(await updateStackOwner(node.market.actor(heir), { stackSmallId }));
  return { stack: stackSmallId, digest };
};

test('the hint of a purchase tells a node that has not seen it which badge the stack has', async () => {
  const heir = Ed25519Keypair.generate();
  const one = await boughtFor(heir);
  const other = await boughtFor(heir, false);
  const hinted = { 'atoma-purchase': one.digest };
  // A hint that speaks of another stack tells nothing; neither owner nor node are taken from a hint.
  expect(await ask(other.stack, heir, hinted)).toBe('not_stack_owner');
  expect(await ask(one.stack, heir, hinted)).toBe('served');
  expect((await node.store.findStack(one.stack))?.badge).toMatch(/^0x/);
  expect(await ask(one.stack, node.buyer.signer as Signer, hinted)).toBe('not_stack_owner');
  expect(await ask(4_444n, heir, hinted)).toBe('stack_unknown');
  expect(await ask(one.stack, heir, { 'atoma-purchase': 'x'.repeat(200) })).toBe('served');
  expect(await listStackBadges(node.buyer)).toEqual([]);
});

test.each([
  ['secp256k1', () => Secp256k1Keypair.generate()],
  ['secp256r1', () => Secp256r1Keypair.generate()],
])('a buyer with a %s key is served', async (_, generate) => {
  const signer = generate();
  const { stack, digest } = await boughtFor(signer);
  expect(await ask(stack, signer, { 'atoma-purchase': digest })).toBe('served');
  expect(await ask(stack, generate())).toBe('not_stack_owner');
});

/** A directory over a chain that counts how often it is read. */
const counted = (limits = defaultLimits) => {
  const reads = { stacks: 0, badges: 0 };
  const chain: ChainView = {
    readStack: async (stack) => {
      reads.stacks++;
      return stack < 100n
        ? {
            terms: { ...stackTerms(stack), badge: '0xb', owner: '0xholder' },
            node: stack < 50n ? 1n : 2n,
            nodeAddress: stack === 40n ? '0xold' : '0xnode',
          }
        : null;
    },
    badgeHolder: async () => {
      reads.badges++;
      return { address: '0xholder', version: 3n };
    },
    purchasedBadge: async () => null,
  };
  const store = openSqliteStore({ path: ':memory:', durability: 'process' });
  return { reads, store, directory: createStackDirectory({ store, chain, node: 1n, address: '0xnode', limits }) };
};
const codeOf = (value: Checked<unknown>): string => (value.kind === 'problem' ? value.code : 'found');

test('an unknown stack costs one look at the chain, however often it is asked for', async () => {
  const { reads, directory, store } = counted();
  const both = await Promise.all([directory.find(200n, undefined, 0), directory.find(200n, undefined, 0)]);
  expect(both.map(codeOf)).toEqual(['stack_unknown', 'stack_unknown']);
  expect(codeOf(await directory.find(200n, undefined, 1_999))).toBe('stack_unknown');
  expect(reads.stacks).toBe(1);
  await directory.find(200n, undefined, 2_001);
  expect(reads.stacks).toBe(2);
  expect(codeOf(await directory.find(60n, undefined, 3_000))).toBe('wrong_node');
  // Bought under another address of this node, whose key this daemon does not have.
  expect(codeOf(await directory.find(40n, undefined, 3_000))).toBe('wrong_node');
  expect(codeOf(await directory.find(7n, undefined, 3_000))).toBe('found');
  expect(codeOf(await directory.find(7n, undefined, 3_001))).toBe('found');
  expect(reads.stacks).toBe(5);
  await store.close();
});

test('all unknown stacks together cost twenty looks a second', async () => {
  const { reads, directory, store } = counted();
  const codes: string[] = [];
  for (let i = 0n; i < 50n; i++) codes.push(codeOf(await directory.find(1_000n + i, undefined, 5_000)));
  expect(codes.filter((code) => code === 'stack_unknown')).toHaveLength(20);
  expect(codes.filter((code) => code === 'chain_unavailable')).toHaveLength(30);
  expect(reads.stacks).toBe(20);
  await store.close();
});

test('who holds a badge is looked up once a minute, and at most once a second for someone else', async () => {
  const { reads, directory, store } = counted();
  const found = await directory.find(7n, undefined, 0);
  if (found.kind === 'problem') throw found;
  const row = found.value;
  expect(await directory.entitle(row, '0xholder', 0)).toEqual({
    kind: 'ok',
    value: { authority: 0, badgeVersion: 3n },
  });
  await directory.entitle(row, '0xholder', 59_000);
  expect(reads.badges).toBe(1);
  await directory.entitle(row, '0xholder', 61_000);
  expect(reads.badges).toBe(2);
  reads.stacks = 0;
  expect(codeOf(await directory.entitle(row, '0xother', 61_500))).toBe('not_stack_owner');
  expect(codeOf(await directory.entitle(row, '0xother', 61_600))).toBe('not_stack_owner');
  expect(reads).toEqual({ stacks: 1, badges: 2 });
  expect(codeOf(await directory.entitle(row, '0xother', 62_600))).toBe('not_stack_owner');
  expect(reads).toEqual({ stacks: 2, badges: 3 });
  await store.close();
});
