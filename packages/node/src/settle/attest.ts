/** The duty of a drawn attester: run the requests again and compare. */
import { toHex } from '@atoma/base';
import {
  computeCommitment,
  type Dispute,
  type EpochInfo,
  equalBytes,
  findDispute,
  findStack,
  findTicket,
  inputsUnavailable,
  mayReveal,
  type Stack,
  type StackTerms,
  type Ticket,
} from '@atoma/sdk';
import { type EngineSet, renewEngines } from '../engine/set.ts';
import type { DutyRow } from '../store/types.ts';
import { frozenBytes, intend, joinSubject } from './calls.ts';
import { gather, keepTranscript, missingTooLong } from './inputs.ts';
import { judge } from './judge.ts';
import { knowsRules } from './rules.ts';
import type { SettleContext } from './settle-context.ts';
import { confirms, type Reached, reach, type Verdict, withOwnAnswer } from './verdict.ts';

/** Share of the window after which missing inputs are given up. */
const GIVE_UP_AT = 0.75;

/** Share of the window that has passed. */
const elapsed = ({ deadlineEpoch }: Ticket, { window }: StackTerms, epoch: EpochInfo, now: number): number => {
  const part = epoch.durationMs <= 0 ? 1 : Math.min(1, Math.max(0, (now - epoch.startMs) / epoch.durationMs));
  return (Number(epoch.epoch - (deadlineEpoch - window)) + part) / Number(window);
};

const attest = (settle: SettleContext, stack: bigint, proof: Uint8Array, leaf: Uint8Array, disputesLeaf = false) =>
  intend(settle, 'attest', String(stack), {
    stack: String(stack),
    proof: frozenBytes(proof),
    leaf: frozenBytes(leaf),
    ...(disputesLeaf ? { disputes: 'leaf' as const } : {}),
  });

/** Whether the first jury still commits its votes, as the contract has it: later nobody joins. */
const isCommitting = (dispute: Dispute, epoch: bigint): boolean =>
  dispute.firstJury.length === 0 && !mayReveal(dispute, epoch);

/** What this node joined with in the dispute as it is now; earlier versions named it by its stack alone. */
const findJoin = async ({ node: { store } }: SettleContext, dispute: Dispute) =>
  (await store.findOutbox('join', joinSubject(dispute))) ??
  (dispute.evidence ? undefined : await store.findOutbox('join', String(dispute.stackSmallId)));

/**
 * Somebody else disputed before this attester had an answer: it joins with its own where that is not what was settled, and has then earned
 * a share beside the challenger's. With the owner's evidence it joins again, for the contract forgets what was joined before.
 */
const join = async (settle: SettleContext, stack: Stack, ticket: Ticket, epoch: bigint): Promise<void> => {
  const { stackSmallId, terms } = stack;
  const dispute = await findDispute(settle.atoma, { stackSmallId });
  const isOpen = dispute?.challengerNodeSmallId === null && isCommitting(dispute, epoch);
  if (!dispute || !isOpen || dispute.joined.some(({ nodeSmallId }) => nodeSmallId === settle.nodeId)) {
    await settle.node.store.endDuty('attest', stackSmallId, 'done');
    return;
  }
  if (!knowsRules(settle, stack) || (await findJoin(settle, dispute))) return;
  const found = await judge(settle, stackSmallId);
  if (!found || equalBytes(found.merkleRoot, inputsUnavailable())) return;
  const { merkleRoot, units } = found;
  const own = computeCommitment({ merkleRoot, units, stackSmallId, attesters: Number(terms.attesters) });
  if (confirms(ticket, own)) {
    await settle.node.store.endDuty('attest', stackSmallId, 'done');
    return;
  }
  // Its view of the rows is what jurors look for: it outlives this process, as the accusation does.
  const holding = settle.holdings.get(stackSmallId);
  if (holding) await keepTranscript(settle, stackSmallId, holding);
  settle.observe('join:before-intent');
  await intend(settle, 'join', joinSubject(dispute), {
    stack: String(stackSmallId),
    proof: frozenBytes(own.committedStackProof),
    epoch: String(dispute.disputeEpoch),
    ...(dispute.evidence ? { shown: 'yes' as const } : {}),
  });
};

/** The attester's own verdict; where it differs from what was settled, that of a fresh engine. */
const ownVerdict = async (
  settle: SettleContext,
  compute: (engines: EngineSet) => Promise<Reached | undefined>,
  agrees: (verdict: Verdict) => boolean,
): Promise<Reached | undefined> => {
  const first = await compute(settle.node.engines);
  if (!first || agrees(first)) return first;
  settle.node.log.warn('own root differs; running again with a fresh engine');
  const fresh = await renewEngines(settle.node.engines);
  try {
    const second = await compute(fresh);
    if (second && !equalBytes(second.merkleRoot, first.merkleRoot))
      settle.alarm('engine_unsteady', { first: toHex(first.merkleRoot), second: toHex(second.merkleRoot) });
    return second;
  } finally {
    await fresh.close();
  }
};

/** Meets the duty if the inputs can be had; otherwise it stays open until they must be given up. */
export const attestStack = async (settle: SettleContext, duty: DutyRow, epoch: EpochInfo): Promise<void> => {
  const { atoma, node, nodeId } = settle;
  const { stack: stackSmallId } = duty;
  const ticket = await findTicket(atoma, { stackSmallId });
  const stack = await findStack(atoma, { stackSmallId });
  const place = ticket?.attesters.indexOf(nodeId) ?? -1;
  if (stack && ticket?.state === 'disputed' && ticket.required && place >= 0 && !ticket.attested.includes(nodeId))
    return join(settle, stack, ticket, epoch.epoch);
  if (!ticket || !stack || ticket.state !== 'awaiting' || place < 0 || ticket.attested.includes(nodeId)) {
    await node.store.endDuty('attest', stackSmallId, ticket?.attested.includes(nodeId) ? 'done' : 'missed');
    return;
  }
  if (!knowsRules(settle, stack) || (await node.store.findOutbox('attest', String(stackSmallId)))) return;
  const attesters = Number(stack.terms.attesters);
  const commit = ({ merkleRoot, units }: Verdict) => computeCommitment({ merkleRoot, units, stackSmallId, attesters });
  const agrees = (verdict: Verdict): boolean => confirms(ticket, commit(verdict));
  const inputs = await gather(settle, stack, ticket, null);
  const own = inputs && (await ownVerdict(settle, (engines) => reach(engines, inputs.about, inputs.holding), agrees));
  if (!own) {
    const waited = missingTooLong(settle, `attest/${stackSmallId}`, epoch);
    if (!inputs || (waited && elapsed(ticket, stack.terms, epoch, node.now()) >= GIVE_UP_AT))
      await attest(settle, stackSmallId, inputsUnavailable(), inputsUnavailable());
    return;
  }
  if (!agrees(own)) {
    await keepTranscript(settle, stackSmallId, inputs.holding);
    const findings = await withOwnAnswer(node.engines, inputs, own.findings);
    settle.checks.keep(stackSmallId, { as: 'attester', findings });
  }
  const { leaves, committedStackProof } = commit(own);
  const leaf = agrees(own) ? (leaves[place + 1] as Uint8Array) : inputsUnavailable();
  const disputesLeaf = !agrees(own) && equalBytes(committedStackProof, ticket.committedStackProof);
  await attest(settle, stackSmallId, committedStackProof, leaf, disputesLeaf);
};
