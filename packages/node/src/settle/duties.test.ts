/** One round over what a node owes: each duty in its time, own money first, an alarm where something is late. */
import { blake2b256 } from '@atoma/base';
import { expect, test } from 'vitest';
import { epochOf } from '../../../sdk/src/testing/shown-chain.ts';
import { nodeError } from '../node-errors.ts';
import { stackTerms } from '../testing/ledger-fixtures.ts';
import { CHECKER, openRound, type Round } from '../testing/round.ts';
import { runDuties } from './duties.ts';
import { createHolding } from './holding.ts';

const [AWAITING, CLEAN, OPEN_REQUIRED, DISPUTED] = [1, 2, 3, 4];
const HALF_HOUR = 1_800_000;

/** Stacks of this node, settled, with their tickets. */
const settled = async (round: Round, tickets: Readonly<Record<string, object>>): Promise<void> => {
  for (const [id, ticket] of Object.entries(tickets)) {
    await round.desk.store.putStack(stackTerms(BigInt(id)), 0);
    await round.desk.store.moveStack(BigInt(id), ['open'], 'settled');
    round.chain.show('tickets', BigInt(id), ticket);
  }
};

test('own tickets are claimed when nobody can object any more, many in one transaction', async () => {
  const round = await openRound({ policy: { claimBatch: 2 } });
  const tickets = { 1: { deadline: 6n }, 2: { deadline: 7n }, 3: { deadline: 5n, state: CLEAN }, 4: { deadline: 1n } };
  await settled(round, { ...tickets, 5: { deadline: 6n, state: DISPUTED }, 6: { deadline: 6n, state: OPEN_REQUIRED } });
  await runDuties(round.settle, epochOf(6n));
  expect(await round.intents('claim')).toEqual([
    { kind: 'claim', subject: '1,3', stacks: '1,3' },
    { kind: 'claim', subject: '4', stacks: '4' },
  ]);
  expect(round.steps).toEqual(['claim:before-intent', 'claim:before-intent']);
  // What is on its way is not claimed twice.
  await runDuties(round.settle, epochOf(7n));
  expect((await round.intents('claim')).map(({ subject }) => subject)).toEqual(['1,3', '4', '2']);
});

test('a batch that failed is halved until what fails stands alone', async () => {
  const round = await openRound();
  await settled(round, { 1: { deadline: 0n }, 2: { deadline: 0n }, 3: { deadline: 0n } });
  const fails = async (subject: string) =>
    round.desk.store.moveOutbox({ kind: 'claim', subject }, ['intent'], { state: 'failed', updatedMs: 0 });
  const claimed = async () => {
    await runDuties(round.settle, epochOf(6n));
    return (await round.intents('claim')).map(({ subject }) => subject);
  };
  expect(await claimed()).toEqual(['1,2,3']);
  await fails('1,2,3');
  expect((await claimed()).slice(1)).toEqual(['1,2', '3']);
  await fails('3');
  await fails('1,2');
  expect((await claimed()).slice(3)).toEqual(['1', '2']);
  await fails('1');
  expect((await claimed()).slice(5)).toEqual(['1,3']);
  await fails('1,3');
  expect(await claimed()).toHaveLength(6);
});

test('attesters that are silent or vacant are drawn anew, once', async () => {
  const round = await openRound();
  const attesting = { state: AWAITING, attested: [false], redraws: 1 };
  await settled(round, {
    1: { ...attesting, deadline: 6n, attesters: [3n] },
    2: { ...attesting, deadline: 9n, attesters: [3n] },
    3: { ...attesting, deadline: 9n, attesters: [0n] },
    4: { ...attesting, deadline: 9n, attesters: [0n], state: DISPUTED },
  });
  await runDuties(round.settle, epochOf(6n));
  await runDuties(round.settle, epochOf(6n));
  expect(await round.intents()).toEqual([
    { kind: 'redraw', subject: '1:1', stack: '1', redraws: '1', vacant: 'false' },
    { kind: 'redraw', subject: '3:1:6', stack: '3', redraws: '1', vacant: 'true' },
  ]);
  // Where nobody was found, others may have come by the next epoch.
  await runDuties(round.settle, epochOf(7n));
  expect((await round.intents()).at(-1)).toMatchObject({ subject: '3:1:7' });
});

test('a commitment is opened with what was frozen; without that an operator is told', async () => {
  const round = await openRound();
  await settled(round, { 1: { state: OPEN_REQUIRED, deadline: 5n } });
  await runDuties(round.settle, epochOf(6n));
  expect(round.alarms).toEqual([['cannot_open', { stack: '1' }]]);
  const frozen = { stack: '1', units: '40', proof: 'AA==', leaf: 'AQ==', merkleRoot: 'Ag==', total: '41' };
  await round.desk.store.putIntent('settle', '1', JSON.stringify(frozen), 0);
  await runDuties(round.settle, epochOf(6n));
  expect(await round.intents('open')).toEqual([
    { kind: 'open', subject: '1', stack: '1', merkleRoot: 'Ag==', units: '41' },
  ]);
  expect(round.alarms).toHaveLength(1);
});

test('a settled stack without a ticket is left alone', async () => {
  const round = await openRound();
  await settled(round, { 1: {} });
  round.chain.show('tickets', 1n, null);
  await runDuties(round.settle, epochOf(60n));
  expect(await round.intents()).toEqual([]);
});

test('a stack whose settlement failed for good is given back when its time is over', async () => {
  const round = await openRound();
  const { store } = round.desk;
  await store.putStack(stackTerms(1n), 0);
  await store.freeze(1n, 0, () => '{}');
  const given = async (epoch: bigint) => {
    await runDuties(round.settle, epochOf(epoch));
    return (await round.intents('finalize')).length;
  };
  round.chain.show('stacks', 1n, { boughtEpoch: 0n });
  expect(await given(14n)).toBe(0); // it may still be settled
  await store.moveOutbox({ kind: 'settle', subject: '1' }, ['intent'], { state: 'failed', updatedMs: 0 });
  expect(await given(13n)).toBe(0);
  round.chain.show('tickets', 1n, {});
  expect(await given(14n)).toBe(0);
  round.chain.show('tickets', 1n, null);
  round.chain.show('stacks', 1n, null);
  expect(await given(14n)).toBe(0);
  round.chain.show('stacks', 1n, { boughtEpoch: 0n });
  expect(await given(14n)).toBe(1);
  expect(await round.intents('finalize')).toEqual([{ kind: 'finalize', subject: '1', stack: '1' }]);
});

test('an attester ends a stack that its node forgot, two epochs after it could have been claimed', async () => {
  const round = await openRound();
  await round.owe('finalize');
  const shown = async (ticket: object, epoch: bigint) => {
    round.chain.show('tickets', 1n, ticket);
    await runDuties(round.settle, epochOf(epoch));
    return (await round.intents()).length;
  };
  expect(await shown({ deadline: 6n }, 7n)).toBe(0);
  expect(await shown({ deadline: 6n, state: AWAITING }, 8n)).toBe(0);
  expect(await shown({ deadline: 6n, state: CLEAN }, 8n)).toBe(1);
  expect(await round.intents()).toEqual([{ kind: 'finalize', subject: '1', stack: '1' }]);
  expect(await round.duty('finalize')).toBe('open');
  round.chain.show('tickets', 1n, null);
  await runDuties(round.settle, epochOf(8n));
  expect(await round.duty('finalize')).toBe('done');
});

test('a duty waits for its first epoch, and is missed after its last, with an alarm', async () => {
  const round = await openRound();
  await round.owe('resolve', 1n, 7n);
  await runDuties(round.settle, epochOf(6n));
  expect(await round.duty('resolve')).toBe('open');
  await runDuties(round.settle, epochOf(7n));
  expect(await round.duty('resolve')).toBe('done'); // there is no dispute
  await round.owe('commit_vote', 2n, 0n, 8n);
  await runDuties(round.settle, epochOf(8n));
  expect(await round.duty('commit_vote', 2n)).toBe('missed');
  expect(round.alarms).toEqual([['duty_missed', { duty: 'commit_vote', stack: '2' }]]);
});

test('claims and openings are not met as duties: they are seen to with all own stacks', async () => {
  const round = await openRound();
  for (const kind of ['open', 'claim'] as const) await round.owe(kind, 1n, 0n, 5n);
  await runDuties(round.settle, epochOf(9n));
  expect([await round.duty('open'), await round.duty('claim'), round.alarms]).toEqual(['open', 'open', []]);
});

test('an unmet duty is an alarm half an epoch before its end, once, unless something was sent', async () => {
  const round = await openRound();
  round.chain.show('stacks', 1n, {});
  round.chain.show('disputes', 1n, { epoch: 6n, jurors: [CHECKER] });
  await round.owe('commit_vote', 1n, 0n, 8n);
  const at = async (epoch: bigint, ms: number) => {
    round.desk.clock.now = ms;
    await runDuties(round.settle, epochOf(epoch));
    return round.alarms.length;
  };
  expect(await at(6n, HALF_HOUR * 2)).toBe(0);
  expect(await at(7n, HALF_HOUR - 1)).toBe(0);
  expect(await at(7n, HALF_HOUR)).toBe(1);
  expect(await at(7n, HALF_HOUR + 1)).toBe(1);
  expect(round.alarms).toEqual([['duty_late', { duty: 'commit_vote', stack: '1', before_epoch: '8' }]]);
  const sent = await openRound({ chain: round.chain });
  const data = JSON.stringify({ epoch: '5' });
  await sent.desk.store.putDuty({
    ...{ kind: 'reveal_vote', stack: 1n, fromEpoch: 0n, beforeEpoch: 8n, data, updatedMs: 0 },
  });
  await sent.desk.store.putIntent('reveal_vote', '1/5', '{}', 0);
  sent.desk.clock.now = HALF_HOUR * 2;
  await runDuties(sent.settle, epochOf(7n));
  expect(sent.alarms).toEqual([]);
  const unbounded = await openRound({ chain: round.chain });
  await unbounded.owe('resolve', 1n);
  await runDuties(unbounded.settle, epochOf(7n));
  expect(unbounded.alarms).toEqual([]);
});

test('what fails is tried again in the next round, and keeps no other duty waiting', async () => {
  const round = await openRound();
  await round.owe('resolve', 1n);
  await round.owe('finalize', 2n);
  const { chain } = round;
  chain.fault = new TypeError('the chain is away');
  await runDuties(round.settle, epochOf(6n)).catch(() => undefined);
  expect([await round.duty('resolve'), await round.duty('finalize', 2n)]).toEqual(['open', 'open']);
  chain.fault = undefined;
  await runDuties(round.settle, epochOf(6n));
  expect([await round.duty('resolve'), await round.duty('finalize', 2n)]).toEqual(['done', 'done']);
});

test('a machine without room says so, once', async () => {
  const round = await openRound();
  await round.owe('attest', 1n, 0n, 60n);
  round.desk.store.endDuty = () => Promise.reject(nodeError('SPOOL', { path: '/tmp', why: 'no space left' }));
  for (let i = 0; i < 2; i++) await runDuties(round.settle, epochOf(6n));
  expect(round.alarms).toEqual([['no_room', { stack: '1', path: '/tmp', why: 'no space left' }]]);
  const other = await openRound();
  await other.owe('attest', 1n, 0n, 60n);
  other.desk.store.endDuty = () => Promise.reject(new TypeError('another fault'));
  await runDuties(other.settle, epochOf(6n));
  expect(other.alarms).toEqual([]);
  expect([...other.settle.underWay.keys()]).toEqual([]);
});

test('a check that takes long goes on beside the rounds, and begins once', async () => {
  const round = await openRound({ policy: { checkMs: 0 } });
  await round.owe('attest', 1n, 0n, 60n);
  let begun = 0;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { endDuty } = round.desk.store;
  round.desk.store.endDuty = async (...all) => {
    begun++;
    await held;
    await endDuty(...all);
  };
  await runDuties(round.settle, epochOf(6n));
  await expect.poll(() => begun).toBe(1);
  await runDuties(round.settle, epochOf(6n));
  const [running] = round.settle.underWay.values();
  expect([begun, [...round.settle.underWay.keys()]]).toEqual([1, ['attest/1']]);
  release();
  await running;
  expect([await round.duty('attest'), round.settle.underWay.size]).toEqual(['missed', 0]);
});

test('inputs are held while something is owed about their stack, or a check of it runs', async () => {
  const round = await openRound();
  const closed: bigint[] = [];
  for (const stack of [1n, 2n, 3n]) {
    const holding = createHolding({ level: 0, inputs: blake2b256(), maySign: () => false });
    round.settle.holdings.set(stack, { ...holding, close: () => closed.push(stack) });
    round.desk.node.relayed.set(stack, { ...holding, isOwner: async () => false });
  }
  await round.owe('resolve', 1n, 60n);
  round.settle.underWay.set('attest/2', Promise.resolve());
  await runDuties(round.settle, epochOf(6n));
  expect([closed, [...round.settle.holdings.keys()], [...round.desk.node.relayed.keys()]]).toEqual([
    [3n],
    [1n, 2n],
    [1n, 2n],
  ]);
});

test('the time left for the most urgent duty of each kind is shown, and not for what is met', async () => {
  const round = await openRound();
  await round.owe('commit_vote', 1n, 50n, 62n);
  await round.owe('commit_vote', 2n, 50n, 61n);
  await round.owe('commit_vote', 3n, 50n, 63n);
  await round.owe('resolve', 4n, 50n, null);
  const shown = async () => {
    await runDuties(round.settle, epochOf(6n));
    const { values } = await round.desk.node.metrics.dutySlack.get();
    return values.map(({ labels, value }) => [labels.kind, value]);
  };
  expect(await shown()).toEqual([['commit_vote', 55]]);
  for (const stack of [1n, 2n, 3n]) await round.desk.store.endDuty('commit_vote', stack, 'done');
  expect(await shown()).toEqual([]);
});
