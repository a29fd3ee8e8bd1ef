/** A node or a buyer that turns against what it signed: nobody but the one that lied pays. */
import {
  computeCommitment,
  createBuyer,
  createMerkleBuilder,
  envelopeLayout,
  executedResult,
  faucet,
  getDispute,
  getNode,
  getTicket,
  inputsUnavailable,
  messageSigner,
  openJournal,
  type Receipt,
  receiptLeaf,
  type SignedBytes,
  startAttestationDispute,
  updateNodeUrl,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { Transaction } from '@mysten/sui/transactions';
import { expect, test } from 'vitest';
import type { Daemon } from '../daemon.ts';
import { encodeRequest } from '../serve/transcript.ts';
import type { LeafRow, Store } from '../store/types.ts';
import { askOnce, type Fleet, lyingEngine, openFleet } from '../testing/fleet.ts';
import { lyingStore, settleShown } from '../testing/liar.ts';
import { wireIds } from '../testing/serving-fixture.ts';
import { inquire } from './outgoing.ts';
import { replayRow } from './replay.ts';

const P = 100n;
const N = 1_000_000n;
/** S of a stack below 0.8 TOMA: the most that "unavailable" can cost an attester. */
const SLASH = 100_000_000n;
const PROMPTS = ['one', 'two', 'three'];

/** A ledger that can be told to show other rows than it signed receipts for. */
const turning = (rewrite: () => ((leaf: LeafRow) => LeafRow) | undefined): Store =>
  lyingStore(() => {
    const change = rewrite();
    return change && ((leaves) => leaves.map(change));
  });

interface Given {
  readonly receipt: Receipt;
  readonly signed: SignedBytes;
}

const serve = async (fleet: Fleet, more: Readonly<Record<string, unknown>> = {}) => {
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  const given: Given[] = [];
  for (const prompt of PROMPTS)
    await askOnce(fleet, stack, server, prompt, (receipt, signed) => given.push({ receipt, signed }), more);
  return { stack, server, given };
};

const shown = ({ signed }: Given): Uint8Array => Uint8Array.from([...signed.signature, ...signed.bytes]);

/** The buyer disputes with its receipts, expecting the jury to find each of them against the list. */
const accuse = async (fleet: Fleet, stack: bigint, given: readonly Given[], claimed: bigint) => {
  const tree = createMerkleBuilder();
  for (const [row, { receipt }] of given.entries()) tree.add(receiptLeaf(row, receipt));
  const own = computeCommitment({ merkleRoot: tree.root(), stackSmallId: stack, units: claimed, attesters: 1 });
  return executedResult(
    await startAttestationDispute(fleet.buyer, {
      stackSmallId: stack,
      attestationCommitment: own.committedStackProof,
      receipts: given.map(shown),
    }),
  );
};

const decide = async (fleet: Fleet, daemons: readonly Daemon[] = fleet.daemons) => {
  const round = async (): Promise<void> => {
    for (const daemon of daemons) await daemon.tick();
  };
  await round();
  // In a dispute of an attester the jury waits for what the buyer may show, and reveals in the second epoch.
  for (let epoch = 0; epoch < 2; epoch++) {
    fleet.market.nextEpoch();
    for (let i = 0; i < 5; i++) await round();
  }
  const [resolved] = await fleet.events('DisputeResolvedEvent');
  return resolved?.data;
};

const convicted = { outcome: 0, nodeFee: 0n, nodeBondReturned: 0n, slashedJurors: [] };

test('a node that bills other units than its receipts say is convicted by them', async () => {
  let turned = false;
  const billMost = (leaf: LeafRow): LeafRow => ({ ...leaf, units: envelopeLayout.decode(leaf.envelope).maxUnits });
  const fleet = await openFleet({
    nodes: 7,
    daemon: () => ({ store: turning(() => (turned ? billMost : undefined)) }),
  });
  const { stack, server, given } = await serve(fleet, { max_tokens: 5 });
  turned = true;
  const billed = await settleShown(fleet, stack, server);
  expect(billed).toBeGreaterThan(given.at(-1)?.receipt.cumulativeUnits as bigint);
  const before = await fleet.toma(fleet.buyer);
  await accuse(fleet, stack, given, billed);
  const resolved = await decide(fleet);
  expect(resolved).toMatchObject({ ...convicted, userRefundAmount: P * N });
  // The escrow, and a tenth of what five jurors leave of the bond.
  const left = 6n * P * N - 5n * (resolved?.jurorPay as bigint);
  expect((await fleet.toma(fleet.buyer)) - before).toBe(P * N + left / 10n);
  await fleet.close();
});

/** A stack bought and used by a buyer that keeps what it signed and got. */
const useWithJournal = async (fleet: Fleet) => {
  const buyer = await createBuyer({
    atoma: fleet.buyer,
    journal: await openJournal({ path: ':memory:' }),
    policy: { allowPrivateNodes: true, stackUnits: N, nodePolicy: 'any', answerMs: 20_000 },
  });
  const endpoint = '/v1/chat/completions';
  await buyer.buy(await buyer.plan({ model: fleet.model, endpoint, vision: false, units: N, tenant: '' }));
  await fleet.tick();
  for (const content of PROMPTS) {
    const answer = await buyer.fetch(`http://atoma.invalid${endpoint}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: fleet.model, messages: [{ role: 'user', content }], max_tokens: 5 }),
    });
    expect(answer.status).toBe(200);
  }
  const [own] = await buyer.stacks();
  return { buyer, stack: own?.stack as bigint, server: fleet.byNode(own?.node as bigint) };
};

test('a node whose accomplice disputes first and shows nothing is convicted by what the buyer shows then, and the buyer has everything back', async () => {
  let turned = false;
  const billMost = (leaf: LeafRow): LeafRow => ({ ...leaf, units: envelopeLayout.decode(leaf.envelope).maxUnits });
  const fleet = await openFleet({
    nodes: 7,
    daemon: () => ({ store: turning(() => (turned ? billMost : undefined)) }),
  });
  const before = await fleet.toma(fleet.buyer);
  const { buyer, stack, server } = await useWithJournal(fleet);
  const known = (await buyer.stacks())[0]?.used as bigint;
  turned = true;
  const claimed = await settleShown(fleet, stack, server);
  const accomplice = fleet.market.actor();
  executedResult(await faucet(accomplice, { amount: P * N }));
  const nothing = { stackSmallId: stack, attestationCommitment: new Uint8Array(32).fill(1) };
  const { jurors } = executedResult(await startAttestationDispute(accomplice, nothing));
  await fleet.tick();
  fleet.market.nextEpoch();
  await fleet.tick(3);
  const dispute = () => getDispute(fleet.buyer, { stackSmallId: stack });
  expect((await dispute()).committed).toEqual(jurors); // for the list, which nothing contradicts yet
  expect(await buyer.watchOnce()).toMatchObject([
    { stack, did: 'shown', finding: { finding: 'overClaim', action: 'show', claimed, known, bond: 0n } },
  ]);
  expect(await dispute()).toMatchObject({ committed: [], evidence: { owner: fleet.buyer.sender, bond: 0n } });
  await fleet.tick(2);
  expect((await dispute()).committed).toEqual([]); // from the next epoch on
  fleet.market.nextEpoch();
  await fleet.tick(5);
  const [resolved, ...more] = await fleet.events('DisputeResolvedEvent');
  expect(more).toEqual([]);
  expect(resolved?.data).toMatchObject({ ...convicted, userRefundAmount: P * N, challengerShare: 0n });
  expect(resolved?.data.paidJurors).toHaveLength(5);
  expect(await fleet.toma(fleet.buyer)).toBe(before);
  // Who showed nothing has its bond back, and no share of what it had no part in.
  expect(await fleet.toma(accomplice)).toBe(P * N);
  // Each juror committed twice and revealed once, and no vote could run in another epoch than the one it was made in.
  const [first, second] = [String(fleet.market.epoch() - 2n), String(fleet.market.epoch() - 1n)];
  for (const juror of jurors.map(fleet.byNode)) {
    const votes = (await juror.store.listOutbox()).filter(({ kind }) => kind === 'commit_vote');
    expect(votes.map(({ subject, state }) => [subject, state]).sort()).toEqual([
      [`${stack}/${first}`, 'confirmed'],
      [`${stack}/${second}`, 'confirmed'],
    ]);
    expect(votes.map(({ expirationEpoch }) => expirationEpoch).sort()).toEqual([
      fleet.market.epoch() - 1n,
      fleet.market.epoch(),
    ]);
    expect(juror.alarms()).toEqual([]);
  }
  expect(await fleet.events('DisputeVoteCommittedEvent')).toHaveLength(10);
  expect(await fleet.events('DisputeVoteRevealedEvent')).toHaveLength(5);
  expect(await buyer.watchOnce()).toMatchObject([{ did: 'ended' }]);
  await buyer.close();
  await fleet.close();
});

test('a node that announces another address takes back no receipt', async () => {
  let turned = false;
  const billMost = (leaf: LeafRow): LeafRow => ({ ...leaf, units: envelopeLayout.decode(leaf.envelope).maxUnits });
  const fleet = await openFleet({
    nodes: 7,
    daemon: () => ({ store: turning(() => (turned ? billMost : undefined)) }),
  });
  const { stack, server, given } = await serve(fleet, { max_tokens: 5 });
  // The badge goes to another wallet of the same hand, which announces the same daemon.
  const second = fleet.market.actor();
  const { client, signer, sender } = server.settle.atoma;
  const { response } = await client.stateService.listOwnedObjects({ owner: sender as string });
  const badge = response.objects.find(({ objectType }) => objectType?.includes('NodeBadge'));
  const tx = new Transaction();
  tx.transferObjects([badge?.objectId as string], second.sender as string);
  await client.signAndExecuteTransaction({ transaction: tx, signer: signer as Signer });
  executedResult(
    await updateNodeUrl(second, { nodeSmallId: server.settle.nodeId, url: `http://127.0.0.1:${server.port}` }),
  );
  expect((await getNode(fleet.buyer, { nodeSmallId: server.settle.nodeId })).owner).toBe(second.sender);
  turned = true;
  const billed = await settleShown(fleet, stack, server, second);
  await accuse(fleet, stack, given, billed);
  const others = fleet.daemons.filter((daemon) => daemon !== server);
  expect(await decide(fleet, others)).toMatchObject({ ...convicted, userRefundAmount: P * N });
  await fleet.close();
});

test('level 1: wrong answers under signed receipts, the right history settled: the receipts convict, and an honest backer keeps its stake', async () => {
  let [liar, turned] = [-1, false];
  const right = new Map<string, Uint8Array>();
  const repair = (leaf: LeafRow): LeafRow => ({ ...leaf, contentHash: right.get(leaf.requestId) ?? leaf.contentHash });
  const fleet = await openFleet({
    nodes: 7,
    level: 1,
    alwaysAttest: true,
    engine: (i) => lyingEngine('o', () => liar === i),
    daemon: () => ({ store: turning(() => (turned ? repair : undefined)) }),
  });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  liar = fleet.daemons.indexOf(server);
  const given: Given[] = [];
  for (const prompt of PROMPTS)
    await askOnce(fleet, stack, server, prompt, (receipt, signed) => given.push({ receipt, signed }));
  liar = -1;
  for (const leaf of await server.store.listLeaves(stack)) {
    const body = (await server.store.findBody(stack, leaf.requestId)) as Uint8Array;
    const request = { envelope: envelopeLayout.decode(leaf.envelope), envelopeBytes: leaf.envelope, body };
    const task = { role: 0, model: 'atoma/demo-chat' };
    const honest = await replayRow(server.node.engines, task, { request, cut: leaf.cut, trace: undefined });
    if (honest?.kind === 'repeated') right.set(leaf.requestId, honest.workHash);
  }
  turned = true;
  const units = await settleShown(fleet, stack, server);
  expect(units).toBe(given.at(-1)?.receipt.cumulativeUnits);
  await fleet.tick();
  const { attested, state } = await getTicket(fleet.buyer, { stackSmallId: stack });
  expect([attested.length, state]).toEqual([1, 'clean']);
  const backer = () => getNode(fleet.buyer, { nodeSmallId: attested[0] as bigint });
  const before = await backer();
  await accuse(fleet, stack, given, units);
  const resolved = await decide(fleet);
  expect(resolved).toMatchObject(convicted);
  expect(resolved?.challengerShare).toBeGreaterThan(0n);
  // The attester confirmed what the rows show; it saw no receipt.
  expect(await backer()).toMatchObject({ stake: before.stake, reputation: before.reputation });
  await fleet.close();
});

/** An honest settlement that its buyer accuses without cause. */
const framed = async (fleet: Fleet) => {
  const { stack, server, given } = await serve(fleet);
  await server.settleStack(stack);
  await fleet.tick(2);
  const claimed = (await getTicket(fleet.buyer, { stackSmallId: stack })).numClaimedComputeUnits;
  const { jurors } = await accuse(fleet, stack, given.slice(0, 1), claimed);
  return { stack, server, given, claimed, judges: jurors.map(fleet.byNode) };
};

test('an honest node out of reach when the jury votes is acquitted on what the jurors hold', async () => {
  const fleet = await openFleet({ nodes: 6 });
  const { server, claimed, judges } = await framed(fleet);
  for (const juror of judges) await juror.tick();
  await server.stop({ graceMs: 0 });
  expect(await decide(fleet, judges)).toMatchObject({ outcome: 1, nodeFee: claimed * P, challengerBondReturned: 0n });
  for (const daemon of fleet.daemons) if (daemon !== server) await daemon.stop({ graceMs: 0 });
  fleet.market.close();
});

test('a single juror that reached the accused in time is enough: the others get the rows from it', async () => {
  const fleet = await openFleet({ nodes: 6 });
  const { server, claimed, judges } = await framed(fleet);
  await judges[3]?.tick();
  await server.stop({ graceMs: 0 });
  expect(await decide(fleet, judges)).toMatchObject({ outcome: 1, nodeFee: claimed * P, challengerBondReturned: 0n });
  for (const daemon of fleet.daemons) if (daemon !== server) await daemon.stop({ graceMs: 0 });
  fleet.market.close();
});

test('what is pushed to single jurors changes no vote', async () => {
  const fleet = await openFleet({ nodes: 6 });
  const { stack, server, claimed, judges } = await framed(fleet);
  const leaves = await server.store.listLeaves(stack);
  const foreign = leaves.map(({ envelope, signature }) =>
    encodeRequest({ envelope, signature, body: new TextEncoder().encode('something else') }),
  );
  for (const [i, juror] of judges.slice(0, 2).entries())
    await inquire({
      ...wireIds(fleet.market),
      url: `http://127.0.0.1:${juror.port}`,
      node: juror.settle.nodeId,
      stack,
      path: `/v1/disputes/${stack}/evidence`,
      signer: messageSigner(fleet.buyer.signer as Signer),
      now: Date.now(),
      body: new TextEncoder().encode(foreign.slice(i).join('\n')),
      allowPrivate: true,
      limit: 10_000,
      timeoutMs: 60_000,
    });
  expect(await decide(fleet)).toMatchObject({ outcome: 1, nodeFee: claimed * P });
  const roots = (await fleet.events('DisputeVoteRevealedEvent')).map(({ data }) =>
    Buffer.from(data.historyRoot).toString('hex'),
  );
  expect(roots).toHaveLength(5);
  expect(new Set(roots).size).toBe(1);
  await fleet.close();
});

test('a wrong list given to the attester alone costs it half of the jury, and not its bond', async () => {
  let turned = false;
  const moreUnits = (leaf: LeafRow): LeafRow => ({ ...leaf, units: leaf.units + 1n });
  const fleet = await openFleet({
    nodes: 7,
    level: 1,
    alwaysAttest: true,
    daemon: () => ({
      store: turning(() => (turned ? moreUnits : undefined)),
      policy: { allowPrivateNodes: true, giveUpMs: 0 },
    }),
  });
  const { stack, server } = await serve(fleet);
  await server.settleStack(stack);
  await server.tick();
  const ticket = await getTicket(fleet.buyer, { stackSmallId: stack });
  const attester = fleet.byNode(ticket.attesters[0] as bigint);
  const before = await getNode(fleet.buyer, { nodeSmallId: attester.settle.nodeId });
  turned = true;
  for (let epoch = 0; epoch < 2; epoch++) {
    await attester.tick();
    await attester.tick();
    if ((await getTicket(fleet.buyer, { stackSmallId: stack })).state === 'disputed') break;
    fleet.market.nextEpoch();
  }
  turned = false;
  const [accused] = await fleet.events('StackAttestationDisputeEvent');
  const nothing = inputsUnavailable();
  expect(accused?.data).toMatchObject({ challengerNodeId: attester.settle.nodeId, attestationCommitment: nothing });
  const resolved = await decide(fleet);
  expect(resolved).toMatchObject({ outcome: 1, nodeFee: ticket.numClaimedComputeUnits * P, slashedJurors: [] });
  const after = await getNode(fleet.buyer, { nodeSmallId: attester.settle.nodeId });
  const half = (5n * (resolved?.jurorPay as bigint)) / 2n;
  expect(before.stake - after.stake).toBe(half);
  expect(half).toBeLessThan(SLASH);
  await fleet.close();
});
