/** Disputes at level 2: jurors read nothing, and decide by what both keys signed. */
import { generateKeyPairSync } from 'node:crypto';
import {
  computeCommitment,
  createMerkleBuilder,
  executedResult,
  faultLeaf,
  fromBase64,
  getTicket,
  leafHash,
  malformedRoot,
  pairSignatures,
  RECEIPT_BYTES,
  refusalLayout,
  signRaw,
  startAttestationDispute,
} from '@atoma/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rehearsalEnvironment } from '../confidential/rehearsal.ts';
import type { Daemon } from '../daemon.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import type { LeafRow, Store } from '../store/types.ts';
import { type Fleet, openFleet } from '../testing/fleet.ts';
import { askSealed } from '../testing/sealed.ts';
import { REHEARSAL_SECRET, wireIds } from '../testing/serving-fixture.ts';
import { settleByHand } from '../testing/settle.ts';

type Change = (leaf: LeafRow) => LeafRow;
let fleet: Fleet;
let change: Change | undefined;

/** A ledger that can be told to show other rows than it has. */
const turning = (): Store => {
  const store = openSqliteStore({ path: ':memory:', durability: 'process' });
  return {
    ...store,
    listLeaves: async (...p) => {
      const leaves = await store.listLeaves(...p);
      return change ? leaves.map(change) : leaves;
    },
  };
};

beforeAll(async () => {
  fleet = await openFleet({
    nodes: 4,
    level: 2,
    daemon: () => ({ store: turning(), environment: rehearsalEnvironment(REHEARSAL_SECRET, 'test') }),
  });
  await fleet.tick(2);
});
afterAll(() => fleet.close());

const asked = (server: Daemon) => ({
  ...wireIds(fleet.market),
  nodeId: server.settle.nodeId,
  url: `http://127.0.0.1:${server.port}`,
  buyer: fleet.buyer,
});

const serve = async () => {
  change = undefined;
  const { stack, server } = await fleet.buy(1_000_000n);
  await fleet.tick();
  for (const content of ['one', 'two'])
    expect(
      (await askSealed(asked(server), stack, { model: fleet.model, messages: [{ role: 'user', content }] })).end?.type,
    ).toBe('receipt');
  return { stack, server };
};

/** Settles what the ledger shows, by the leaves its node should have. */
const settle = async (stack: bigint, server: Daemon) => {
  const settled = await settleByHand(server, { id: stack, level: 2 });
  await fleet.tick();
  return settled;
};

/** The buyer says that no row was owed, and the jury votes. */
const disputed = async (
  stack: bigint,
  server: Daemon,
  faults: readonly number[],
  shown: readonly Uint8Array[] = [],
) => {
  const ticket = await getTicket(fleet.buyer, { stackSmallId: stack });
  const leaves = await server.store.listLeaves(stack);
  const tree = createMerkleBuilder();
  for (const leaf of leaves) tree.add(faults.includes(leaf.index) ? faultLeaf(leaf.index) : leafHash(leaf));
  const own = computeCommitment({
    merkleRoot: tree.root(),
    stackSmallId: stack,
    units: ticket.numClaimedComputeUnits,
    attesters: 1,
  });
  return vote(stack, own.committedStackProof, shown);
};

/** A dispute over the challenger's own commitment, to its end. */
const vote = async (stack: bigint, attestationCommitment: Uint8Array, shown: readonly Uint8Array[] = []) => {
  const known = (await fleet.events('DisputeResolvedEvent')).length;
  executedResult(
    await startAttestationDispute(fleet.buyer, { stackSmallId: stack, attestationCommitment, receipts: [...shown] }),
  );
  await fleet.tick();
  fleet.market.nextEpoch();
  await fleet.tick(4);
  return (await fleet.events('DisputeResolvedEvent'))[known]?.data;
};

test('an honest node is acquitted, by jurors that hold its rows without having read one', async () => {
  const { stack, server } = await serve();
  await server.settleStack(stack);
  await fleet.tick(2);
  const resolved = await disputed(stack, server, [0]);
  expect(resolved).toMatchObject({ outcome: 1 });
});

const foreign = generateKeyPairSync('ed25519');
const foreignKey = new Uint8Array(foreign.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));

test.each<[string, Change]>([
  ['the wallet alone signed', (leaf) => ({ ...leaf, receiptSignature: leaf.receiptSignature.slice(0, 97) })],
  [
    'the environment alone signed',
    (leaf) => {
      const receiptSignature = leaf.receiptSignature.slice();
      receiptSignature[20] = (receiptSignature[20] as number) ^ 1;
      return { ...leaf, receiptSignature };
    },
  ],
  [
    'a key signed that the chain never named',
    (leaf) => ({
      ...leaf,
      receiptSignature: pairSignatures(
        leaf.receiptSignature.slice(0, 97),
        foreignKey,
        signRaw(foreign.privateKey, leaf.receipt),
      ),
    }),
  ],
  ['the receipt is that of another row', (leaf) => ({ ...leaf, units: leaf.units + 1n })],
])('rows are dropped where %s: their node is convicted', async (_, attack) => {
  const { stack, server } = await serve();
  change = (leaf) => (leaf.index === 1 ? attack(leaf) : leaf);
  await settle(stack, server);
  const resolved = await disputed(stack, server, [1]);
  expect(resolved).toMatchObject({ outcome: 0, nodeFee: 0n });
  expect(resolved?.challengerShare).toBeGreaterThan(0n); // the jury found exactly that row at fault
});

test('a list that bills one request twice is malformed, whatever its rows say', async () => {
  const { stack, server } = await serve();
  const [first] = await server.store.listLeaves(stack);
  change = (leaf) => ({ ...(first as LeafRow), index: leaf.index });
  const { units } = await settle(stack, server);
  const ticket = await getTicket(fleet.buyer, { stackSmallId: stack });
  const root = malformedRoot(ticket.inputs as Uint8Array);
  const own = computeCommitment({ merkleRoot: root, stackSmallId: stack, units, attesters: 1 });
  expect(await vote(stack, own.committedStackProof)).toMatchObject({ outcome: 0, nodeFee: 0n });
});

test('a receipt and a refusal for one request: the refusal is shown, and the row was never owed', async () => {
  const { stack, server } = await serve();
  await settle(stack, server);
  const [leaf] = await server.store.listLeaves(stack);
  const { identity } = server.node;
  const refusal = refusalLayout.encode({
    ...wireIds(fleet.market),
    stack,
    node: server.settle.nodeId,
    requestId: fromBase64('AAAAAAAAAAAAAAAAAAAAAA==') as Uint8Array,
    requestHash: (leaf as LeafRow).requestHash,
    code: 'overloaded',
    timestampMs: 1n,
  });
  expect(refusal.length).not.toBe(RECEIPT_BYTES);
  const shown = Buffer.concat([identity.signer.sign(refusal), refusal]);
  expect(await disputed(stack, server, [0], [shown])).toMatchObject({ outcome: 0, nodeFee: 0n });
});
