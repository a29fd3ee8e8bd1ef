/** Proofs are verified by what stands in this file alone, written after Sui's published algorithm, with other libraries. */
import { bcs } from '@mysten/bcs';
import { bcs as sui } from '@mysten/sui/bcs';
import { blake2b } from '@noble/hashes/blake2.js';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  advanceEpoch,
  closeLedger,
  fundAddress,
  getCheckpoint,
  type Ledger,
  openLedger,
  type StoredObject,
} from '../../index.ts';
import { artifactsDigest, objectTree } from '../../internal/object-states.ts';
import { stateOf } from '../../internal/state.ts';

import { createdBy, type Demo, openDemo, send } from '../../testing/fixture.ts';
import { createRpcServer } from '../create.ts';
import {
  type MerkleNode,
  type MerkleProof,
  ProofReply,
  ProofRequest,
  type Reference,
} from '../transport/proof-messages.ts';

const hash = (...parts: Uint8Array[]): Uint8Array => blake2b(Buffer.concat(parts), { dkLen: 32 });
const salted = (name: string, bytes: Uint8Array): string => base58(hash(Buffer.from(`${name}::`), bytes));
const base58 = (bytes: Uint8Array): string => sui.ObjectDigest.parse(Uint8Array.of(32, ...bytes));

const Digest = bcs.vector(bcs.u8());
const Summary = bcs.struct('CheckpointSummary', {
  epoch: bcs.u64(),
  sequence: bcs.u64(),
  total: bcs.u64(),
  content: Digest,
  previous: bcs.option(Digest),
  gas: bcs.tuple([bcs.u64(), bcs.u64(), bcs.u64(), bcs.u64()]),
  timestamp: bcs.u64(),
  commitments: bcs.vector(bcs.enum('Commitment', { ObjectSet: Digest, Artifacts: Digest })),
  end: bcs.option(bcs.tuple([bcs.vector(bcs.u8()), bcs.u64(), bcs.vector(bcs.u8())])),
  specific: bcs.vector(bcs.u8()),
});
const Certified = bcs.struct('CertifiedCheckpointSummary', {
  summary: Summary,
  epoch: bcs.u64(),
  signature: bcs.fixedArray(48, bcs.u8()),
  signers: bcs.vector(bcs.u8()),
});
const Leaf = bcs.struct('ObjectRef', { id: sui.Address, version: bcs.u64(), digest: sui.ObjectDigest });

const bytesOf = ({ node }: MerkleNode): Uint8Array => (node.oneofKind === 'digest' ? node.digest : new Uint8Array(32));

const rootFrom = (leaf: Reference, { path }: MerkleProof, index: bigint): Uint8Array => {
  const bytes = Leaf.serialize({
    id: leaf.objectId as string,
    version: leaf.version as bigint,
    digest: leaf.digest as string,
  });
  let node = hash(Uint8Array.of(0), bytes.toBytes());
  let at = index;
  for (const sibling of path.map(bytesOf)) {
    node = at % 2n === 0n ? hash(Uint8Array.of(1), node, sibling) : hash(Uint8Array.of(1), sibling, node);
    at /= 2n;
  }
  expect(at).toBe(0n);
  return node;
};

let d: Demo;
let ask: (ledger: Ledger, objectId: string, checkpoint: number) => Promise<ProofReply>;
beforeAll(async () => {
  d = await openDemo({ seed: 'proofs', clock: 'logical' });
  ask = async (ledger, objectId, checkpoint) => {
    const message = ProofRequest.toBinary({ objectId, checkpoint: BigInt(checkpoint) });
    const path = '/sui.rpc.v2alpha.ProofService/GetCheckpointObjectProof';
    const reply = await createRpcServer(ledger).dispatch({ path, message, signal: new AbortController().signal });
    return ProofReply.fromBinary((reply as { message: Uint8Array }).message);
  };
});
afterAll(() => closeLedger(d.ledger));

/** What the checkpoint's digest commits to, of the summary in the reply. */
const committedBy = (reply: ProofReply, checkpoint: number, ledger = d.ledger): string => {
  const { summary, signers, signature, epoch } = Certified.parse(reply.checkpointSummary);
  const bytes = Summary.serialize(summary).toBytes();
  expect(salted('CheckpointSummary', bytes)).toBe(getCheckpoint(ledger, checkpoint)?.digest);
  expect([signature[0], signers, epoch]).toEqual([0xc0, [0x3a, 0x30, 0, 0, 0, 0, 0, 0], summary.epoch]); // by nobody
  expect(summary.commitments).toHaveLength(1);
  return base58(Uint8Array.from(summary.commitments[0]?.Artifacts as number[]));
};

/** Requires that the proof holds, and gives what it proves. */
const proved = async (id: string, checkpoint: number, ledger = d.ledger) => {
  const reply = await ask(ledger, id, checkpoint);
  const { proof } = reply;
  const part = proof.oneofKind === 'inclusion' ? proof.inclusion : proof.nonInclusion;
  expect(base58(hash(Uint8Array.of(1, 32), part.treeRoot))).toBe(committedBy(reply, checkpoint, ledger));
  if (proof.oneofKind === 'inclusion') {
    const { objectRef, merkleProof, leafIndex, objectData } = proof.inclusion;
    expect(Buffer.from(rootFrom(objectRef, merkleProof, leafIndex))).toEqual(Buffer.from(part.treeRoot));
    if (objectData) expect(salted('Object', objectData)).toBe(objectRef.digest);
    return { of: objectRef.objectId, version: Number(objectRef.version), data: objectData, digest: objectRef.digest };
  }
  const { index, leftLeaf, rightLeaf } = proof.nonInclusion.nonInclusionProof;
  for (const [leaf, at] of [
    [leftLeaf, index - 1n],
    [rightLeaf, index],
  ] as const)
    if (leaf) expect(Buffer.from(rootFrom(leaf.leaf, leaf.merkleProof, at))).toEqual(Buffer.from(part.treeRoot));
  if (leftLeaf) expect((leftLeaf.leaf.objectId as string) < id).toBe(true);
  else expect(index).toBe(0n);
  if (rightLeaf) expect((rightLeaf.leaf.objectId as string) > id).toBe(true);
  else
    expect(
      leftLeaf?.merkleProof.path.every(
        (node, i) => ((index - 1n) >> BigInt(i)) & 1n || node.node.oneofKind === 'empty',
      ),
    ).toBe(true);
  return { of: undefined, between: [leftLeaf?.leaf.objectId, rightLeaf?.leaf.objectId] };
};

const make = async (count: number) => {
  const record = await send(d.ledger, d.alice, (tx) => {
    for (let i = 0; i < count; i++)
      tx.transferObjects(
        [tx.moveCall({ target: `${d.demo}::things::make`, arguments: [tx.pure.u64(i)] })],
        d.alice.toSuiAddress(),
      );
  });
  return { record, things: createdBy(d.ledger, record, '::Thing') as StoredObject[] };
};

test('each object a transaction made or changed is in its checkpoint, whatever their number', async () => {
  for (const count of [1, 2, 3, 4, 6]) {
    const { record, things } = await make(count);
    expect(things).toHaveLength(count);
    for (const { id, output } of record.effects.changedObjects) {
      const found = await proved(`0x${id}`, record.checkpoint);
      const digest = output && 'digest' in output ? output.digest : undefined;
      expect(found).toMatchObject({ of: `0x${id}`, version: record.effects.lamportVersion, digest });
      expect(found.data).toBeDefined();
    }
  }
});

test('what was wrapped or deleted is there by its sign, without an object, and what was unwrapped with one', async () => {
  const { things } = await make(1);
  const thing = `0x${(things[0] as StoredObject).id}`;
  const wrapped = await send(d.ledger, d.alice, (tx, { object }) => {
    const box = tx.moveCall({ target: `${d.demo}::things::wrap`, arguments: [object(thing)] });
    tx.transferObjects([box], d.alice.toSuiAddress());
  });
  const box = `0x${createdBy(d.ledger, wrapped, '::Box')[0]?.id}`;
  const gone = (sign: number) => ({ digest: base58(new Uint8Array(32).fill(sign)), data: undefined });
  expect(await proved(thing, wrapped.checkpoint)).toMatchObject({
    version: wrapped.effects.lamportVersion,
    ...gone(88),
  });
  const opened = await send(d.ledger, d.alice, (tx, { object }) => {
    const inside = tx.moveCall({ target: `${d.demo}::things::unwrap`, arguments: [object(box)] });
    tx.transferObjects([inside], d.alice.toSuiAddress());
  });
  expect(await proved(box, opened.checkpoint)).toMatchObject({ version: opened.effects.lamportVersion, ...gone(99) });
  expect((await proved(thing, opened.checkpoint)).data).toBeDefined();
});

test('what a checkpoint did not touch lies between two neighbours, before the first or behind the last', async () => {
  const { record, things } = await make(3);
  const ids = record.effects.changedObjects.map(({ id }) => `0x${id}`);
  expect(await proved(`0x${'0'.repeat(64)}`, record.checkpoint)).toEqual({
    of: undefined,
    between: [undefined, ids[0]],
  });
  expect(await proved(`0x${'f'.repeat(64)}`, record.checkpoint)).toEqual({
    of: undefined,
    between: [ids.at(-1), undefined],
  });
  const after = await make(1);
  expect(await proved(`0x${things[0]?.id}`, after.record.checkpoint)).toMatchObject({ of: undefined });
});

test('the ends of epochs, genesis and the ledger’s own transactions commit too, also after a while', async () => {
  fundAddress(d.ledger, d.bob.toSuiAddress(), 5n);
  const { checkpoint } = advanceEpoch(d.ledger);
  expect(await proved('0x5', checkpoint)).toMatchObject({ of: `0x${'5'.padStart(64, '0')}` });
  expect(await proved('0x6', 0)).toMatchObject({ of: `0x${'6'.padStart(64, '0')}`, version: 1 });
  expect(await proved('0x2', 0)).toMatchObject({ of: `0x${'2'.padStart(64, '0')}`, version: 1 });
});

test('a chain of protocol 121 commits to nothing, as Sui’s mainnet did', async () => {
  const old = await openLedger({ protocolVersion: 121 });
  expect(getCheckpoint(old, 0)?.artifactsDigest).toBeNull();
  await expect(ask(old, '0x6', 0)).rejects.toMatchObject({ code: 'RPC_NOT_COMMITTED' });
  closeLedger(old);
});

test('a chain that was made before checkpoints committed goes on without', async () => {
  const ledger = await openLedger({});
  const state = stateOf(ledger);
  state.db.handle.exec("UPDATE checkpoints SET state = json_remove(state, '$.artifactsDigest')");
  state.head = undefined;
  fundAddress(ledger, d.bob.toSuiAddress(), 5n);
  expect([0, 1].map((at) => getCheckpoint(ledger, at)?.artifactsDigest)).toEqual([null, null]);
  closeLedger(ledger);
});

test('requests that name no object or checkpoint are refused', async () => {
  await expect(ask(d.ledger, '', 0)).rejects.toMatchObject({ code: 'RPC_MISSING_FIELD' });
  await expect(ask(d.ledger, '0xg', 0)).rejects.toMatchObject({ code: 'RPC_BAD_FIELD' });
  await expect(ask(d.ledger, '0x6', 10 ** 9)).rejects.toMatchObject({ code: 'RPC_CHECKPOINT_NOT_FOUND' });
});

test('the digest over a root of zeros is the one Sui computes', () => {
  expect(artifactsDigest({ root: new Uint8Array(32) })).toBe('Hu1Kq6yF9jGgTd5o9Tav3saEFSzTg7ZKehYqa8QvQXGE');
});

/** The definition, by halves: a tree over 2^n places, of which those behind the leaves are empty. */
const rootOf = (leaves: readonly Uint8Array[], places: number): Uint8Array => {
  if (leaves.length === 0) return new Uint8Array(32);
  if (places === 1) return hash(Uint8Array.of(0), leaves[0] as Uint8Array);
  const half = places / 2;
  return hash(Uint8Array.of(1), rootOf(leaves.slice(0, half), half), rootOf(leaves.slice(half), half));
};

test('the tree over any number of objects has the root of the definition', () => {
  const state = fc.record({
    id: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    version: fc.nat(),
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(base58),
  });
  fc.assert(
    fc.property(fc.array(state, { maxLength: 20 }), (states) => {
      const leaves = states.map(({ id, version, digest }) => Leaf.serialize({ id, version, digest }).toBytes());
      const places = 2 ** Math.ceil(Math.log2(Math.max(1, leaves.length)));
      expect(Buffer.from(objectTree(states).root)).toEqual(Buffer.from(rootOf(leaves, places)));
    }),
  );
});
