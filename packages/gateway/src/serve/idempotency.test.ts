/** One answer for one key of a tenant: kept for a day, given to the same request alone, run once at a time. */
import { createHash } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { Books } from '../books.ts';
import { openGatewayStore } from '../store/sqlite.ts';
import { answersBefore, type Begun, createIdempotency, type IdempotentRun } from './idempotency.ts';

const DAY = 86_400_000;
const secret = new Uint8Array(32).fill(1);

const open = (resumable: Books['resumable'] = async () => ({ kind: 'new' })) => {
  const store = openGatewayStore({ path: ':memory:' });
  onTestFinished(() => store.close());
  const clock = { ms: 10 * DAY };
  const { begin } = createIdempotency(store, () => clock.ms, resumable, secret);
  const ask = (name = 'n', body = 'b', { tenant = 't', endpoint = '/e', tag = 'g' } = {}): Promise<Begun> =>
    begin(tenant, name, { endpoint, body: Buffer.from(body), tag });
  const run = async (...given: Parameters<typeof ask>): Promise<IdempotentRun> => {
    const begun = await ask(...given);
    if (begun.kind !== 'run') throw new TypeError(JSON.stringify(begun));
    return begun.run;
  };
  const said = async (...given: Parameters<typeof ask>): Promise<string> => {
    const begun = await ask(...given);
    return begun.kind === 'problem' ? begun.code : begun.kind;
  };
  return { store, clock, ask, run, said };
};
const answer = (bytes = 3) => ({
  ...{ status: 200, contentType: 'text/plain', headers: {}, body: new Uint8Array(bytes) },
});

test('an answer is given again to the same request, and to no other', async () => {
  const { run, ask, said } = open();
  await (await run()).done(answer());
  expect(await ask()).toMatchObject({ kind: 'stored', answer: { status: 200, body: new Uint8Array(3) } });
  expect([await said('n', 'c'), await said('n', 'b', { endpoint: '/f' })]).toEqual([
    'idempotency_conflict',
    'idempotency_conflict',
  ]);
  expect([await said('m'), await said('n', 'b', { tenant: 'u' })]).toEqual(['run', 'run']);
});

test('a request runs once at a time; one that was refused holds nobody up', async () => {
  const { run, said } = open();
  const first = await run();
  expect([await said(), await said()]).toEqual(['idempotency_running', 'idempotency_running']);
  await first.done(null);
  const second = await run();
  await second.done(null);
  expect([await said('n', 'c'), await said('n', 'c')]).toEqual(['idempotency_conflict', 'idempotency_conflict']);
  await (await run()).done(answer());
  expect([await said(), await said()]).toEqual(['stored', 'stored']);
});

test('a store that fails holds nobody up', async () => {
  const { store, run, said } = open();
  const first = await run();
  const put = store.putAnswer;
  Object.assign(store, { putAnswer: () => Promise.reject(new RangeError('full')) });
  await expect(first.done(answer())).rejects.toThrow('full');
  Object.assign(store, { putAnswer: put, findAnswer: () => Promise.reject(new RangeError('gone')) });
  await expect(said()).rejects.toThrow('gone');
  await expect(said()).rejects.toThrow('gone');
});

test('answers are kept for a day', async () => {
  const { run, said, clock } = open();
  await (await run()).done(answer());
  clock.ms += DAY;
  expect(await said()).toBe('stored');
  clock.ms += 1;
  expect(await said('n', 'c')).toBe('run');
  expect(answersBefore(DAY + 5)).toBe(5);
});

test('an answer above 4 MiB is not kept, one of that size is', async () => {
  const { run, said } = open();
  await (await run('large')).done(answer(4 * 1_024 * 1_024 + 1));
  await (await run('fits')).done(answer(4 * 1_024 * 1_024));
  expect([await said('large'), await said('fits')]).toEqual(['run', 'stored']);
});

test('a key has 255 letters at most', async () => {
  const { said } = open();
  expect([await said('n'.repeat(255)), await said('n'.repeat(256))]).toEqual(['run', 'idempotency_malformed']);
});

test('a run that was cut short goes on with its request; one that is still open elsewhere is waited for', async () => {
  const asked: (readonly string[])[] = [];
  let state: Awaited<ReturnType<Books['resumable']>> = { kind: 'new' };
  const { run, said } = open(async (tags) => {
    asked.push(tags);
    return state;
  });
  const first = await run('n', 'b', { tag: 'one' });
  expect(first.resume).toBe(undefined);
  await first.done(null);
  state = { kind: 'running' };
  expect(await said('n', 'b', { tag: 'two' })).toBe('idempotency_running');
  state = { kind: 'resume', requestId: 'r' };
  const second = await run('n', 'b', { tag: 'three' });
  expect(second.resume).toBe('r');
  await second.done(null);
  await (await run('n', 'b', { tag: 'four' })).done(null);
  expect(asked).toEqual([[], ['one'], ['one'], ['one', 'three']]);
});

test('a row of before, kept under a hash without a secret, is still that of its request', async () => {
  const { store, said, clock } = open();
  const requestHash = new Uint8Array(createHash('sha256').update('/e\nb').digest());
  await store.putAnswer('t', 'n', { ...answer(), requestHash }, clock.ms);
  expect([await said(), await said('n', 'c')]).toEqual(['stored', 'idempotency_conflict']);
});
