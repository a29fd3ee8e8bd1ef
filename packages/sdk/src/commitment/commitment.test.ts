import { blake2b256, fromHex } from '@atoma/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex0x } from '../values/bytes.ts';
import vectors from '../vectors/commitment.json' with { type: 'json' };
import { committedStackProof, emptyHistoryRoot, leafHash, openedRoot, partyLeaf, voteCommitment } from './hashes.ts';
import { type History, parseHistory } from './history.ts';
import { listFault } from './inputs.ts';
import {
  computeStackProof,
  decodeInclusionProof,
  encodeInclusionProof,
  proveInclusion,
  verifyInclusionProof,
} from './proof.ts';
import { inclusionProof, merkleRoot, verifyInclusion } from './tree.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The history every vector file prefix is taken from. */
const generated = (length: number): History => ({
  leaves: Array.from({ length }, (_, j) => ({
    requestHash: blake2b256(ascii(`request-${j}`)),
    contentHash: blake2b256(ascii(`content-${j}`)),
    units: BigInt(10 + ((j * 37) % 101)),
  })),
});
const leavesOf = (length: number) => generated(length).leaves.map((entry, index) => leafHash({ index, ...entry }));

test('plain hashes equal the vectors', () => {
  for (const { input, hash } of vectors.hashes) expect(toHex0x(blake2b256(bytes(input)))).toBe(hash);
});

test('leaves equal the vectors', () => {
  expect(vectors.leaves.length).toBeGreaterThan(0);
  for (const row of vectors.leaves) {
    const entry = {
      index: row.index,
      requestHash: bytes(row.request_hash),
      contentHash: bytes(row.content_hash),
      units: BigInt(row.units),
    };
    expect(toHex0x(leafHash(entry))).toBe(row.leaf);
  }
});

test('roots of histories equal the vectors', () => {
  for (const row of vectors.histories) expect(toHex0x(merkleRoot(leavesOf(row.length)))).toBe(row.M);
  expect(toHex0x(emptyHistoryRoot())).toBe(vectors.histories[0]?.M);
});

test('R, L_i and the committed stack proof equal the vectors for every k', () => {
  for (const row of vectors.cases) {
    const R = openedRoot({
      merkleRoot: bytes(row.M),
      stackSmallId: BigInt(row.stack_small_id),
      units: BigInt(row.total_units),
    });
    expect(toHex0x(R)).toBe(row.R);
    expect(row.L.map((_, i) => toHex0x(partyLeaf(R, i)))).toEqual(row.L);
    expect(toHex0x(committedStackProof(R, row.k))).toBe(row.committed_stack_proof);
  }
});

test('a stack proof from a history equals the vectors', () => {
  const rows = vectors.cases.filter((row) => generatedTotal(row.length) === BigInt(row.total_units));
  expect(rows.length).toBeGreaterThan(3);
  for (const row of rows) {
    const proof = computeStackProof({
      history: generated(row.length),
      stackSmallId: BigInt(row.stack_small_id),
      attesters: row.k,
    });
    expect(toHex0x(proof.committedStackProof)).toBe(row.committed_stack_proof);
    expect(toHex0x(proof.stackMerkleLeaf)).toBe(row.L[0]);
  }
});

const generatedTotal = (length: number): bigint => generated(length).leaves.reduce((sum, { units }) => sum + units, 0n);

test('inclusion proofs equal the vectors and verify', () => {
  for (const row of vectors.inclusion_proofs) {
    const steps = inclusionProof(leavesOf(row.length), row.index);
    expect(steps.map(({ side, hash }) => ({ side, hash: toHex0x(hash) }))).toEqual(row.siblings);
    expect(verifyInclusion({ leaf: bytes(row.leaf), proof: steps, root: bytes(row.M) })).toBe(true);
  }
});

test('a proof verifies for its own leaf and for no other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), (length, a, b) => {
      const history = generated(length);
      const proof = proveInclusion({ history, index: a % length });
      expect(verifyInclusionProof(proof)).toBe(true);
      expect(verifyInclusionProof(decodeInclusionProof(encodeInclusionProof(proof)))).toBe(true);
      const other = history.leaves[b % length] as History['leaves'][number];
      const forged = { ...proof, ...other };
      expect(verifyInclusionProof(forged)).toBe(a % length === b % length);
      expect(verifyInclusionProof({ ...proof, units: proof.units + 1n })).toBe(false);
    }),
  );
});

test('a proof against another root fails', () => {
  const proof = proveInclusion({ history: generated(5), index: 3 });
  expect(verifyInclusionProof(proof, { merkleRoot: merkleRoot(leavesOf(5)) })).toBe(true);
  expect(verifyInclusionProof(proof, { merkleRoot: merkleRoot(leavesOf(6)) })).toBe(false);
  expect(() => proveInclusion({ history: generated(5), index: 5 })).toThrowError(
    expect.objectContaining({ code: 'VALUE_RANGE' }),
  );
});

test('a history reads alike as object, list and lines', () => {
  const rows = generated(3).leaves.map((entry) => ({
    request_hash: toHex0x(entry.requestHash),
    content_hash: Buffer.from(entry.contentHash).toString('base64'),
    units: String(entry.units),
  }));
  const forms = [
    JSON.stringify({ leaves: rows }, null, 2),
    JSON.stringify({ leaves: rows }),
    JSON.stringify(rows),
    rows.map((row) => JSON.stringify(row)).join('\n'),
  ];
  for (const form of forms) expect(parseHistory(form)).toEqual(generated(3));
  const work = forms.map((form) => form.replaceAll('content_hash', 'work_hash'));
  for (const form of work) expect(parseHistory(form)).toEqual(generated(3));
  expect(parseHistory(JSON.stringify(rows[0])).leaves).toEqual(generated(1).leaves);
  expect(parseHistory('').leaves).toEqual([]);
});

test.each([
  '{"leaves": 3}',
  '[{"request_hash": "0x00"}]',
  '[1]',
  'not json',
  `[{"request_hash":"0x${'00'.repeat(32)}","content_hash":"0x${'00'.repeat(32)}","units":-1}]`,
  `[{"request_hash":"0x${'00'.repeat(32)}","content_hash":"0x${'00'.repeat(32)}","units":1,"index":4}]`,
])('a history that cannot be read is refused: %s', (text) => {
  expect(() => parseHistory(text)).toThrowError(expect.objectContaining({ code: 'VALUE_HISTORY' }));
});

test('a vote commitment binds every field', () => {
  const vote = {
    stackSmallId: 1n,
    jurorSmallId: 2n,
    merkleRoot: bytes('11'.repeat(32)),
    units: 3n,
    salt: bytes('22'.repeat(32)),
  };
  const changed = [
    { ...vote, stackSmallId: 2n },
    { ...vote, jurorSmallId: 1n },
    { ...vote, merkleRoot: bytes('12'.repeat(32)) },
    { ...vote, units: 4n },
    { ...vote, salt: bytes('23'.repeat(32)) },
    { ...vote, blame: true },
  ];
  expect(new Set([vote, ...changed].map((each) => toHex0x(voteCommitment(each)))).size).toBe(7);
});

test('a list has a fault where a row is cut in more choices than a request can have, which would keep it from its owner by its size', () => {
  const row = { requestHash: new Uint8Array(32), units: 5n };
  const cutIn = (choices: number) => [{ ...row, cut: Array.from({ length: choices }, () => 1) }];
  expect([listFault([{ ...row, cut: null }], 5n, 9n), listFault(cutIn(2_048), 5n, 9n)]).toEqual([null, null]);
  expect(listFault(cutIn(2_049), 5n, 9n)).toBe('row 0 is cut in more than 2048 choices');
});
