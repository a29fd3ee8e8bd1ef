/** `tx show` and `object show`: what a transaction did to objects, and what is in them. */
import { beforeAll, expect, test } from 'vitest';
import { json, run, told } from '../testing/in-process.ts';
import { cleanMachine } from '../testing/process.ts';

interface Changed {
  readonly id: string;
  readonly type: string | null;
  readonly change: string;
  readonly owner: Readonly<Record<string, string>> | null;
  readonly version: string;
}

const machine = cleanMachine();
const shown = (line: string): Promise<Record<string, unknown>> => told(machine, line);
const send = async (line: string): Promise<string> => (await run(machine, `${line} --quiet`)).out.trim();
const changesOf = async (digest: string): Promise<readonly Changed[]> =>
  ((await shown(`tx show ${digest}`)).transaction as { changed_objects: readonly Changed[] }).changed_objects;

let owner = '';
let minted = '';
beforeAll(async () => {
  minted = await send('toma faucet --amount 6TOMA');
  owner = await send('wallet address');
});

test('a transaction tells what it made, changed and deleted, whose it is and its version', async () => {
  const made = await changesOf(minted);
  const coin = made.find(({ type }) => type?.endsWith('::toma::TOMA>')) as Changed;
  expect(coin).toMatchObject({ change: 'created', owner: { kind: 'address', address: owner } });
  expect(made).toContainEqual(
    expect.objectContaining({
      type: expect.stringMatching(/::toma::Faucet$/),
      change: 'changed',
      owner: { kind: 'shared', initial_version: expect.stringMatching(/^\d+$/) },
    }),
  );
  expect(made).toContainEqual(
    expect.objectContaining({ owner: { kind: 'object', parent: expect.stringMatching(/^0x[0-9a-f]{64}$/) } }),
  );
  await send('toma faucet --amount 6TOMA');
  const registered = await changesOf(await send('db register-node'));
  expect(registered).toContainEqual(expect.objectContaining({ type: coin.type, change: 'deleted' }));
  const lines = (await run(machine, `tx show ${minted}`)).out;
  expect(lines).toContain(`object   created ${coin.id}, 0x2::coin::Coin<`);
  expect(lines).toContain(`version ${coin.version}, owned by ${owner}`);
});

test('an object is shown with its fields, now and at a version it had', async () => {
  const coin = (await changesOf(minted)).find(({ type }) => type?.endsWith('::toma::TOMA>')) as Changed;
  expect(await shown(`object show ${coin.id} --version ${coin.version}`)).toMatchObject({
    object_id: coin.id,
    version: coin.version,
    type: coin.type,
    owner: { kind: 'address', address: owner },
    previous_transaction: minted,
    fields: { balance: '6000000000' },
    modules: [],
  });
  expect(await shown('object show 0x6')).toMatchObject({
    owner: { kind: 'shared', initial_version: '1' },
    fields: { timestamp_ms: expect.stringMatching(/^\d+$/) },
  });
  const { package_id: id } = await shown('publish --verify');
  const market = (await shown(`object show ${id}`)) as { modules: { name: string; functions: string[] }[] };
  expect(market.modules.find(({ name }) => name === 'db')?.functions).toContain('acquire_new_stack_entry');
  expect(market).toMatchObject({ type: 'package', owner: { kind: 'immutable' }, fields: null });
  expect((await run(machine, 'object show 0x6')).out).toMatch(/\.timestamp_ms +\d+/);
});

test('what is not there, or no id, ends in an error of its own', async () => {
  for (const line of ['object show 0x77', 'object show 0x6 --version 999999']) {
    const done = await run(machine, `${line} --json`);
    expect([done.code, json(done)]).toEqual([3, { error: expect.objectContaining({ code: 'SDK_NO_SUCH_OBJECT' }) }]);
  }
  expect((await run(machine, 'object show nothing')).code).toBe(2);
});
