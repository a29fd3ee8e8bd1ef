/** The duties of a juror: find out what was served, commit to it, reveal it. */
import { createHmac } from 'node:crypto';
import { blake2b256 } from '@atoma/base';
import {
  type Dispute,
  type EpochInfo,
  equalBytes,
  findDispute,
  findStack,
  findTicket,
  inputsUnavailable,
  type MessageSigner,
  mayReveal,
  needsSecondJury,
} from '@atoma/sdk';
import type { DutyRow } from '../store/types.ts';
import { type FrozenData, frozenBytes, frozenOf, intend, voteSubject } from './calls.ts';
import { gather, missingTooLong } from './inputs.ts';
import { knowsRules } from './rules.ts';
import type { SettleContext } from './settle-context.ts';
import { type Reached, reach, withOwnAnswer } from './verdict.ts';

const SALT_PURPOSE = new TextEncoder().encode('atoma/juror-salt/v1');

/** Salt of a vote: follows from the wallet key, so neither a crash nor a lost database prevents the reveal. 32 bytes. */
export const voteSalt = (signer: MessageSigner, stack: bigint, disputeEpoch: bigint): Uint8Array => {
  const secret = blake2b256(signer.sign(SALT_PURPOSE));
  return new Uint8Array(createHmac('sha256', secret).update(`${stack}/${disputeEpoch}`).digest());
};

const unavailable: Reached = { merkleRoot: inputsUnavailable(), units: 0n, findings: [], unbound: false, blame: false };

/** The verdict from what T binds and the dispute shows; undefined while inputs are missing. A settlement without T has none. */
export const judge = async (settle: SettleContext, stackSmallId: bigint): Promise<Reached | undefined> => {
  const { atoma } = settle;
  const [stack, ticket, dispute] = [
    await findStack(atoma, { stackSmallId }),
    await findTicket(atoma, { stackSmallId }),
    await findDispute(atoma, { stackSmallId }),
  ];
  if (!stack || !ticket) return undefined;
  let inputs = await gather(settle, stack, ticket, dispute);
  if (!inputs) return unavailable;
  const { engines } = settle.node;
  let found = await reach(engines, inputs.about, inputs.holding);
  if (found?.unbound) {
    // The challenger gave no view of the rows here, or another than it committed to: another juror may have that one.
    inputs = (await gather(settle, stack, ticket, dispute, true)) ?? inputs;
    found = await reach(engines, inputs.about, inputs.holding);
  }
  return found && { ...found, findings: await withOwnAnswer(engines, inputs, found.findings) };
};

/** Gets the inputs before anyone votes, so that whoever cannot get them from the accused later gets them here. */
const hold = async (settle: SettleContext, stackSmallId: bigint, dispute: Dispute): Promise<void> => {
  const stack = await findStack(settle.atoma, { stackSmallId });
  const ticket = await findTicket(settle.atoma, { stackSmallId });
  if (stack && ticket) await gather(settle, stack, ticket, dispute);
};

/** The vote of this node in the dispute as it is now; earlier versions, which knew no evidence of owners, named it by its stack alone. */
const findVote = async ({ node: { store } }: SettleContext, { stackSmallId, disputeEpoch, evidence }: Dispute) =>
  (await store.findOutbox('commit_vote', voteSubject(stackSmallId, disputeEpoch))) ??
  (evidence ? undefined : await store.findOutbox('commit_vote', String(stackSmallId)));

/** Whether inputs that cannot be had are given up: in the second half of the last epoch to commit. */
const mustGiveUp = (dispute: Dispute, epoch: EpochInfo, now: number): boolean =>
  epoch.epoch + 1n >= dispute.commitDeadlineEpoch && now - epoch.startMs >= epoch.durationMs / 2;

/**
 * Commits to a vote, from the epoch after the dispute on, so that every party has had an epoch to bring inputs. While any are missing
 * it waits; the vote is, in the end, that they are unavailable.
 */
export const commitVote = async (settle: SettleContext, duty: DutyRow, epoch: EpochInfo): Promise<void> => {
  const { node, nodeId, atoma } = settle;
  const dispute = await findDispute(atoma, { stackSmallId: duty.stack });
  if (!dispute || dispute.committed.includes(nodeId)) {
    await node.store.endDuty('commit_vote', duty.stack, dispute ? 'done' : 'missed');
    return;
  }
  if (await findVote(settle, dispute)) return;
  const stack = await findStack(atoma, { stackSmallId: duty.stack });
  if (!stack || !knowsRules(settle, stack)) return;
  if (epoch.epoch <= dispute.disputeEpoch) return hold(settle, duty.stack, dispute);
  const found = await judge(settle, duty.stack);
  const subject = voteSubject(duty.stack, dispute.disputeEpoch);
  const waited = found !== undefined || missingTooLong(settle, `vote/${subject}`, epoch);
  if (!found && !(waited && mustGiveUp(dispute, epoch, node.now()))) return;
  const verdict = found ?? unavailable;
  settle.checks.keep(duty.stack, { as: 'juror', findings: verdict.findings });
  const salt = voteSalt(node.identity.signer, duty.stack, dispute.disputeEpoch);
  const frozen: FrozenData['commit_vote'] = {
    stack: String(duty.stack),
    epoch: String(dispute.disputeEpoch),
    merkleRoot: frozenBytes(verdict.merkleRoot),
    units: String(verdict.units),
    salt: frozenBytes(salt),
    evidence: equalBytes(verdict.merkleRoot, inputsUnavailable()) ? 'none' : 'found',
    ...(verdict.blame ? { blame: 'yes' } : {}),
  };
  await intend(settle, 'commit_vote', subject, frozen);
};

/** Reveals what was committed, once the contract takes it. */
export const revealVote = async (settle: SettleContext, duty: DutyRow, epoch: EpochInfo): Promise<void> => {
  const { node, nodeId, atoma } = settle;
  const dispute = await findDispute(atoma, { stackSmallId: duty.stack });
  if (!dispute || dispute.revealed.includes(nodeId)) {
    await node.store.endDuty('reveal_vote', duty.stack, dispute ? 'done' : 'missed');
    return;
  }
  if (!dispute.committed.includes(nodeId) || !mayReveal(dispute, epoch.epoch)) return;
  const stored = await findVote(settle, dispute);
  const frozen = stored ? frozenOf('commit_vote', stored) : await recomputed(settle, dispute);
  if (frozen === undefined) return;
  settle.observe('reveal_vote:before-intent');
  await intend(settle, 'reveal_vote', voteSubject(duty.stack, dispute.disputeEpoch), frozen);
};

/** The vote again from its inputs, for a database that was lost after the commit. */
const recomputed = async (settle: SettleContext, dispute: Dispute): Promise<FrozenData['reveal_vote'] | undefined> => {
  const verdict = await judge(settle, dispute.stackSmallId);
  if (!verdict) return undefined;
  return {
    stack: String(dispute.stackSmallId),
    epoch: String(dispute.disputeEpoch),
    merkleRoot: frozenBytes(verdict.merkleRoot),
    units: String(verdict.units),
    salt: frozenBytes(voteSalt(settle.node.identity.signer, dispute.stackSmallId, dispute.disputeEpoch)),
    ...(verdict.blame ? { blame: 'yes' } : {}),
  };
};

/** Ends a dispute when every vote is in or the time is over. */
export const resolveIfDue = async (settle: SettleContext, duty: DutyRow, epoch: EpochInfo): Promise<void> => {
  const dispute = await findDispute(settle.atoma, { stackSmallId: duty.stack });
  if (!dispute) {
    await settle.node.store.endDuty('resolve', duty.stack, 'done');
    return;
  }
  const complete = dispute.voting.length > 0 && dispute.voting.every((juror) => dispute.revealed.includes(juror));
  if (!complete && epoch.epoch < dispute.revealDeadlineEpoch) return;
  if (needsSecondJury(dispute, epoch.epoch)) {
    await intend(settle, 'second_jury', String(duty.stack), { stack: String(duty.stack) });
    return;
  }
  await intend(settle, 'resolve', String(duty.stack), { stack: String(duty.stack) });
};
