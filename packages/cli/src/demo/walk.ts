import { createHash } from 'node:crypto';
import * as sdk from '@atoma/sdk';
import { formatAmount, toHex0x } from '@atoma/sdk';
import { grouped } from '../kernel/lines.ts';
import { type Person, people } from './stage.ts';
import type { Story } from './story.ts';

const operators = people.filter((person) => person !== 'buyer');
const toma = (amount: number): bigint => BigInt(amount) * 1_000_000_000n;
const short = (bytes: Uint8Array): string => `${toHex0x(bytes).slice(0, 10)}…`;

/** Who runs which node. */
type Nodes = ReadonlyMap<bigint, Person>;

const operatorOf = (nodes: Nodes, id: bigint): Person => nodes.get(id) as Person;

const giveMoney = async ({ act }: Story): Promise<bigint> => {
  for (const person of people)
    await act(
      person,
      'toma faucet --amount 100TOMA',
      sdk.faucet,
      { amount: toma(100) },
      ({ amount }) => `${formatAmount(amount)} received`,
    );
  return toma(100) * BigInt(people.length);
};

const setUp = async ({ act }: Story) => {
  const model = 'meta-llama/Llama-3.1-8B-Instruct';
  const task = await act(
    'buyer',
    `db create-task-entry --role 0 --model-name ${model} --security-level 1 --minimum-reputation-score 50`,
    sdk.createTask,
    { role: 0, modelName: model, securityLevel: 1, minimumReputationScore: 50 },
    ({ taskSmallId }) => `task ${taskSmallId}: chat completions, sampling consensus`,
  );
  const nodes = new Map<bigint, Person>();
  for (const [at, person] of operators.entries()) {
    const node = await act(
      person,
      'db register-node',
      sdk.registerNode,
      {},
      (one) => `node ${one.nodeSmallId}, ${formatAmount(one.collateral)} locked as collateral`,
    );
    nodes.set(node.nodeSmallId, person);
    const price = BigInt(80 + 5 * at);
    await act(
      person,
      `db subscribe-node-to-task --task-small-id ${task.taskSmallId} --price-per-compute-unit ${price} --max-num-compute-units 10000000`,
      sdk.subscribeNodeToTask,
      {
        nodeSmallId: node.nodeSmallId,
        taskSmallId: task.taskSmallId,
        pricePerComputeUnit: price,
        maxNumComputeUnits: 10_000_000n,
      },
      (offer) => `node ${offer.nodeSmallId} asks ${offer.pricePerComputeUnit} base units for one compute unit`,
    );
  }
  return { taskSmallId: task.taskSmallId, nodes: nodes as Nodes };
};

const buy = ({ act }: Story, taskSmallId: bigint) =>
  act(
    'buyer',
    `db acquire-new-stack-entry --task-small-id ${taskSmallId} --num-compute-units 1000000 --price 100`,
    sdk.acquireStack,
    { taskSmallId, numComputeUnits: 1_000_000n, pricePerComputeUnit: 100n },
    (stack) =>
      `stack ${stack.stackSmallId}: ${formatAmount(stack.paid)} into escrow; node ${stack.selectedNodeSmallId} drawn, its bond is ${formatAmount(stack.bond)}`,
  );

/** A history as a node would keep it: one entry a request, hashes of what was asked and answered. */
const historyOf = (answers: readonly string[], units: bigint): sdk.History => {
  const hash = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());
  const each = units / BigInt(answers.length);
  return {
    leaves: answers.map((answer, at) => ({
      requestHash: hash(`request ${at}`),
      contentHash: hash(answer),
      units: each,
    })),
  };
};

const proofFor = (
  story: Story,
  actor: string,
  stackSmallId: bigint,
  answers: readonly string[],
  k: number,
): sdk.StackProof => {
  const proof = sdk.computeStackProof({ history: historyOf(answers, 800_000n), stackSmallId, attesters: k });
  story.tell(
    actor,
    `stack-proof compute --history history.json --stack ${stackSmallId}`,
    `${answers.length} requests, ${grouped(proof.units)} units, commitment ${short(proof.committedStackProof)}`,
  );
  return proof;
};

const settle = (story: Story, person: Person, stackSmallId: bigint, proof: sdk.StackProof) =>
  story.act(
    person,
    `db try-settle-stack --stack-small-id ${stackSmallId} --num-claimed-compute-units 800000 --committed-stack-proof ${short(proof.committedStackProof)} --stack-merkle-leaf ${short(proof.stackMerkleLeaf)}`,
    sdk.trySettleStack,
    {
      stackSmallId,
      numClaimedComputeUnits: 800_000n,
      committedStackProof: proof.committedStackProof,
      stackMerkleLeaf: proof.stackMerkleLeaf,
    },
    ({ attesters, required }) =>
      `settled; node ${attesters.join(', node ')} drawn to attest, ${required ? 'and must' : 'but need not this time'}`,
  );

const attestersOf = async ({ stage }: Story, stackSmallId: bigint): Promise<number> =>
  Number((await sdk.getStack(stage.atoma.buyer, { stackSmallId })).terms.attesters);

const advance = ({ stage, tell }: Story, epochs: number): void => {
  const epoch = stage.advance(epochs);
  tell('time', `chain advance --epochs ${epochs}`, `it is epoch ${epoch}`);
};

/** A purchase that goes well: served, settled, attested where the coin says so, claimed. */
const honestStack = async (story: Story, taskSmallId: bigint, nodes: Nodes): Promise<void> => {
  const stack = await buy(story, taskSmallId);
  const { stackSmallId } = stack;
  const operator = operatorOf(nodes, stack.selectedNodeSmallId);
  const k = await attestersOf(story, stackSmallId);
  const proof = proofFor(story, operator, stackSmallId, ['a', 'b', 'c', 'd'], k);
  const ticket = await settle(story, operator, stackSmallId, proof);
  for (const [at, attester] of ticket.required ? ticket.attesters.entries() : [])
    await story.act(
      operatorOf(nodes, attester),
      `db submit-stack-settlement-attestation --stack-small-id ${stackSmallId} --committed-stack-proof ${short(proof.committedStackProof)} --stack-merkle-leaf ${short(proof.leaves[at + 1] as Uint8Array)}`,
      sdk.submitStackSettlementAttestation,
      {
        nodeSmallId: attester,
        stackSmallId,
        committedStackProof: proof.committedStackProof,
        stackMerkleLeaf: proof.leaves[at + 1] as Uint8Array,
      },
      ({ outcome }) => `attested: the settlement is ${outcome}`,
    );
  advance(story, 2);
  await story.act(
    operator,
    `db claim-funds --settled-ticket-ids ${stackSmallId}`,
    sdk.claimFunds,
    { stackSmallIds: [stackSmallId] },
    ({ claims, totalFee }) =>
      `${formatAmount(totalFee)} earned, ${formatAmount(claims[0]?.refund ?? 0n)} unused back to the buyer`,
  );
};

/** A purchase nobody serves: the buyer takes the money back. */
const unservedStack = async (story: Story, taskSmallId: bigint): Promise<void> => {
  const { stackSmallId } = await buy(story, taskSmallId);
  await story.act(
    'buyer',
    `db request-stack-refund --stack-small-id ${stackSmallId}`,
    sdk.requestStackRefund,
    { stackSmallId },
    ({ reclaimEpoch }) => `the node has until epoch ${reclaimEpoch} to settle`,
  );
  advance(story, 2);
  await story.act(
    'buyer',
    `db reclaim-stack --stack-small-id ${stackSmallId}`,
    sdk.reclaimStack,
    { stackSmallId },
    ({ refund }) => `${formatAmount(refund)} back, the node's bond returns`,
  );
};

interface Vote {
  readonly stackSmallId: bigint;
  readonly merkleRoot: Uint8Array;
  readonly units: bigint;
  readonly salt: Uint8Array;
}

const vote = async (story: Story, nodes: Nodes, jurors: readonly bigint[], ballot: Vote): Promise<void> => {
  const { stackSmallId } = ballot;
  for (const juror of jurors)
    await story.act(
      operatorOf(nodes, juror),
      `db commit-dispute-vote --stack-small-id ${stackSmallId} --merkle-root … --units … --salt …`,
      sdk.commitDisputeVote,
      { ...ballot, nodeSmallId: juror },
      (one) => `node ${one.nodeSmallId} committed a vote`,
    );
  advance(story, 1);
  for (const juror of jurors)
    await story.act(
      operatorOf(nodes, juror),
      `db reveal-dispute-vote --stack-small-id ${stackSmallId} --merkle-root … --units … --salt …`,
      sdk.revealDisputeVote,
      { ...ballot, nodeSmallId: juror },
      (one) => `node ${one.nodeSmallId} voted for the history that the buyer shows`,
    );
};

const outcomeText = (result: { readonly outcome: string }): string =>
  result.outcome === 'convicted'
    ? 'convicted: the buyer gets everything back, the jury is paid from the bond'
    : `ended: ${result.outcome}`;

/** A node that invents its answers: the buyer disputes and a jury convicts. No model runs here; the jurors vote what honest ones would find. */
const disputedStack = async (story: Story, taskSmallId: bigint, nodes: Nodes): Promise<void> => {
  const stack = await buy(story, taskSmallId);
  const { stackSmallId } = stack;
  const operator = operatorOf(nodes, stack.selectedNodeSmallId);
  const k = await attestersOf(story, stackSmallId);
  const lie = proofFor(story, operator, stackSmallId, ['x', 'y', 'z', '?'], k);
  await settle(story, operator, stackSmallId, lie);
  const truth = proofFor(story, 'buyer', stackSmallId, ['a', 'b', 'c', 'd'], k);
  const dispute = await story.act(
    'buyer',
    `db start-attestation-dispute --stack-small-id ${stackSmallId} --attestation-commitment ${short(truth.committedStackProof)}`,
    sdk.startAttestationDispute,
    { stackSmallId, attestationCommitment: truth.committedStackProof },
    ({ bond, jurors }) => `${formatAmount(bond)} locked as bond; jury: node ${jurors.join(', node ')}`,
  );
  const salt = new Uint8Array(createHash('sha256').update(`salt ${stackSmallId}`).digest());
  await vote(story, nodes, dispute.jurors, { stackSmallId, merkleRoot: truth.merkleRoot, units: truth.units, salt });
  await story.act(
    'buyer',
    `db resolve-dispute --stack-small-id ${stackSmallId}`,
    sdk.resolveDispute,
    { stackSmallId },
    outcomeText,
  );
};

const tidyUp = async (story: Story, taskSmallId: bigint, nodes: Nodes): Promise<void> => {
  for (const [nodeSmallId, person] of nodes)
    await story.act(
      person,
      `db unsubscribe-node-from-task --task-small-id ${taskSmallId}`,
      sdk.unsubscribeNodeFromTask,
      { nodeSmallId, taskSmallId },
      () => `node ${nodeSmallId} no longer offers it`,
    );
  await story.act(
    'buyer',
    `db deprecate-task --task-small-id ${taskSmallId}`,
    sdk.deprecateTask,
    { taskSmallId },
    ({ removableFromEpoch }) => `closed; can be removed from epoch ${removableFromEpoch}`,
  );
  advance(story, 2);
  await story.act(
    'buyer',
    `db remove-deprecated-task --task-small-id ${taskSmallId}`,
    sdk.removeDeprecatedTask,
    { taskSmallId },
    () => `task ${taskSmallId} removed`,
  );
};

/** Plays the whole walk. Returns how many base units of TOMA the faucet minted, and the nodes of the walk. */
export const walk = async (story: Story): Promise<{ readonly minted: bigint; readonly nodes: Nodes }> => {
  story.chapter('Money to try it with');
  const minted = await giveMoney(story);
  story.chapter('A task, and five nodes that offer it');
  const { taskSmallId, nodes } = await setUp(story);
  story.chapter('A purchase that goes well');
  await honestStack(story, taskSmallId, nodes);
  story.chapter('A purchase nobody serves');
  await unservedStack(story, taskSmallId);
  story.chapter('A node that invents its answers');
  await disputedStack(story, taskSmallId, nodes);
  story.chapter('Closing the task');
  await tidyUp(story, taskSmallId, nodes);
  return { minted, nodes };
};
