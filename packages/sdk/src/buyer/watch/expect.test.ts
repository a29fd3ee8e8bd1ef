import { blake2b256 } from '@atoma/base';
import { expect, test } from 'vitest';
import { createMerkleBuilder } from '../../commitment/builder.ts';
import { faultLeaf } from '../../commitment/inputs.ts';
import { refusalLayout } from '../../wire/messages.ts';
import { expectation } from './expect.ts';

const hash = blake2b256(Uint8Array.of(1));
const entry = { requestHash: hash, units: 5n, cut: null, blind: new Uint8Array(32) };
const settled = { claimed: 5n, bought: 100n, inputs: new Uint8Array(32) };
const refusal = (requestHash: Uint8Array) => ({
  bytes: refusalLayout.encode({
    chainId: new Uint8Array(32),
    packageId: new Uint8Array(32),
    stack: 1n,
    node: 1n,
    requestId: new Uint8Array(16),
    requestHash,
    code: 'overloaded',
    timestampMs: 1n,
  }),
  signature: new Uint8Array(97).fill(7),
});

test('a billed request that its node refused is shown by the refusal, and the jury finds a row never owed', () => {
  const promised = refusal(hash);
  const { shown, merkleRoot } = expectation(settled, [entry], [], [refusal(blake2b256(Uint8Array.of(2))), promised]);
  expect(shown.map((each) => Buffer.from(each))).toEqual([Buffer.concat([promised.signature, promised.bytes])]);
  const tree = createMerkleBuilder();
  tree.add(faultLeaf(0));
  expect(merkleRoot).toEqual(tree.root());
  expect(expectation(settled, [entry], [], []).merkleRoot).toBeNull();
});
