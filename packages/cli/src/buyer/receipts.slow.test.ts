/** Receipts of a settled stack, from a market in one process that is then gone: everything is told and proven without it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { atoma, cleanMachine, devCli, execute } from '../testing/process.ts';

const machine = cleanMachine();

// biome-ignore lint/suspicious/noExplicitAny: outputs of many commands; their schemas are held to elsewhere
const data = async (line: string): Promise<Record<string, any>> => {
  const done = await atoma(machine, `${line} --json`);
  expect(done.code, `${line}: ${done.out}${done.err}`).toBe(0);
  return JSON.parse(done.out);
};

beforeAll(async () => {
  expect((await execute(cleanMachine(), devCli, ['--version'])).code).toBe(0); // builds the bundle when a source is newer
  const { ledger_url: url } = await data('up --detach --port 0 --nodes 2 --level 0');
  const records = join(machine.atomaHome, 'deployments');
  const record = JSON.parse(readFileSync(join(records, 'up.json'), 'utf8')) as object;
  writeFileSync(join(records, 'far.json'), JSON.stringify({ ...record, network: 'far' }));
  for (const line of [
    `network add far --url ${url}`,
    'network use far',
    'wallet new me',
    'wallet use me',
    'wallet faucet',
    'toma faucet --amount 20TOMA',
  ])
    expect([line, (await atoma(machine, line)).code]).toEqual([line, 0]);
  for (const word of ['one', 'two', 'three']) await data(`chat ${word} --max-tokens 12`);
});
afterAll(async () => {
  await atoma(machine, 'up --stop');
});

test('before and after the settlement, with the market and without it', async () => {
  expect(await data('receipts audit 1 --offline')).toMatchObject({ offline: true, agrees: true, claimed: null });
  expect((await data('receipts prove 1 --index 1')).settled_root).toBe('unknown');
  await data('db request-stack-refund --stack-small-id 1 --yes'); // the node settles: its epochs end when they are told to
  let audit = await data('receipts audit 1');
  for (let tries = 0; audit.claimed === null; tries++) {
    expect(tries).toBeLessThan(90);
    audit = await data('receipts audit 1');
  }
  expect(audit).toMatchObject({ offline: false, receipts: 3, gaps: 0, root_matches: true, agrees: true });
  expect(audit.claimed).toBe(audit.units);
  const claimed = async (): Promise<boolean> =>
    (await data('stack list')).stacks.every(({ stack_small_id: id }: { stack_small_id: number }) => id !== 1);
  for (let tries = 0; !(await claimed()); tries++) {
    expect(tries).toBeLessThan(90);
    await data('chain advance --epochs 1 --network up');
  }
  expect(await data('receipts audit 1')).toMatchObject({ claimed: audit.units, root_matches: true, agrees: true });
  expect((await atoma(machine, 'up --stop')).code).toBe(0);

  // Nothing runs any more: no chain, no node.
  const { receipts } = await data('receipts list');
  expect(receipts).toHaveLength(3);
  expect(await data('receipts audit 1 --offline')).toMatchObject({
    offline: true,
    claimed: audit.units,
    root_matches: true,
    agrees: true,
  });
  const proven = await data('receipts prove 1 --index 1');
  expect(proven).toMatchObject({ settled_root: 'matches', total_units: audit.units, attesters: 1 });
  writeFileSync(join(machine.home, 'proof.json'), proven.proof);
  const verify = `stack-proof verify --proof proof.json --stack 1 --units ${proven.total_units} --committed-stack-proof ${proven.committed_stack_proof}`;
  expect((await data(verify)).checked).toContain('to the commitment');
  expect((await atoma(machine, verify.replace('--stack 1', '--stack 2'))).code).toBe(1);
  expect((await atoma(machine, verify.replace(/--units \d+/, '--units 1'))).code).toBe(1);
  expect(await data('receipts export --file receipts.jsonl')).toMatchObject({ receipts: 3 });
  expect(await data('receipts verify receipts.jsonl')).toMatchObject({ faults: 0 });
  const file = join(machine.home, 'receipts.jsonl');
  const rows = readFileSync(file, 'utf8').trim().split('\n');
  writeFileSync(file, `${rows[0]}\n${rows[2]}\n`);
  expect(await data('receipts verify receipts.jsonl')).toMatchObject({ faults: 0 });
  writeFileSync(file, `${rows.join('\n').replace(/("receipt_signature":")./, '$1B')}\n`);
  const forged = await atoma(machine, 'receipts verify receipts.jsonl --json');
  expect([forged.code, JSON.parse(forged.out).faults]).toEqual([1, 1]);
});
