/** A juror's way through a dispute: it gathers, commits when it may, reveals what it committed, and ends what is over. */
import { receiptLayout, toBase64, voteCommitment } from '@atoma/sdk';
import { beforeEach, expect, test } from 'vitest';
import { epochOf, objectId } from '../../../sdk/src/testing/shown-chain.ts';
import type { DutyKind, LeafRow, OutboxRow } from '../store/types.ts';
import { type History, inHand, serveHistory } from '../testing/history.ts';
import { CHECKER, openRound, type Round } from '../testing/round.ts';
import { callOf } from './calls.ts';
import type { Holding } from './holding.ts';
import { commitVote, resolveIfDue, revealVote, voteSalt } from './judge.ts';

const HALF_HOUR = 1_800_000;
const committed = new Uint8Array(32).fill(6);
const empty = new Uint8Array();
const zeros64 = toBase64(new Uint8Array(32));
let history: History;
beforeEach(async () => {
  history = await serveHistory({ level: 1 });
});

/** A juror that holds what can be had of the stack, or nothing. */
const openJuror = async (holds = true, dispute: object = {}, rules = 1n): Promise<Round & { merkleRoot: string }> => {
  const { chain, id } = history;
  const round = await openRound({ chain });
  const { holding, stack, ticket, merkleRoot } = await inHand(history, {}, history.rows);
  expect([stack.stackSmallId, ticket.state]).toEqual([id, 'awaiting']);
  if (holds) round.settle.holdings.set(id, holding);
  chain.show('disputes', id, { epoch: 5n, commitDeadline: 8n, revealDeadline: 10n, jurors: [CHECKER, 6n], ...dispute });
  chain.show('nodes', 1n, { owner: objectId(1) });
  const terms = { ...stack.terms, rules };
  const [owner, nodeAddress] = [stack.owner, stack.nodeAddress];
  chain.show('stacks', id, { owner, nodeAddress, units: 100_000n, level: 1, terms });
  round.desk.clock.now = 0;
  return { ...round, merkleRoot: toBase64(merkleRoot) };
};
const dutyOf = (kind: DutyKind) => ({
  ...{ kind, stack: history.id, beforeEpoch: null, fromEpoch: 0n, state: 'open' as const, data: '{}', updatedMs: 0 },
});
const commit = ({ settle }: Round, epoch: bigint) => commitVote(settle, dutyOf('commit_vote'), epochOf(epoch));
const reveal = ({ settle }: Round, epoch: bigint) => revealVote(settle, dutyOf('reveal_vote'), epochOf(epoch));
const resolve = ({ settle }: Round, epoch: bigint) => resolveIfDue(settle, dutyOf('resolve'), epochOf(epoch));

test('a salt follows from the key, the stack and the dispute, and from nothing else', () => {
  const signer = { address: '', sign: (message: Uint8Array) => Buffer.concat([Buffer.from('key'), message]) };
  const salt = voteSalt(signer, 7n, 5n);
  expect(salt).toHaveLength(32);
  expect(voteSalt(signer, 7n, 5n)).toEqual(salt);
  for (const other of [voteSalt(signer, 8n, 5n), voteSalt(signer, 7n, 6n)]) expect(other).not.toEqual(salt);
  expect(voteSalt({ ...signer, sign: (message) => message }, 7n, 5n)).not.toEqual(salt);
});

test('inputs are gathered in the epoch of the dispute; the vote is frozen in the next', async () => {
  const juror = await openJuror();
  await commit(juror, 5n);
  expect(await juror.intents()).toEqual([]);
  expect(juror.settle.holdings.size).toBe(1);
  await commit(juror, 6n);
  const { desk, settle, merkleRoot } = juror;
  const salt = voteSalt(desk.node.identity.signer, history.id, 5n);
  const units = String(history.leaves.reduce((sum, leaf) => sum + leaf.units, 0n));
  const stack = String(history.id);
  expect(await juror.intents()).toEqual([
    {
      ...{ kind: 'commit_vote', subject: `${stack}/5`, stack, epoch: '5', merkleRoot, units, salt: toBase64(salt) },
      evidence: 'found',
    },
  ]);
  expect(settle.checks.find(history.id)).toMatchObject({ as: 'juror', findings: [{ row: 0 }, { row: 1 }, { row: 2 }] });
  // Once: what was frozen stays.
  await commit(juror, 6n);
  expect(await juror.intents()).toHaveLength(1);
});

test('a dispute that begins anew with its owner’s evidence takes another vote, and the one of before is not sent any more', async () => {
  const juror = await openJuror();
  const { chain, id } = history;
  const times = { jurors: [CHECKER, 6n], commitDeadline: 7n, revealDeadline: 8n, waits: true };
  chain.show('disputes', id, { ...times, epoch: 5n });
  await commit(juror, 6n);
  const present = async (subject: string) =>
    callOf(juror.settle, (await juror.desk.store.findOutbox('commit_vote', subject)) as OutboxRow).present();
  expect(await present(`${id}/5`)).toBe(false);
  // The owner shows a receipt of other units in the epoch in which the juror votes.
  const [leaf] = history.leaves as [LeafRow];
  const { chainId, packageId, signer } = history.desk.node.identity;
  const said = { ...receiptLayout.decode(leaf.receipt), chainId, packageId, units: leaf.units - 1n };
  const receipt = receiptLayout.encode(said);
  const evidence = { owner: objectId(3), rows: [], namedUnits: 0n, bond: 0n };
  const anew = { jurors: times.jurors, commitDeadline: 8n, revealDeadline: 9n, epoch: 6n, evidence };
  chain.show('disputes', id, anew);
  expect(await present(`${id}/5`)).toBe(true); // it ends, and is no fault
  for (const epoch of [6n, 7n])
    await expect(commit(juror, epoch)).rejects.toMatchObject({ code: 'NODE_EVENT_MISSING' });
  chain.emit('DisputeEvidenceEvent', {
    ...{ stackSmallId: id, originalNodeId: 1n, owner: objectId(3), rows: [], namedUnits: 0n, bond: 0n },
    ...{ receipts: [Buffer.concat([signer.sign(receipt), receipt])], disputeEpoch: 6n },
    ...{ commitDeadlineEpoch: 8n, revealDeadlineEpoch: 9n },
  });
  await commit(juror, 6n);
  expect(await juror.intents()).toHaveLength(1); // the new one is from the next epoch on
  await commit(juror, 7n);
  const [first, second] = await juror.intents();
  expect(first).toMatchObject({ subject: `${id}/5`, merkleRoot: juror.merkleRoot });
  const salt = toBase64(voteSalt(juror.desk.node.identity.signer, id, 6n));
  expect(second).toMatchObject({ subject: `${id}/6`, epoch: '6', salt, evidence: 'found' });
  expect(second?.merkleRoot).not.toBe(juror.merkleRoot);
  // What is revealed is the vote of this jury, also from a database that has nothing of it.
  chain.show('disputes', id, { ...anew, commits: [committed, committed] });
  await reveal(juror, 7n);
  const revealed = { subject: `${id}/6`, epoch: '6', merkleRoot: second?.merkleRoot, salt };
  expect(await juror.intents('reveal_vote')).toMatchObject([revealed]);
  const lost = await openRound({ chain });
  lost.settle.holdings.set(id, juror.settle.holdings.get(id) as Holding);
  await reveal(lost, 7n);
  expect(await lost.intents('reveal_vote')).toMatchObject([revealed]);
});

test('while the owner may add evidence nothing is revealed though all have committed', async () => {
  const all = { commits: [committed, committed], waits: true };
  const juror = await openJuror(true, all);
  await reveal(juror, 6n);
  expect(await juror.intents()).toEqual([]);
  await reveal(juror, 7n);
  expect(await juror.intents('reveal_vote')).toHaveLength(1);
});

test('a vote that an earlier version wrote down, by its stack alone, is the one that is revealed', async () => {
  const juror = await openJuror(false);
  const { store } = juror.desk;
  const frozen = { stack: String(history.id), merkleRoot: zeros64, units: '0', salt: zeros64 };
  await store.putIntent('commit_vote', String(history.id), JSON.stringify(frozen), 0);
  await commit(juror, 6n);
  expect(await juror.intents()).toHaveLength(1);
  history.chain.show('disputes', history.id, { epoch: 5n, jurors: [CHECKER], commits: [committed] });
  await reveal(juror, 7n);
  expect(await juror.intents('reveal_vote')).toMatchObject([{ ...frozen, subject: `${history.id}/5` }]);
});

test('a vote that blames says so when it is committed and when it is revealed', async () => {
  const juror = await openJuror();
  const { chain, id } = history;
  const leaves = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const { ticket } = await inHand(history);
  const { inputs, auditSeed: seed, numClaimedComputeUnits: claimed } = ticket;
  chain.show('tickets', id, { claimed, inputs: inputs ?? empty, seed, leaves, root: committed, state: 4 });
  await commit(juror, 6n);
  expect(await juror.intents()).toMatchObject([{ kind: 'commit_vote', blame: 'yes' }]);
  chain.show('disputes', id, { epoch: 5n, jurors: [CHECKER], commits: [committed] });
  await reveal(juror, 6n);
  expect(await juror.intents('reveal_vote')).toMatchObject([{ blame: 'yes' }]);
  // The same from a database that lost it.
  const anew = await openRound({ chain });
  const { holding } = await inHand(history);
  chain.show('tickets', id, { claimed, inputs: inputs ?? empty, seed, leaves, root: committed, state: 4 });
  anew.settle.holdings.set(id, holding);
  await reveal(anew, 6n);
  const [{ evidence: _, kind: __, ...vote }] = (await juror.intents('commit_vote')) as [Record<string, unknown>];
  expect(await anew.intents('reveal_vote')).toEqual([{ kind: 'reveal_vote', ...vote }]);
});

test('inputs that cannot be had are given up in the second half of the last epoch to commit', async () => {
  const juror = await openJuror(false);
  const at = async (epoch: bigint, ms: number) => {
    juror.desk.clock.now = ms;
    await commit(juror, epoch);
    return (await juror.intents()).length;
  };
  expect(await at(6n, 0)).toBe(0); // begins to miss them
  expect(await at(6n, 2 * HALF_HOUR)).toBe(0); // long enough, but there is another epoch
  expect(await at(7n, HALF_HOUR - 1)).toBe(0);
  expect(await at(7n, HALF_HOUR)).toBe(1);
  expect(await juror.intents()).toMatchObject([{ merkleRoot: zeros64, units: '0', evidence: 'none' }]);
  expect((await juror.intents())[0]).not.toHaveProperty('blame');
  expect(juror.settle.checks.find(history.id)).toEqual({ as: 'juror', findings: [] });
});

test('inputs that have just been missed are waited for, however late it is', async () => {
  const juror = await openJuror(false);
  juror.desk.clock.now = 2 * HALF_HOUR;
  await commit(juror, 7n);
  expect(await juror.intents()).toEqual([]);
  juror.desk.clock.now += HALF_HOUR / 2;
  await commit(juror, 7n);
  expect(await juror.intents()).toHaveLength(1);
});

test('a settlement that names no inputs has none', async () => {
  const juror = await openJuror(false);
  history.chain.show('tickets', history.id, { state: 4 });
  await commit(juror, 6n);
  expect(await juror.intents()).toMatchObject([{ merkleRoot: zeros64, evidence: 'none' }]);
});

test('nothing is voted by rules that are not known, or about what is gone', async () => {
  const foreign = await openJuror(true, {}, 2n);
  await commit(foreign, 6n);
  expect([await foreign.intents(), foreign.alarms.map(([kind]) => kind)]).toEqual([[], ['rules_unknown']]);
  const juror = await openJuror();
  history.chain.show('stacks', history.id, null);
  await commit(juror, 6n);
  await commit(juror, 5n);
  expect(await juror.intents()).toEqual([]);
});

test.each([
  ['commit_vote', commit, 'commits'],
  ['reveal_vote', reveal, 'secrets'],
] as const)('%s is done when the chain has it, and missed when the dispute is over', async (kind, act, where) => {
  const done = await openJuror(true, { [where]: [committed, empty] });
  await done.owe(kind, history.id);
  await act(done, 6n);
  expect([await done.duty(kind, history.id), await done.intents()]).toEqual(['done', []]);
  const over = await openJuror();
  history.chain.show('disputes', history.id, null);
  await over.owe(kind, history.id);
  await act(over, 6n);
  expect([await over.duty(kind, history.id), await over.intents()]).toEqual(['missed', []]);
});

test('a vote is revealed when all have committed, or their time is over, and only by who committed', async () => {
  const own = { commits: [committed, empty] };
  const juror = await openJuror(true, own);
  const revealed = async (dispute: object, epoch: bigint) => {
    const base = { epoch: 5n, commitDeadline: 8n, revealDeadline: 10n, jurors: [CHECKER, 6n] };
    history.chain.show('disputes', history.id, { ...base, ...dispute });
    await reveal(juror, epoch);
    return (await juror.intents()).length;
  };
  expect(await revealed(own, 7n)).toBe(0);
  expect(await revealed({ commits: [empty, committed] }, 8n)).toBe(0);
  expect(juror.steps).toEqual([]);
  expect(await revealed({ commits: [committed, committed] }, 6n)).toBe(1);
  expect(juror.steps).toEqual(['reveal_vote:before-intent']);
  const [{ merkleRoot, units, salt }] = (await juror.intents()) as [Record<string, string>];
  const content = { stackSmallId: history.id, jurorSmallId: CHECKER, units: BigInt(units ?? '') };
  const bytesOf = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? '', 'base64'));
  expect(voteCommitment({ ...content, merkleRoot: bytesOf(merkleRoot), salt: bytesOf(salt) })).toHaveLength(32);
  expect(merkleRoot).toBe(juror.merkleRoot);
  const late = await openJuror(true, own);
  await reveal(late, 8n);
  expect(await late.intents()).toHaveLength(1);
});

test('without its vote and without the inputs a juror reveals nothing', async () => {
  const juror = await openJuror(false, { commits: [committed, empty] });
  await reveal(juror, 8n);
  expect([await juror.intents(), juror.steps]).toEqual([[], []]);
});

test('a dispute is resolved when every vote is in or the time is over; a second jury comes first', async () => {
  const seats = { jurors: [CHECKER, 6n, 8n], commits: [committed, committed, committed] };
  const round = await openJuror();
  await round.owe('resolve', history.id);
  const sent = async (dispute: object, epoch: bigint): Promise<unknown> => {
    const base = { epoch: 5n, commitDeadline: 7n, revealDeadline: 9n, ...seats };
    history.chain.show('disputes', history.id, { ...base, ...dispute });
    await resolve(round, epoch);
    return (await round.intents()).map(({ kind }) => kind);
  };
  const votes = (...secrets: readonly (number | null)[]) => ({
    secrets: secrets.map((byte) => (byte === null ? empty : new Uint8Array(32).fill(byte))),
  });
  expect(await sent(votes(1, 1, null), 8n)).toEqual([]);
  expect(await sent({ ...votes(), jurors: [] }, 8n)).toEqual([]); // too few were found: that is the manager's
  expect(await sent(votes(1, 2, 3), 8n)).toEqual(['second_jury']);
  expect(await sent({ ...votes(1, 2, 3), last: true }, 8n)).toEqual(['second_jury', 'resolve']);
  const other = await openRound({ chain: history.chain });
  history.chain.show('disputes', history.id, {
    ...seats,
    ...votes(1, 1, null),
    epoch: 5n,
    revealDeadline: 9n,
    last: true,
  });
  await resolve(other, 8n);
  expect(await other.intents()).toEqual([]);
  await resolve(other, 9n);
  const stack = String(history.id);
  expect(await other.intents()).toEqual([{ kind: 'resolve', subject: stack, stack }]);
  history.chain.show('disputes', history.id, null);
  await resolve(round, 9n);
  expect(await round.duty('resolve', history.id)).toBe('done');
});
