import { acquireStack, executedResult, listStackBadges, signRequest, updateStackOwner } from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Secp256k1Keypair } from '@mysten/sui/keypairs/secp256k1';
import { Secp256r1Keypair } from '@mysten/sui/keypairs/secp256r1';
import { Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openServing, PRICE, type ServingFixture } from '../testing/serving-fixture.ts';

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
