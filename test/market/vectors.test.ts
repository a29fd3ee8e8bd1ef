/** The commitment vectors, computed by the contract on the ledger and by the command line (the SDK's own tests do them too). */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blake2b256, fromHex, toHex } from '@atoma/base';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { devCli } from '../../packages/cli/src/testing/process.ts';
import { ledgerVm, simulateTransaction } from '../../packages/localnet/src/index.ts';
import { voteCommitment } from '../../packages/sdk/src/index.ts';
import vectors from '../../packages/sdk/src/vectors/commitment.json' with { type: 'json' };
import { type Chain, closeChain, encode, openChain } from './driver/chain.ts';
import { type Arg, bytes, type Command, flag, u64 } from './driver/transaction.ts';

let chain: Chain;
const scratch = mkdtempSync(join(tmpdir(), 'vectors-'));

beforeAll(async () => {
  chain = await openChain('vectors');
});
afterAll(() => {
  closeChain(chain);
  rmSync(scratch, { recursive: true, force: true });
});

const hash = (hex: string): Arg => bytes(fromHex(hex.replace(/^0x/, '')) as Uint8Array);

const command = (name: string, args: readonly Arg[]): Command => ({
  kind: 'call',
  package: chain.ids.package,
  module: 'commitment',
  function: name,
  args,
});

/** What the contract's function returns, `0x` hex: its vector of bytes. */
const contract = (name: string, ...args: readonly Arg[]): string => {
  const transaction = encode(chain, chain.manager, [command(name, args)]);
  const { commandOutputs, effects } = simulateTransaction(chain.ledger, { transaction, checks: 'disabled' });
  expect(effects.error).toBeNull();
  const returned = commandOutputs[0]?.returnValues[0];
  const value = ledgerVm(chain.ledger).deserialize(
    ledgerVm(chain.ledger).resolveType('vector<u8>'),
    returned?.bcs ?? new Uint8Array(),
  );
  return `0x${toHex(Uint8Array.from(value as unknown as number[]))}`;
};

test('the contract’s leaves equal the vectors', () => {
  expect(vectors.leaves.length).toBeGreaterThan(3);
  for (const row of vectors.leaves)
    expect(
      contract('leaf', u64(row.index), hash(row.request_hash), hash(row.content_hash), u64(BigInt(row.units))),
    ).toBe(row.leaf);
});

/** BCS of the leaves as a `vector<vector<u8>>` argument. */
const hashes = (list: readonly string[]): Arg => ({
  kind: 'pure',
  bytes: Buffer.concat([Buffer.of(list.length), ...list.map((one) => (hash(one) as Arg & { kind: 'pure' }).bytes)]),
});

const ascii = (text: string): Uint8Array => blake2b256(Buffer.from(text, 'utf8'));
const unitsOf = (j: number): number => 10 + ((j * 37) % 101);

test('the contract’s roots of histories equal the vectors', () => {
  for (const row of vectors.histories.filter(({ length }) => length <= 100)) {
    const leaves = Array.from({ length: row.length }, (_, j) =>
      contract('leaf', u64(j), bytes(ascii(`request-${j}`)), bytes(ascii(`content-${j}`)), u64(unitsOf(j))),
    );
    expect(contract('history_root', hashes(leaves)), `${row.length} leaves`).toBe(row.M);
  }
});

test('the contract’s R, L_i and committed stack proof equal the vectors', () => {
  expect(vectors.cases.length).toBeGreaterThan(3);
  for (const row of vectors.cases) {
    const secret = contract('secret', hash(row.M), u64(BigInt(row.stack_small_id)), u64(BigInt(row.total_units)));
    expect(secret).toBe(row.R);
    for (const [i, leaf] of row.L.entries()) expect(contract('party_leaf', hash(row.R), u64(i))).toBe(leaf);
    expect(contract('proof_of_leaves', hashes(row.L))).toBe(row.committed_stack_proof);
    expect(contract('proof_of_secret', hash(row.R), u64(row.L.length - 1))).toBe(row.committed_stack_proof);
  }
});

test('the contract and the SDK bind votes alike', () => {
  const [merkleRoot, salt] = [ascii('a root'), ascii('a salt')];
  for (const [stack, juror, units, blame] of [
    [1n, 2n, 3n, false],
    [1n, 2n, 3n, true],
    [2n ** 63n, 2n ** 64n - 1n, 0n, false],
  ] as const) {
    const ours = voteCommitment({ stackSmallId: stack, jurorSmallId: juror, merkleRoot, units, salt, blame });
    const theirs = [u64(stack), u64(juror), bytes(merkleRoot), u64(units), bytes(salt), flag(blame)];
    expect(contract('vote', ...theirs)).toBe(`0x${toHex(ours)}`);
  }
});

test('the command line computes the vectors', () => {
  // One case for each k and length of history: short ones, an odd one, the longest; stacks beyond 2^53 among them.
  const wanted = [
    { k: 1, length: 0, stack: '1' },
    { k: 1, length: 1000, stack: '42' },
    { k: 2, length: 5, stack: '9007199254740993' },
    { k: 3, length: 1, stack: '42' },
    { k: 4, length: 7, stack: '1' },
  ];
  const chosen = vectors.cases.filter((row) =>
    wanted.some(({ k, length, stack }) => row.k === k && row.length === length && row.stack_small_id === stack),
  );
  expect(chosen.length).toBe(wanted.length);
  for (const [at, row] of chosen.entries()) {
    const file = join(scratch, `history-${at}.json`);
    const entries = Array.from({ length: row.length }, (_, j) => ({
      requestHash: `0x${toHex(ascii(`request-${j}`))}`,
      contentHash: `0x${toHex(ascii(`content-${j}`))}`,
      units: unitsOf(j),
    }));
    writeFileSync(file, JSON.stringify(entries));
    const args = ['stack-proof', 'compute', '--history', file, '--stack', row.stack_small_id];
    const out = execFileSync(devCli, [...args, '--attesters', String(row.k), '--json'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: scratch },
    });
    expect(JSON.parse(out)).toMatchObject({
      merkleRoot: row.M,
      secretRoot: row.R,
      leaves: row.L,
      committedStackProof: row.committed_stack_proof,
    });
    expect(BigInt(JSON.parse(out).totalUnits)).toBe(BigInt(row.total_units));
  }
});
