/** One stack from purchase to end, everyone in the role the scenario gives: honest parties do what docs/protocol.md tells them to. */
import { accusation, computeStackProof, equalBytes, formatAmount, type StackProof, sampledRows } from '@atoma/sdk';
import * as db from '@atoma/sdk/bindings';
import { playDispute } from './dispute.ts';
import { type Actor, call, type Did, epochOf, eventOf, reachEpoch, tryCall } from './lab-chain.ts';
import { labError } from './lab-errors.ts';
import { type LabMarket, type LabNode, purchase } from './lab-market.ts';
import { checkedHistory, needsEvidence, seenByReceipts, settlementOf, truthOf } from './lab-work.ts';
import { hashOf, pick } from './random.ts';
import type { Scenario } from './scenario.ts';
import { act, nodeOf, type Stage } from './stage.ts';

/** How a stack ended. */
export type StackEnd =
  | 'paid'
  | 'convicted'
  | 'acquitted'
  | 'noMajority'
  | 'unavailable'
  | 'forfeited'
  | 'refunded'
  | 'slashed'
  | 'refused';

/** One stack as it was played. */
export interface StackPlay {
  readonly stack: bigint;
  /** Node that served, small id. */
  readonly node: bigint;
  readonly end: StackEnd;
  /** Whether the fault was found out and did not pay. */
  readonly caught: boolean;
  /** Epochs from purchase to end. */
  readonly epochs: number;
  /** What happened, a few words each. */
  readonly steps: readonly string[];
  /** Nodes slashed. */
  readonly slashed: readonly bigint[];
}

const ids = (nodes: readonly bigint[]): string => `node ${nodes.join(', node ')}`;

/** A purchase. */
export interface Bought {
  readonly stack: bigint;
  readonly badge: string;
  readonly server: LabNode;
  readonly escrow: bigint;
  readonly expiry: bigint;
}

/** Buys one stack. */
export const buy = async (market: LabMarket): Promise<Bought> => {
  const did = await purchase(market);
  const event = eventOf(did, 'StackCreatedEvent')?.data;
  if (!event) throw labError('REFUSED', { call: 'acquire_new_stack_entry', why: 'it told no stack' });
  const { stackSmallId: stack, stackBadgeId: badge, escrow, expiryEpoch: expiry } = event;
  return { stack, badge, escrow, expiry, server: nodeOf(market, event.selectedNodeId) };
};

type Ending = Pick<StackPlay, 'end' | 'caught'>;

/** The node does nothing more: the buyer takes the money back, with notice or when the stack's life is over. */
const unserved = async (market: LabMarket, bought: Bought, steps: string[]): Promise<Ending> => {
  const { chain, buyer, scenario } = market;
  const isNoticed = scenario.fault === 'node-offline';
  if (isNoticed) {
    const noticed = await call(chain, buyer, db.requestStackRefund, bought.badge);
    const until = eventOf(noticed, 'StackRefundRequestedEvent')?.data.reclaimEpoch ?? 0n;
    const early = await tryCall(chain, buyer, db.reclaimStack, bought.badge);
    steps.push(`refund notice; reclaiming at once is refused (${early.abort})`);
    reachEpoch(chain, until);
  } else reachEpoch(chain, bought.expiry);
  const did = isNoticed
    ? await call(chain, buyer, db.reclaimStack, bought.badge)
    : await call(chain, buyer, db.finalizeStack, bought.stack);
  const back = eventOf(did, 'StackReclaimedEvent')?.data.refund ?? 0n;
  steps.push(`${formatAmount(back)} back to the buyer, the bond to the node`);
  return { end: 'refunded', caught: back === bought.escrow };
};

const settle = async (stage: Stage) => {
  const { settlement, server, stack, steps } = stage;
  const { claimed, proof, leaf } = settlement;
  const root = proof.committedStackProof;
  const did = await act(stage, server, db.trySettleStack, server.badge, stack, claimed, root, leaf, null);
  const event = eventOf(did, 'StackTrySettleEvent')?.data;
  if (!event) throw labError('REFUSED', { call: 'try_settle_stack', why: 'it told no ticket' });
  const { requestedAttestationNodes: drawn, attestationRequired: required, deadlineEpoch } = event;
  steps.push(`settled with ${claimed} units; ${required ? `${ids(drawn)} must attest` : 'no attestation required'}`);
  return { drawn, required, deadline: deadlineEpoch, seed: event.auditSeed };
};

/** A dispute out of the challenger's wallet, with what it expects the jury to reach; null: it does not know. */
const disputeAs = (stage: Stage, challenger: Actor, proof: StackProof | null): Promise<Did> => {
  const accused = accusation({ proof: proof?.committedStackProof ?? null, challenger: challenger.address });
  return act(stage, challenger, db.startAttestationDispute, challenger.purse, stage.stack, accused, [], 0n, []);
};

/** The root is right and the claim is not: the attester disputes the claim with the same root, from its wallet. */
const disputeUnits = (stage: Stage, attester: LabNode): Promise<Did> => {
  const { own, steps } = stage;
  steps.push(`node ${attester.id} finds more claimed than was done and disputes`);
  return disputeAs(stage, attester, own);
};

/** One attester does its duty (or what the scenario has it do). Gives the dispute it opened, if it did. */
const attest = async (stage: Stage, id: bigint, place: number): Promise<Did> => {
  const { market, settlement, own, stack, steps, colluders } = stage;
  const attester = nodeOf(market, id);
  const covers = colluders.has(id);
  const proof = covers ? settlement.proof : own;
  const fits = covers || equalBytes(settlement.leaf, own.stackMerkleLeaf);
  const agrees = fits && equalBytes(proof.committedStackProof, settlement.proof.committedStackProof);
  if (agrees && !covers && settlement.claimed > own.units) return disputeUnits(stage, attester);
  const said = agrees
    ? proof.committedStackProof
    : accusation({ proof: proof.committedStackProof, challenger: attester.address });
  const leaf = proof.leaves[place] as Uint8Array;
  const did = await act(stage, attester, db.submitStackSettlementAttestation, attester.badge, stack, said, leaf);
  const differs = `comes to another answer ${eventOf(did, 'AttesterExcusedEvent') ? 'and no jury can be seated' : 'and disputes'}`;
  steps.push(`node ${id} ${agrees ? (covers ? 'covers the lie' : 'attests') : differs}`);
  return did;
};

const claim = async (stage: Stage): Promise<Ending> => {
  const { market, server, stack, steps } = stage;
  const { chain, scenario } = market;
  const isDouble = scenario.fault === 'double-claim';
  const doubled = isDouble ? await tryCall(chain, server, db.claimFunds, server.badge, [stack, stack]) : undefined;
  const did = await act(stage, server, db.claimFunds, server.badge, [stack]);
  const fee = eventOf(did, 'StackSettlementTicketClaimedEvent')?.data.nodeFee ?? 0n;
  steps.push(`claimed: ${formatAmount(fee)} to node ${server.id}`);
  if (!doubled) return { end: 'paid', caught: false };
  const again = await tryCall(chain, server, db.claimFunds, server.badge, [stack]);
  steps.push(`twice in one batch: ${doubled.abort}; once more: ${again.abort}`);
  return { end: 'refused', caught: doubled.abort !== null && again.abort !== null };
};

/** The attesters of a settlement that must be attested, replaced while they are silent, until it can be claimed or is contested. */
const attestation = async (stage: Stage, drawn: readonly bigint[], deadline: bigint): Promise<Ending | undefined> => {
  const { market, steps, stack } = stage;
  const { chain, scenario, buyer } = market;
  const [first] = drawn;
  const silent =
    scenario.fault === 'silent-attester' && first !== undefined && isFaulty(scenario, first) ? first : undefined;
  let last: Did | undefined;
  for (const [i, id] of drawn.entries()) {
    if (id === silent) continue;
    last = await attest(stage, id, i + 1);
    if (eventOf(last, 'StackAttestationDisputeEvent')) return playDispute(stage, last);
  }
  if (silent !== undefined) {
    reachEpoch(chain, deadline);
    const redrawn = await act(stage, buyer, db.redrawAttesters, stack);
    const event = eventOf(redrawn, 'AttestersRedrawnEvent')?.data;
    steps.push(`node ${silent} was silent and is slashed; ${ids(event?.newNodes ?? [])} drawn instead`);
    for (const id of event?.newNodes ?? []) last = await attest(stage, id, drawn.indexOf(silent) + 1);
    reachEpoch(chain, event?.deadlineEpoch ?? deadline);
  }
  return last && eventOf(last, 'StackOpeningRequiredEvent') ? openHistory(stage) : undefined;
};

/** No jury can be seated for an attester that differs: the node must open its history. What then stands is claimed like any other. */
const openHistory = async (stage: Stage): Promise<Ending> => {
  const { market, server, settlement, stack, steps } = stage;
  const { merkleRoot, units } = settlement.proof;
  const did = await act(stage, server, db.openStackCommitment, stack, merkleRoot, units);
  const opened = eventOf(did, 'StackOpenedEvent')?.data;
  const valid = opened?.valid ?? false;
  steps.push(
    `history opened: ${valid ? 'the node was right' : 'the node’s own leaf is wrong, everything is forfeited'}`,
  );
  if (!valid) return { end: 'forfeited', caught: true };
  reachEpoch(market.chain, opened?.deadlineEpoch ?? 0n);
  return claim(stage);
};

/** The buyer's side: it watches with receipts, or accuses without reason. */
const buyerDisputes = async (stage: Stage): Promise<Ending | undefined> => {
  const { market, own, stack, truth, steps } = stage;
  const { scenario, buyer } = market;
  const frames = scenario.fault === 'framing-buyer';
  const sees = scenario.watch && (scenario.tamper !== undefined || seenByReceipts.includes(scenario.fault));
  if (!frames && !sees) return undefined;
  const wrong = { leaves: truth.leaves.map((leaf) => ({ ...leaf, contentHash: leaf.requestHash })) };
  const attesters = own.leaves.length - 1;
  const proof = frames ? computeStackProof({ history: wrong, stackSmallId: stack, attesters }) : own;
  steps.push(frames ? 'the buyer accuses with a made-up answer' : 'the buyer’s receipts say otherwise: it disputes');
  const did = await disputeAs(stage, buyer, proof);
  return playDispute(stage, did);
};

/** The history as those see it who have what only the owner can show. */
const asShown = ({ truth, stack, own }: Stage): StackProof =>
  computeStackProof({ history: truth, stackSmallId: stack, attesters: own.leaves.length - 1 });

/** Plays a dispute to which a buyer that watches adds what it has. */
const playWithEvidence = async (stage: Stage, opened: Did, what: 'refusals' | 'receipts'): Promise<Ending> => {
  const { market, stack, truth, steps } = stage;
  const { scenario, buyer } = market;
  if (!scenario.watch) return playDispute(stage, opened);
  const shown = truth.leaves.map((_, i) => hashOf(what, i, stack));
  await act(stage, buyer, db.showDisputeEvidence, buyer.purse, stack, [], 0n, shown);
  steps.push(`the buyer shows its ${what}: the dispute begins anew`);
  return playDispute({ ...stage, own: asShown(stage) }, opened);
};

/** An accomplice of the node disputes before anybody else does, and shows nothing. */
const accompliceDisputes = async (stage: Stage): Promise<Ending | undefined> => {
  const { scenario, accomplice } = stage.market;
  if (scenario.fault !== 'accomplice-first' || !accomplice) return undefined;
  stage.steps.push('the node’s accomplice disputes first, names the root a jury would reach, and shows nothing');
  return playWithEvidence(stage, await disputeAs(stage, accomplice, asShown(stage)), 'refusals');
};

/** The buyer sees too large a claim, and not in which rows: its node gives the list to those who check it alone. */
const blindBuyerDisputes = async (stage: Stage): Promise<Ending | undefined> => {
  const { scenario, buyer } = stage.market;
  if (scenario.fault !== 'withheld-list') return undefined;
  stage.steps.push('the node keeps its list from the buyer, who disputes without it');
  return playWithEvidence(stage, await disputeAs(stage, buyer, null), 'receipts');
};

const isCaught = (stage: Stage, { end, caught }: Ending): boolean => {
  const { fault } = stage.market.scenario;
  if (fault === 'silent-attester') return stage.slashed.length > 0;
  if (fault === 'framing-buyer') return end === 'acquitted';
  return caught || end === 'convicted' || end === 'forfeited';
};

/** The same stage as whoever checks sees it: with the rows that the seed picks repeated. */
const checked = (stage: Stage, seed: Uint8Array): Stage => {
  const { market, truth, settlement, stack } = stage;
  const { samples, sampledShare } = market.config;
  if (needsEvidence(market.scenario)) return { ...stage, own: settlement.proof };
  const units = truth.leaves.map((leaf) => leaf.units);
  const size = { samples: Number(samples), share: Number(sampledShare) };
  const rows = new Set(sampledRows({ seed, stack, units, size }));
  const history = checkedHistory(truth, settlement.history, rows);
  return { ...stage, own: computeStackProof({ history, stackSmallId: stack, attesters: stage.own.leaves.length - 1 }) };
};

const served = async (settling: Stage): Promise<Ending> => {
  const { chain } = settling.market;
  const { drawn, required, deadline, seed } = await settle(settling);
  const stage = checked(settling, seed);
  const disputed =
    (await accompliceDisputes(stage)) ?? (await blindBuyerDisputes(stage)) ?? (await buyerDisputes(stage));
  const contested = disputed ?? (required ? await attestation(stage, drawn, deadline) : undefined);
  if (contested) return contested;
  reachEpoch(chain, deadline);
  return claim(stage);
};

/** Whether a node has the scenario's fault. */
export const isFaulty = ({ faulty }: Scenario, node: bigint): boolean =>
  faulty === null || faulty.includes(Number(node));

/** What is wrong on this stack: nothing, when its node does not have the fault. An attester's fault is the attester's. */
const onStack = ({ tamper, ...scenario }: Scenario, server: bigint): Scenario =>
  scenario.fault === 'silent-attester' || isFaulty(scenario, server)
    ? { ...scenario, ...(tamper && { tamper }) }
    : { ...scenario, fault: 'honest' };

/** Buys one stack and plays it to its end. */
export const playStack = async (all: LabMarket): Promise<StackPlay> => {
  const { chain, config, nodes } = all;
  const from = epochOf(chain);
  const bought = await buy(all);
  const { stack, server } = bought;
  const scenario = onStack(all.scenario, server.id);
  const market = { ...all, scenario };
  const steps = [`stack ${stack} bought, served by node ${server.id}`];
  const told = { stack, node: server.id, steps };
  const since = (): number => Number(epochOf(chain) - from);
  if (scenario.fault === 'node-offline' || scenario.fault === 'silent-at-settlement')
    return { ...told, ...(await unserved(market, bought, steps)), epochs: since(), slashed: [] };
  const others = nodes.map((node) => node.id).filter((id) => id !== server.id);
  const chosen = pick(others, scenario.colluding + scenario.lazy, scenario.seed, stack);
  const truth = truthOf(scenario, stack);
  const attesters = Number(config.attesters);
  const stage: Stage = {
    market,
    stack,
    server,
    truth,
    own: computeStackProof({ history: truth, stackSmallId: stack, attesters }),
    settlement: settlementOf(scenario, stack, truth, attesters),
    colluders: new Set(chosen.slice(0, scenario.colluding)),
    lazy: new Set(chosen.slice(scenario.colluding)),
    steps,
    slashed: [],
  };
  const ending = await served(stage);
  return { ...told, end: ending.end, caught: isCaught(stage, ending), epochs: since(), slashed: stage.slashed };
};
