/** The duties of a juror: find out what was served, commit to it, reveal it. */
import { createHmac } from 'node:crypto';
import { blake2b256, toHex } from '@atoma/base';
import {
  createStackProofBuilder,
  type Dispute,
  type EpochInfo,
  equalBytes,
  exhibitLayout,
  findDispute,
  findStack,
  inputsUnavailable,
  type MessageSigner,
  type Stack,
} from '@atoma/sdk';
import { decodeHead, decodeRow, type TranscriptHead, type TranscriptRow } from '../serve/transcript.ts';
import type { DutyRow, EvidenceRow } from '../store/types.ts';
import { frozenBytes } from './calls.ts';
import type { SettleContext } from './context.ts';
import { passExhibit } from './exhibits.ts';
import { checkHead, fetchTranscript, missingTooLong, readInputs, type StackInputs, type Transcript } from './inputs.ts';
import { addReceipts, replayRows } from './replay.ts';
import { inOrder, noteRow, type RowNote, type RowNotes, validRows } from './verify-rows.ts';

const SALT_PURPOSE = new TextEncoder().encode('atoma/juror-salt/v1');

/** Salt of a vote: follows from the wallet key, so neither a crash nor a lost database prevents the reveal. 32 bytes. */
export const voteSalt = (signer: MessageSigner, stack: bigint, disputeEpoch: bigint): Uint8Array => {
  const secret = blake2b256(signer.sign(SALT_PURPOSE));
  return new Uint8Array(createHmac('sha256', secret).update(`${stack}/${disputeEpoch}`).digest());
};

/** What a juror found. */
export interface Verdict {
  /** 32 bytes; zeros: inputs unavailable. */
  readonly merkleRoot: Uint8Array;
  readonly units: bigint;
}

const rowsOf = (evidence: readonly EvidenceRow[]) =>
  evidence
    .filter((each) => each.kind === 'row')
    .map((each) => ({ row: decodeRow(Buffer.from(each.payload).toString('utf8')) }));

const headsOf = (evidence: readonly EvidenceRow[]): readonly TranscriptHead[] =>
  evidence
    .filter((each) => each.kind === 'exhibit')
    .map((each) => decodeHead(Buffer.from(each.payload).toString('utf8')));

/** Whether the accused has signed two different transcripts of this stack. */
const contradicts = async (heads: readonly TranscriptHead[], inputs: StackInputs): Promise<boolean> => {
  const digests = new Set<string>();
  for (const head of heads)
    if (await checkHead(head, inputs.scope)) digests.add(toHex(exhibitLayout.decode(head.exhibit).digest));
  return digests.size > 1;
};

const verdictOn = async (
  settle: SettleContext,
  stack: Stack,
  inputs: StackInputs,
  transcript: Transcript | undefined,
): Promise<Verdict | undefined> => {
  const { store, engines } = settle.node;
  const evidence = await store.listEvidence(stack.stackSmallId);
  const heads = [...(transcript ? [transcript.head] : []), ...headsOf(evidence)];
  if (await contradicts(heads, inputs)) return { merkleRoot: inputsUnavailable(), units: 0n };
  const notes: RowNotes = new Map();
  if (transcript)
    for await (const valid of validRows(transcript.rows(), inputs.scope)) noteRow(notes, valid, valid.source.reload);
  for await (const valid of validRows(rowsOf(evidence), inputs.scope))
    if (valid.receipt) noteRow(notes, valid, () => valid.row);
  if (!transcript && notes.size === 0) return undefined;
  const builder = createStackProofBuilder({
    stackSmallId: stack.stackSmallId,
    attesters: Number(stack.terms.attesters),
  });
  const ordered = inOrder(notes);
  if (stack.securityLevel === 1) await replayRows(engines, inputs.task, loaded(ordered), builder);
  else addReceipts(ordered, builder);
  const { merkleRoot, units } = builder.finish();
  return { merkleRoot, units };
};

function* loaded(notes: readonly RowNote[]): Generator<TranscriptRow> {
  for (const note of notes) yield note.load();
}

/** The verdict from transcript and evidence; undefined while nothing can be had. */
const judge = async (settle: SettleContext, stackSmallId: bigint): Promise<Verdict | undefined> => {
  const stack = await findStack(settle.atoma, { stackSmallId });
  if (!stack) return undefined;
  const inputs = await readInputs(settle, stack);
  const transcript = await fetchTranscript(settle, inputs);
  try {
    return await verdictOn(settle, stack, inputs, transcript);
  } finally {
    transcript?.close();
  }
};

/** Whether inputs that cannot be had are given up: in the second half of the last epoch to commit. */
const mustGiveUp = (dispute: Dispute, epoch: EpochInfo, now: number): boolean =>
  epoch.epoch + 1n >= dispute.commitDeadlineEpoch && now - epoch.startMs >= epoch.durationMs / 2;

/**
 * Commits to a vote, from the epoch after the dispute on, so that every party has had an epoch to bring evidence. Without any
 * inputs the vote is, in the end, that they are unavailable.
 */
export const commitVote = async (settle: SettleContext, duty: DutyRow, epoch: EpochInfo): Promise<void> => {
  const { node, nodeId, atoma } = settle;
  const dispute = await findDispute(atoma, { stackSmallId: duty.stack });
  if (!dispute || dispute.committed.includes(nodeId)) {
    await node.store.endDuty('commit_vote', duty.stack, dispute ? 'done' : 'missed');
    return;
  }
  if (epoch.epoch <= dispute.disputeEpoch) return passExhibit(settle, dispute, epoch);
  if (await node.store.findOutbox('commit_vote', String(duty.stack))) return;
  const found = await judge(settle, duty.stack);
  const waited = found !== undefined || missingTooLong(settle, `vote/${duty.stack}`, epoch);
  if (!found && !(waited && mustGiveUp(dispute, epoch, node.now()))) return;
  const verdict = found ?? { merkleRoot: inputsUnavailable(), units: 0n };
  const salt = voteSalt(node.identity.signer, duty.stack, dispute.disputeEpoch);
  const frozen = {
    stack: String(duty.stack),
    merkleRoot: frozenBytes(verdict.merkleRoot),
    units: String(verdict.units),
    salt: frozenBytes(salt),
    evidence: equalBytes(verdict.merkleRoot, inputsUnavailable()) ? 'none' : 'found',
  };
  await node.store.putIntent('commit_vote', String(duty.stack), JSON.stringify(frozen), node.now());
};

const mayReveal = (dispute: Dispute, epoch: EpochInfo): boolean =>
  epoch.epoch >= dispute.commitDeadlineEpoch ||
  (dispute.committed.length === dispute.jurors.length && epoch.epoch > dispute.disputeEpoch);

/** Reveals what was committed, once the contract takes it. */
export const revealVote = async (settle: SettleContext, duty: DutyRow, epoch: EpochInfo): Promise<void> => {
  const { node, nodeId, atoma } = settle;
  const dispute = await findDispute(atoma, { stackSmallId: duty.stack });
  if (!dispute || dispute.revealed.includes(nodeId)) {
    await node.store.endDuty('reveal_vote', duty.stack, dispute ? 'done' : 'missed');
    return;
  }
  if (!dispute.committed.includes(nodeId) || !mayReveal(dispute, epoch)) return;
  const stored = await node.store.findOutbox('commit_vote', String(duty.stack));
  const frozen = stored?.frozen ?? (await recomputed(settle, dispute));
  if (frozen === undefined) return;
  settle.observe('reveal_vote:before-intent');
  await node.store.putIntent('reveal_vote', String(duty.stack), frozen, node.now());
};

/** The vote again from its inputs, for a database that was lost after the commit. */
const recomputed = async (settle: SettleContext, dispute: Dispute): Promise<string | undefined> => {
  const verdict = await judge(settle, dispute.stackSmallId);
  if (!verdict) return undefined;
  return JSON.stringify({
    stack: String(dispute.stackSmallId),
    merkleRoot: frozenBytes(verdict.merkleRoot),
    units: String(verdict.units),
    salt: frozenBytes(voteSalt(settle.node.identity.signer, dispute.stackSmallId, dispute.disputeEpoch)),
  });
};

/** Ends a dispute when every vote is in or the time is over. */
export const resolveIfDue = async (settle: SettleContext, duty: DutyRow, epoch: EpochInfo): Promise<void> => {
  const dispute = await findDispute(settle.atoma, { stackSmallId: duty.stack });
  if (!dispute) {
    await settle.node.store.endDuty('resolve', duty.stack, 'done');
    return;
  }
  const complete = dispute.jurors.length > 0 && dispute.revealed.length === dispute.jurors.length;
  if (!complete && epoch.epoch < dispute.revealDeadlineEpoch) return;
  const frozen = JSON.stringify({ stack: String(duty.stack) });
  await settle.node.store.putIntent('resolve', String(duty.stack), frozen, settle.node.now());
};
