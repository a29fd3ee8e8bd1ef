/** An attester's way through a settlement: it repeats and confirms, or accuses; gives up what cannot be had; joins what others began. */
import { toHex } from '@atoma/base';
import { computeCommitment, receiptLayout, toBase64 } from '@atoma/sdk';
import { beforeEach, expect, test } from 'vitest';
import { epochOf, objectId } from '../../../sdk/src/testing/shown-chain.ts';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import type { Engine, EngineEvent } from '../engine/types.ts';
import type { LeafRow } from '../store/types.ts';
import { type History, inHand, serveHistory } from '../testing/history.ts';
import { CHECKER, openRound, type Round } from '../testing/round.ts';
import { attestStack } from './attest.ts';

const HALF_HOUR = 1_800_000;
const [AWAITING, CLEAN, DISPUTED] = [1, 2, 4];
const zeros64 = toBase64(new Uint8Array(32));
let history: History;
beforeEach(async () => {
  history = await serveHistory({ level: 1 });
});

/** An engine whose answers are in capitals: for good, or until it is started anew. */
const loud = (heals: boolean): Engine => {
  const honest = createBuiltinEngine();
  return {
    ...honest,
    renew: async () => (heals ? honest : loud(false)),
    run: async function* (...all): AsyncGenerator<EngineEvent> {
      for await (const event of honest.run(...all))
        yield event.type === 'delta' ? { ...event, content: event.content?.toUpperCase() ?? '' } : event;
    },
  };
};

interface Change {
  readonly holds?: boolean;
  readonly ticket?: object;
  readonly rules?: bigint;
  readonly engine?: Engine;
}

/** The drawn attester of the history, which holds what can be had of it, or nothing. */
const openAttester = async ({ holds = true, ticket: change = {}, rules = 1n, engine }: Change = {}) => {
  const { chain, id } = history;
  const round = await openRound({ chain, ...(engine ? { desk: { engines: [engine] } } : {}) });
  const { holding, stack, ticket, merkleRoot } = await inHand(history);
  if (holds) round.settle.holdings.set(id, holding);
  const { numClaimedComputeUnits: claimed, inputs, auditSeed: seed } = ticket;
  const terms = { ...stack.terms, rules, attesters: 2n };
  const [owner, nodeAddress] = [stack.owner, stack.nodeAddress];
  chain.show('stacks', id, { owner, nodeAddress, units: 100_000n, level: 1, terms });
  const own = computeCommitment({ merkleRoot, units: claimed, stackSmallId: id, attesters: 2 });
  // With two attesters a settlement commits to three leaves.
  chain.show('tickets', id, {
    ...{ claimed, root: own.committedStackProof, leaves: [...own.leaves], inputs: inputs ?? new Uint8Array(), seed },
    ...{ attesters: [4n, CHECKER], attested: [false, false], drawn: [4n, CHECKER], state: AWAITING },
    ...{ required: true, deadline: 8n },
    ...change,
  });
  round.desk.clock.now = 0;
  await round.owe('attest', id, 0n, 8n);
  return { ...round, own, merkleRoot };
};
const attest = ({ settle }: Round, epoch = 6n) => {
  const duty = { kind: 'attest' as const, stack: history.id, beforeEpoch: 8n, fromEpoch: 0n, state: 'open' as const };
  return attestStack(settle, { ...duty, data: '{}', updatedMs: 0 }, epochOf(epoch));
};
const ended = (round: Round) => round.duty('attest', history.id);

test('what is repeated as it was settled is confirmed, by the leaf of the attester’s own place', async () => {
  const round = await openAttester();
  const stack = String(history.id);
  const [proof, leaf] = [toBase64(round.own.committedStackProof), toBase64(round.own.leaves[2] as Uint8Array)];
  for (let i = 0; i < 2; i++) await attest(round);
  expect(await round.intents()).toEqual([{ kind: 'attest', subject: stack, stack, proof, leaf }]);
  expect(round.settle.checks.find(history.id)).toBeUndefined();
  expect(await round.desk.store.listEvidence(history.id)).toEqual([]);
  expect(round.alarms).toEqual([]);
});

test('another history is an accusation, and what it rests on is written down', async () => {
  const round = await openAttester({ engine: loud(false) });
  await attest(round);
  const [intent] = await round.intents();
  expect(intent).toMatchObject({ kind: 'attest', leaf: zeros64 });
  expect(intent).not.toHaveProperty('disputes');
  expect(intent?.proof).not.toBe(toBase64(round.own.committedStackProof));
  expect(round.settle.checks.find(history.id)).toMatchObject({ as: 'attester', findings: [{}, {}, {}] });
  const kept = await round.desk.store.listEvidence(history.id);
  expect(kept.map(({ kind, source }) => [kind, source])).toEqual([
    ['transcript', round.desk.node.identity.signer.address],
  ]);
  const lines = Buffer.from(kept[0]?.payload ?? []).toString();
  expect(lines.match(/\n/g)).toHaveLength(3);
  expect(round.alarms).toEqual([]);
});

test('an engine that is wrong until it is started anew accuses nobody, and its operator is told', async () => {
  const round = await openAttester({ engine: loud(true) });
  await attest(round);
  expect(await round.intents()).toMatchObject([{ proof: toBase64(round.own.committedStackProof) }]);
  expect(round.alarms.map(([kind]) => kind)).toEqual(['engine_unsteady']);
  const [[, detail]] = round.alarms as [(typeof round.alarms)[number]];
  expect(detail.second).toBe(toHex(round.merkleRoot));
  expect(detail.first).not.toBe(detail.second);
});

test('the right root under a wrong leaf of its node is disputed', async () => {
  const wrong = new Uint8Array(32).fill(9);
  const round = await openAttester();
  const leaves = [wrong, ...round.own.leaves.slice(1)];
  const bent = await openAttester({ ticket: { leaves } });
  await attest(bent);
  const proof = toBase64(bent.own.committedStackProof);
  expect(await bent.intents()).toMatchObject([{ proof, leaf: zeros64, disputes: 'leaf' }]);
});

test.each<[string, object, string]>([
  ['it has attested', { attested: [false, true] }, 'done'],
  ['another is drawn in its place', { attesters: [4n, 6n] }, 'missed'],
  ['nothing is awaited', { state: CLEAN }, 'missed'],
])('the duty ends where %s', async (_, ticket, state) => {
  const round = await openAttester({ ticket });
  await attest(round);
  expect([await ended(round), await round.intents()]).toEqual([state, []]);
});

test.each(['tickets', 'stacks'] as const)('the duty ends without a row of %s', async (table) => {
  const round = await openAttester();
  history.chain.show(table, history.id, null);
  await attest(round);
  expect([await ended(round), await round.intents()]).toEqual(['missed', []]);
});

test('by rules that are not known nobody is judged', async () => {
  const round = await openAttester({ rules: 2n });
  await attest(round);
  expect([await ended(round), await round.intents()]).toEqual(['open', []]);
  expect(round.alarms.map(([kind]) => kind)).toEqual(['rules_unknown']);
});

test('inputs that cannot be had are given up when three quarters of the window are over', async () => {
  const round = await openAttester({ holds: false });
  const at = async (epoch: bigint, ms: number) => {
    round.desk.clock.now = ms;
    await attest(round, epoch);
    return (await round.intents()).length;
  };
  expect(await at(6n, 0)).toBe(0);
  expect(await at(6n, 2 * HALF_HOUR)).toBe(0);
  expect(await at(7n, HALF_HOUR - 1)).toBe(0);
  expect(await at(7n, HALF_HOUR)).toBe(1);
  expect(await round.intents()).toMatchObject([{ proof: zeros64, leaf: zeros64 }]);
  const hasty = await openAttester({ holds: false });
  hasty.desk.clock.now = 2 * HALF_HOUR;
  await attest(hasty, 7n);
  expect(await hasty.intents()).toEqual([]); // missed only now
});

test('a clock before the epoch, or an epoch of no length, gives nothing up too soon', async () => {
  const round = await openAttester({ holds: false });
  round.settle.missingSince.set(`attest/${history.id}`, -4 * HALF_HOUR);
  round.desk.clock.now = -1;
  await attest(round, 7n);
  expect(await round.intents()).toEqual([]);
  round.desk.clock.now = 100 * HALF_HOUR;
  await attest(round, 6n);
  expect(await round.intents()).toEqual([]); // at most the whole epoch is over
  const duty = { kind: 'attest' as const, stack: history.id, beforeEpoch: 8n, fromEpoch: 0n, state: 'open' as const };
  await attestStack(round.settle, { ...duty, data: '{}', updatedMs: 0 }, { ...epochOf(7n), durationMs: 0 });
  expect(await round.intents()).toHaveLength(1);
});

test('a settlement that names no inputs is disputed at once', async () => {
  const round = await openAttester({ ticket: { inputs: new Uint8Array() } });
  await attest(round);
  expect(await round.intents()).toMatchObject([{ proof: zeros64, leaf: zeros64 }]);
});

/** A dispute of a buyer, whose first jury still commits. */
const buyers = { challenger: objectId(7), epoch: 5n, commitDeadline: 8n, jurors: [6n, 8n] };
/** The chain lists its start: without that nobody knows what was shown. */
const start = (): void =>
  history.chain.emit('StackAttestationDisputeEvent', {
    ...{ stackSmallId: history.id, originalNodeId: 1n, originalCommitment: new Uint8Array(32) },
    ...{ challenger: objectId(7), challengerNodeId: 0n, attestationCommitment: new Uint8Array(32), rows: [] },
    ...{ namedUnits: 0n, receipts: [], bond: 0n, jurors: [6n, 8n], disputeEpoch: 5n },
    ...{ commitDeadlineEpoch: 8n, revealDeadlineEpoch: 9n },
  });

test('a buyer’s dispute is joined with the attester’s own accusation', async () => {
  const round = await openAttester({ engine: loud(false), ticket: { state: DISPUTED } });
  history.chain.show('disputes', history.id, buyers);
  start();
  for (let i = 0; i < 2; i++) await attest(round);
  const [intent, ...more] = await round.intents();
  expect([intent?.kind, intent?.stack, more]).toEqual(['join', String(history.id), []]);
  expect(intent?.proof).not.toBe(toBase64(round.own.committedStackProof));
});

test('with the owner’s evidence it is joined again, also in the epoch in which it began; what it rests on is written down', async () => {
  const round = await openAttester({ engine: loud(false), ticket: { state: DISPUTED } });
  const { chain, id } = history;
  const joined = [{ node: CHECKER, owner: objectId(0), claim: new Uint8Array(32) }];
  chain.show('disputes', id, buyers);
  start();
  await attest(round);
  expect(await round.intents()).toMatchObject([{ kind: 'join', subject: `${id}/5`, epoch: '5' }]);
  expect((await round.desk.store.listEvidence(id)).map(({ kind }) => kind)).toEqual(['transcript']);
  chain.show('disputes', id, { ...buyers, joined });
  await attest(round);
  expect(await ended(round)).toBe('done');
  // The contract forgets who joined; what the owner shows may change the root.
  const [leaf] = history.leaves as [LeafRow];
  const { chainId, packageId, signer } = history.desk.node.identity;
  const said = { ...receiptLayout.decode(leaf.receipt), chainId, packageId, units: leaf.units - 1n };
  const receipt = receiptLayout.encode(said);
  chain.emit('DisputeEvidenceEvent', {
    ...{ stackSmallId: id, originalNodeId: 1n, owner: objectId(3), rows: [], namedUnits: 0n, bond: 0n },
    ...{ receipts: [Buffer.concat([signer.sign(receipt), receipt])], disputeEpoch: 5n },
    ...{ commitDeadlineEpoch: 8n, revealDeadlineEpoch: 9n },
  });
  const evidence = { owner: objectId(3), rows: [], namedUnits: 0n, bond: 0n };
  chain.show('disputes', id, { ...buyers, evidence });
  for (let i = 0; i < 2; i++) await attest(round);
  const [before, after, ...more] = await round.intents();
  expect([after, more]).toMatchObject([{ kind: 'join', subject: `${id}/5/shown`, epoch: '5', shown: 'yes' }, []]);
  expect(after?.proof).not.toBe(before?.proof);
  // What earlier versions wrote down counts where nothing was shown.
  const old = await openAttester({ engine: loud(false), ticket: { state: DISPUTED } });
  await old.desk.store.putIntent('join', String(id), '{}', 0);
  chain.show('disputes', id, buyers);
  await attest(old);
  expect(await old.intents()).toHaveLength(1);
});

test('whoever agrees with what was settled does not join', async () => {
  const round = await openAttester({ ticket: { state: DISPUTED } });
  history.chain.show('disputes', history.id, buyers);
  start();
  await attest(round);
  expect([await ended(round), await round.intents()]).toEqual(['done', []]);
});

test.each<[string, object]>([
  ['it is an attester’s', { challengerNode: 4n }],
  ['its first jury has voted', { firstJury: [6n] }],
  ['all have committed', { commits: [Uint8Array.of(1), Uint8Array.of(1)] }],
  ['the time to commit is over', { commitDeadline: 6n }],
  ['this attester has joined', { joined: [{ node: CHECKER, owner: objectId(0), claim: new Uint8Array(32) }] }],
])('a dispute is not joined where %s', async (_, dispute) => {
  const round = await openAttester({ engine: loud(false), ticket: { state: DISPUTED } });
  history.chain.show('disputes', history.id, { ...buyers, ...dispute });
  await attest(round);
  expect([await ended(round), await round.intents()]).toEqual(['done', []]);
});

test('nobody joins what is gone, without inputs, by unknown rules, or without having to attest', async () => {
  const gone = await openAttester({ engine: loud(false), ticket: { state: DISPUTED } });
  history.chain.show('disputes', history.id, null);
  await attest(gone);
  expect([await ended(gone), await gone.intents()]).toEqual(['done', []]);
  history.chain.show('disputes', history.id, buyers);
  start();
  for (const change of [{ holds: false }, { rules: 2n }, { ticket: { inputs: new Uint8Array() } }] as Change[]) {
    const ticket = { state: DISPUTED, ...change.ticket };
    const round = await openAttester({ engine: loud(false), ...change, ticket });
    await attest(round);
    expect([await ended(round), await round.intents()]).toEqual(['open', []]);
  }
  for (const ticket of [{ required: false }, { attested: [false, true] }, { attesters: [4n, 6n] }]) {
    const round = await openAttester({ engine: loud(false), ticket: { state: DISPUTED, ...ticket } });
    await attest(round);
    expect(await round.intents()).toEqual([]);
    expect(await ended(round)).toBe('attested' in ticket ? 'done' : 'missed');
  }
});
