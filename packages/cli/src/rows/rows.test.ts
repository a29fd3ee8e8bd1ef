import type { Dispute, Node, Task, Ticket } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { disputeRows, nodeRows, taskCells, taskRows, ticketCells, ticketRows } from './views.ts';

const when = (epoch: bigint): string => `epoch ${epoch}`;
const facts = (rows: readonly (readonly [string, string])[]): Readonly<Record<string, string>> =>
  Object.fromEntries(rows);
const filled = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

const node: Node = {
  ...{ nodeSmallId: 1n, owner: '0x1', url: '', stake: 5n, freeStake: 4n, reserved: 0n, bonded: 1n, earnings: 0n },
  ...{ credit: 0n, reputation: 50, openStacks: 1_000n, disabledEpoch: null, exitEpoch: null, keyEpoch: null },
  ...{ keyHash: null, evidenceHash: null, queuedWithdrawal: null },
};

test('a node that leaves says from when its stake is free, one that waits for money how much and when', () => {
  const usual = facts(nodeRows(node, when));
  expect(usual).toMatchObject({ state: 'active', url: 'none', bonded: '0.000000001 TOMA in 1,000 open stacks' });
  expect([usual.withdrawal, usual.key]).toEqual([undefined, undefined]);
  const queuedWithdrawal = { amount: 2_000_000_000n, availableEpoch: 9n };
  expect(
    facts(nodeRows({ ...node, disabledEpoch: 3n, exitEpoch: 8n, keyEpoch: 6n, queuedWithdrawal }, when)),
  ).toMatchObject({
    state: 'disabled; stake can be taken from epoch 8',
    withdrawal: '2 TOMA from epoch 9',
    key: 'committed in epoch 6',
  });
});

test('the least price is a matter of level 1 alone; a task that ends says when', () => {
  const task: Task = {
    ...{ taskSmallId: 1n, role: 0, modelName: null, securityLevel: 1, minimumReputationScore: 0 },
    ...{ deprecatedEpoch: 7n, openStacks: 0n, subscribers: 2n, leastPrice: 64n },
  };
  const sampled = facts(taskRows(task, when));
  expect(sampled).toMatchObject({ model: 'any', state: 'ends in epoch 7' });
  expect(sampled['least price']).toContain('64 base units');
  expect(facts(taskRows({ ...task, securityLevel: 0, deprecatedEpoch: null }, when))).not.toHaveProperty('least price');
  expect([taskCells(task).at(-1), taskCells({ ...task, deprecatedEpoch: null }).at(-1)]).toEqual([
    'ends in epoch 7',
    'active',
  ]);
});

const ticket: Ticket = {
  ...{ stackSmallId: 1n, state: 'awaiting', numClaimedComputeUnits: 10n, committedStackProof: filled(1), inputs: null },
  ...{ auditSeed: filled(0), leaves: [], attesters: [], attested: [], drawn: [], required: false, surcharge: 0n },
  ...{ deadlineEpoch: 4n, openUntilEpoch: null, redraws: 0 },
};

test.each<[drawn: string, attesters: readonly (bigint | null)[], required: boolean]>([
  ['none', [], false],
  ['node 4, node 5', [4n, 5n], false],
  ['node 4, none found, must attest', [4n, null], true],
  ['none found, none found, must attest', [null, null], true],
  ['nobody could be: nobody checked this stack, and no check is paid for', [null, null], false],
])('who was drawn to attest: %s', (drawn, attesters, required) => {
  expect(facts(ticketRows({ ...ticket, attesters, required }, when)).drawn).toBe(drawn);
  expect(ticketCells({ ...ticket, attesters, required })[4]).toBe(required ? 'yes' : 'no');
});

const dispute: Dispute = {
  ...{ stackSmallId: 1n, challenger: '0x9', challengerNodeSmallId: null, fromStake: false, bond: 0n },
  ...{ commitment: filled(1), rows: [], namedUnits: 0n, jurors: [1n, 2n, 3n], voting: [1n, 2n, 3n] },
  ...{ firstJury: [], joined: [], undecided: false, committed: [1n], revealed: [], evidence: null },
  ...{ waits: true, disputeEpoch: 5n, commitDeadlineEpoch: 9n, revealDeadlineEpoch: 12n },
};

test('a dispute says who began it, who judges it, and what its stack’s owner may still show or has shown', () => {
  expect(facts(disputeRows(dispute, when))).toMatchObject({
    ...{ challenger: '0x9', jurors: 'node 1, node 2, node 3', committed: 'node 1', revealed: 'none' },
    ...{ 'owner may show evidence until': 'epoch 7', 'votes until': 'epoch 9', 'reveals until': 'epoch 12' },
  });
  const silent = facts(disputeRows({ ...dispute, challenger: `0x${'0'.repeat(64)}`, jurors: [], waits: false }, when));
  expect(silent).toMatchObject({
    challenger: 'nobody: attesters were silent',
    jurors: 'none could be seated; the manager may rule',
  });
  expect(Object.keys(silent).filter((name) => name.includes('evidence'))).toEqual([]);
  const evidence = { owner: '0x7', rows: [], namedUnits: 0n, receipts: [], bond: 0n };
  const shown = { ...dispute, waits: false };
  expect(facts(disputeRows({ ...shown, evidence }, when)).evidence).toBe('of the owner, 0x7');
  expect(
    facts(
      disputeRows(
        { ...shown, evidence: { ...evidence, rows: [3n, 4n], namedUnits: 1_200n, bond: 5_000_000_000n } },
        when,
      ),
    ).evidence,
  ).toMatch(/^of the owner, 0x7, rows .*3, .*4 of 1,200 units for 5 TOMA$/);
});
