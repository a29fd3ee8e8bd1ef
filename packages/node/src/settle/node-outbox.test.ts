/** What becomes of a transaction that did not do what it was sent for: it is found done, tried again, or given up with an alarm. */
import { expect, test } from 'vitest';
import { epochOf, objectId, type ShownChain } from '../../../sdk/src/testing/shown-chain.ts';
import type { OutboxKind, OutboxRow } from '../store/types.ts';
import { CHECKER, openRound, type Round } from '../testing/round.ts';
import { runOutbox } from './node-outbox.ts';

const signed = { transaction: new Uint8Array(4), signature: 'AA==', digest: 'D', expirationEpoch: 6n };
const rowOf = async ({ desk }: Round, kind: OutboxKind, subject = '1') =>
  (await desk.store.findOutbox(kind, subject)) as OutboxRow;
/** An entry as far as it came. */
const put = async (
  round: Round,
  kind: OutboxKind,
  change: Partial<OutboxRow> = {},
  frozen: object = { stack: '1' },
) => {
  const { store } = round.desk;
  const subject = change.subject ?? '1';
  await store.putIntent(kind, subject, JSON.stringify(frozen), 0);
  const { state = 'intent', ...rest } = change;
  if (Object.keys(change).length > 0)
    await store.moveOutbox({ kind, subject }, ['intent'], { ...rest, state, updatedMs: rest.updatedMs ?? 0 });
};
const run = ({ settle }: Round, epoch = 6n) => runOutbox(settle, epochOf(epoch));
const failed = (chain: ShownChain, error: object): void => void chain.ran.set('D', { error });
const other = { $kind: 'Unknown', message: 'not this time', Unknown: null };
const congestion = { $kind: 'CongestedObjects', message: 'busy', CongestedObjects: {} };

test('what the chain shows already is not sent', async () => {
  const round = await openRound();
  await put(round, 'finalize'); // there is no stack
  await run(round);
  expect(await rowOf(round, 'finalize')).toMatchObject({ state: 'confirmed', effects: '{"found":true}', attempt: 1 });
  expect(round.steps).toEqual(['finalize:before-confirmed', 'finalize:confirmed']);
});

test('what was sent before is looked up, and confirmed by what ran', async () => {
  const round = await openRound();
  round.chain.show('stacks', 1n, {});
  round.chain.ran.set('D', {});
  await put(round, 'finalize', { ...signed, state: 'submitted' });
  await run(round);
  expect(await rowOf(round, 'finalize')).toMatchObject({ state: 'confirmed', effects: '{"digest":"D"}' });
});

test('a vote of a dispute that began anew ends without a fault, and is not sent again', async () => {
  const round = await openRound();
  const frozen = { stack: '1', epoch: '5', merkleRoot: 'AA==', units: '1', salt: 'AA==' };
  const evidence = { owner: objectId(3), rows: [], namedUnits: 0n, bond: 0n };
  round.chain.show('disputes', 1n, { epoch: 6n, jurors: [CHECKER], evidence });
  failed(round.chain, congestion);
  await put(round, 'commit_vote', { ...signed, subject: '1/5', state: 'submitted' }, frozen);
  await put(round, 'commit_vote', { subject: '1/4' }, { ...frozen, epoch: '4' });
  await run(round);
  for (const subject of ['1/5', '1/4'])
    expect(await rowOf(round, 'commit_vote', subject)).toMatchObject({ state: 'confirmed', effects: '{"found":true}' });
  expect(round.alarms).toEqual([]);
});

test('bytes that can never run are made anew, so often and no oftener', async () => {
  const round = await openRound();
  round.chain.show('stacks', 1n, {});
  await put(round, 'finalize', { ...signed, state: 'submitted', attempt: 19 });
  round.chain.epoch = epochOf(7n);
  await run(round);
  expect(await rowOf(round, 'finalize')).toMatchObject({
    ...{ state: 'intent', attempt: 20, transaction: null, signature: null, digest: null },
    failure: 'it expired before it was executed',
  });
  expect(round.alarms).toEqual([]);
  const last = await openRound({ chain: round.chain });
  await put(last, 'finalize', { ...signed, state: 'submitted', attempt: 20 });
  await run(last);
  const why = 'it expired before it was executed';
  expect(await rowOf(last, 'finalize')).toMatchObject({ state: 'failed', failure: why });
  expect(last.alarms).toEqual([['transaction_failed', { kind: 'finalize', subject: '1', failure: why }]]);
});

test('what failed for now is tried again; what failed for good is given up, unless its effect has come', async () => {
  const after = async (error: object, done = false) => {
    const round = await openRound();
    if (!done) round.chain.show('stacks', 1n, {});
    failed(round.chain, error);
    await put(round, 'finalize', { ...signed, state: 'submitted' });
    await run(round);
    const { state, failure, attempt } = await rowOf(round, 'finalize');
    return [state, failure, attempt, round.alarms.length];
  };
  expect(await after(congestion)).toEqual(['intent', 'CongestedObjects', 2, 0]);
  expect(await after(other)).toEqual(['failed', 'Unknown', 1, 1]);
  expect(await after(other, true)).toEqual(['confirmed', null, 1, 0]);
});

test('a node’s own money is tried again in the next epoch; duties have their own ends', async () => {
  const round = await openRound();
  round.chain.show('stacks', 1n, {});
  round.chain.show('disputes', 1n, { jurors: [CHECKER] });
  round.chain.show('tickets', 1n, { attesters: [CHECKER], attested: [false], state: 1 });
  const given = { ...signed, digest: null, state: 'failed' as const, failure: 'Unknown', attempt: 20 };
  const vote = { stack: '1', merkleRoot: '', units: '1', salt: '' };
  await put(round, 'finalize', { ...given, digest: 'D', updatedMs: 99 });
  await put(round, 'resolve', { ...given, updatedMs: 100 });
  await put(round, 'reveal_vote', { ...given, updatedMs: 0 }, vote);
  await put(round, 'claim', { ...given, subject: '1,2', updatedMs: 0 }, { stacks: '1,2' });
  await put(round, 'claim', { ...given, subject: '1', updatedMs: 0 }, { stacks: '1' });
  await put(round, 'open', { ...given, updatedMs: 0 }, { stack: '1', merkleRoot: '', units: '1' }); // nothing to open
  round.chain.fault = undefined;
  await runOutbox(round.settle, { ...epochOf(6n), startMs: 100 });
  const states = async () =>
    (await round.desk.store.listOutbox()).map(({ kind, subject, state, attempt }) => [kind, subject, state, attempt]);
  const found = await states();
  expect(found.filter(([kind]) => kind === 'resolve' || kind === 'reveal_vote' || kind === 'open').sort()).toEqual([
    ['open', '1', 'confirmed', 20],
    ['resolve', '1', 'failed', 20],
    ['reveal_vote', '1', 'failed', 20],
  ]);
  // A claim of several goes on as claims of fewer.
  expect(found).toContainEqual(['claim', '1,2', 'failed', 20]);
  expect(found).toContainEqual(['claim', '1', 'intent', 1]);
  expect(await rowOf(round, 'finalize')).toMatchObject({
    state: 'intent',
    attempt: 1,
    transaction: null,
    digest: null,
  });
});

test('an entry that cannot be processed keeps no other waiting; a chain that is away ends the round', async () => {
  const round = await openRound();
  await put(round, 'settle', {}, { no: 'settlement' });
  await put(round, 'finalize');
  await run(round);
  expect([(await rowOf(round, 'settle')).state, (await rowOf(round, 'finalize')).state]).toEqual([
    'intent',
    'confirmed',
  ]);
  const away = await openRound();
  await put(away, 'finalize');
  for (const code of ['UNAVAILABLE', 'RESOURCE_EXHAUSTED']) {
    away.chain.fault = Object.assign(new TypeError('away'), { code });
    await expect(run(away)).rejects.toMatchObject({ code: expect.stringMatching(/^NETWORK_(UNREACHABLE|BUSY)$/) });
  }
  away.chain.fault = undefined;
  await run(away);
  expect((await rowOf(away, 'finalize')).state).toBe('confirmed');
});
