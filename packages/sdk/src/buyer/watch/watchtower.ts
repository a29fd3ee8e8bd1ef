/** Watches a buyer's money until it is back: settlements are judged, wrong ones disputed, deadlines met. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Transaction } from '@mysten/sui/transactions';
import { inputsUnavailable } from '../../commitment/hashes.ts';
import { computeCommitment, type StackProof } from '../../commitment/proof.ts';
import { theOnly } from '../../internal/results.ts';
import { type Dispute, findDispute, mayShow, needsSecondJury } from '../../reads/disputes.ts';
import { getEpoch } from '../../reads/epoch.ts';
import { findStack, type Stack } from '../../reads/stacks.ts';
import { findTicket, type Ticket } from '../../reads/tickets.ts';
import { equalBytes } from '../../values/bytes.ts';
import { expireSettlement } from '../../writes/expire-settlement.ts';
import { finalizeStack } from '../../writes/finalize-stack.ts';
import { resolveDispute } from '../../writes/resolve-dispute.ts';
import { seatSecondJury } from '../../writes/seat-second-jury.ts';
import { showDisputeEvidence } from '../../writes/show-dispute-evidence.ts';
import { startAttestationDispute } from '../../writes/start-attestation-dispute.ts';
import { confirmed, type Outbox } from '../buyer-outbox.ts';
import type { BuyerContext } from '../context.ts';
import type { JournalStack, OutboxKind } from '../journal/types.ts';
import { noteSettlement } from '../receipts/audit.ts';
import { fetchReceipts, resolveOpen } from '../receipts/fetch.ts';
import { ownProof } from '../receipts/history.ts';
import { owedUnits } from '../receipts/owed.ts';
import { patient } from '../transport/patience.ts';
import { type Case, caseOf, disputeBond, type Settlement } from './case.ts';
import { type Judgement, judgeSettlement } from './judge.ts';
import { pushEvidence, withoutEvidence } from './jury-evidence.ts';

/** How a watchtower acts. */
export interface WatchPolicy {
  /** `auto`: dispute what is provably wrong, and show evidence where that was not possible with the start of the dispute; `ask`: only when `confirm` agrees; `off`: only report. */
  readonly mode: 'auto' | 'ask' | 'off';
  /** Over-claims below this many units are let pass. */
  readonly minimumOverClaim: bigint;
  /** Largest bond of a dispute, which returns when it is won, or payment for the rows of evidence, which jurors keep; base units of TOMA, null: any. */
  readonly maxBond: bigint | null;
  /** Asked with `ask`. */
  readonly confirm?: (finding: SettlementFinding) => Promise<boolean>;
  /** Ask for the money back when a node cannot be reached an epoch after the purchase and has done nothing. */
  readonly noticeUnreachable: boolean;
}

/** Defaults: dispute by itself. */
export const defaultWatchPolicy: WatchPolicy = {
  mode: 'auto',
  minimumOverClaim: 1n,
  maxBond: null,
  noticeUnreachable: true,
};

/** A judged settlement. */
export interface SettlementFinding {
  readonly stack: bigint;
  readonly node: bigint;
  readonly claimed: bigint;
  /** Units the receipts prove. */
  readonly known: bigint;
  readonly open: bigint;
  readonly finding: Judgement['finding'];
  /** What follows; `show`: evidence in a dispute that goes on. */
  readonly action: Judgement['action'] | 'show';
  readonly deadlineEpoch: bigint;
  /** Bond a dispute takes, or what evidence takes for the rows it names; base units of TOMA. */
  readonly bond: bigint;
}

/** What one look at a stack led to. */
export interface WatchStep {
  readonly stack: bigint;
  readonly did:
    | 'nothing'
    | 'ended'
    | 'accepted'
    | 'warned'
    | 'disputed'
    | 'shown'
    | 'declined'
    | 'evidence'
    | 'resolved'
    | 'finalized'
    | 'expired'
    | 'noticed'
    | 'reclaimed';
  readonly finding: SettlementFinding | null;
}

/** What the watchtower uses of a buyer. */
export interface WatchParameters {
  readonly context: BuyerContext;
  readonly outbox: Outbox;
  readonly requestRefund: (stack: bigint) => Promise<bigint>;
  readonly reclaim: (stack: bigint) => Promise<bigint>;
  readonly policy: WatchPolicy;
}

const judgedMark = (stack: bigint): string => `judged/${stack}`;
const shownMark = (stack: bigint): string => `shown/${stack}`;
const warnedMark = (stack: bigint): string => `warned/${stack}`;

/** A settlement as it was judged; the case against it, unless the receipts alone show that it is right. */
interface Judged {
  readonly finding: SettlementFinding;
  readonly made: Case | null;
}

const judge = async ({ context }: WatchParameters, row: JournalStack, settlement: Settlement): Promise<Judged> => {
  const { journal } = context;
  const { stack, ticket } = settlement;
  await noteSettlement(journal, row.stack, {
    claimed: ticket.numClaimedComputeUnits,
    committedStackProof: ticket.committedStackProof,
  });
  const attesters = Number(stack.terms.attesters);
  const isSettled = (proof: Pick<StackProof, 'committedStackProof'>): boolean =>
    equalBytes(proof.committedStackProof, ticket.committedStackProof);
  const look = async (made: Case | null): Promise<SettlementFinding> => {
    const claimed = ticket.numClaimedComputeUnits;
    const { known, open, complete } = await owedUnits(journal, row.stack);
    const proof = ownProof(await journal.listReceipts(row.stack), row.stack, attesters);
    const rootMatches = proof && proof.units === claimed ? isSettled(proof) : null;
    // The rows may be settled in another order than they were served in.
    const reached =
      made?.merkleRoot &&
      isSettled(computeCommitment({ merkleRoot: made.merkleRoot, stackSmallId: row.stack, units: claimed, attesters }));
    const judgement = judgeSettlement({
      claimed,
      known,
      open,
      rootMatches: reached ? true : rootMatches,
      complete,
      asked: made !== null,
      leaves: reached ? 'holds' : (made?.leaves ?? 'unknown'),
      // Without T nobody can check, which jurors find by themselves. In a dispute that goes on receipts are shown for nothing.
      isProvable: ticket.inputs === null || settlement.dispute !== null || (made?.convicts ?? false),
    });
    return {
      stack: row.stack,
      node: row.node,
      claimed,
      known,
      open,
      ...judgement,
      deadlineEpoch: ticket.deadlineEpoch,
      bond: disputeBond(stack),
    };
  };
  const first = await look(null);
  if (first.action === 'accept') return { finding: first, made: null };
  // Before anything is disputed, too: the node may show requests that this wallet signed with another journal.
  await resolveOpen(context, row);
  await fetchReceipts(context, row);
  const made = await caseOf(context, row, settlement);
  return { finding: await look(made), made };
};

const send = async (p: WatchParameters, kind: OutboxKind, stack: bigint, build: () => Promise<Transaction>) =>
  confirmed(
    kind,
    `of stack ${stack}`,
    await p.outbox.run({ kind, subject: String(stack), frozen: '{}', cost: 0n, build, changes: async () => [] }),
  );

/** Whether the policy takes a case. `finding.bond`: without the rows it names; `seats` look at these. */
const agrees = async (
  { policy }: WatchParameters,
  stack: Stack,
  finding: SettlementFinding,
  { namedUnits }: Case,
  seats: bigint,
): Promise<boolean> => {
  const { mode, minimumOverClaim, maxBond, confirm } = policy;
  const over = finding.claimed - finding.known - finding.open;
  const worth = finding.finding === 'wrongRoot' || over >= minimumOverClaim;
  if (mode === 'off' || !worth) return false;
  const bond = finding.bond + seats * stack.pricePerComputeUnit * namedUnits;
  if (maxBond !== null && bond > maxBond) return false;
  return mode !== 'ask' || ((await confirm?.({ ...finding, bond })) ?? false);
};

const dispute = async (
  p: WatchParameters,
  row: JournalStack,
  { stack, ticket }: Settlement,
  finding: SettlementFinding,
  made: Case,
): Promise<WatchStep['did']> => {
  if (!(await agrees(p, stack, finding, made, stack.terms.jurors))) return 'declined';
  const { shown, named, namedUnits, merkleRoot } = made;
  const units = ticket.numClaimedComputeUnits;
  const attesters = Number(stack.terms.attesters);
  const expected = merkleRoot && computeCommitment({ merkleRoot, stackSmallId: row.stack, units, attesters });
  const ran = await send(p, 'dispute', row.stack, () =>
    startAttestationDispute.build(p.context.atoma, {
      stackSmallId: row.stack,
      attestationCommitment: expected?.committedStackProof ?? inputsUnavailable(),
      receipts: shown,
      rows: named,
      namedUnits,
    }),
  );
  const event = theOnly(ran, p.context.atoma, 'StackAttestationDisputeEvent', 'db start-attestation-dispute');
  p.context.emit({ kind: 'disputed', stack: row.stack, bond: event.bond, jurors: event.jurors });
  // Only a list that a juror gives later would be a reason to add to it.
  if (made.isListKnown) await p.context.journal.putSetting(shownMark(row.stack), finding.finding);
  await pushEvidence(p.context, row.stack, event.jurors);
  return 'disputed';
};

/** An over-claim that only a journal of everything could prove is put to a person, where one is asked. */
const askWhereUnsure = ({ finding, made }: Judged, { mode }: WatchPolicy): Judged => {
  const over = finding.finding === 'unprovable' && finding.claimed > finding.known + finding.open;
  return { finding: over && mode === 'ask' ? { ...finding, action: 'dispute' } : finding, made };
};

/** A finding is told before anything follows from it. */
const tell = ({ context }: WatchParameters, { stack, finding, claimed, known }: SettlementFinding): void =>
  context.emit({ kind: 'settlement', stack, finding, claimed, known });

/**
 * Whether to show now. In a dispute of its own all but rows was shown with the start; where somebody else disputed, jurors that have the list of a
 * node that keeps it from this buyer are waited for, while another epoch is left.
 */
const isTime = ({ address }: BuyerContext, found: Dispute, { isListKnown, convicts }: Case, epoch: bigint): boolean => {
  if (found.challenger === address && found.challengerNodeSmallId === null) return convicts;
  return isListKnown || !mayShow(found, epoch + 1n);
};

/**
 * Shows in a dispute what could not be shown with its start: somebody else started it, and there is one dispute about a stack, so whoever is in
 * league with its node could start that with nothing to see; or its node kept the list of rows from its owner. Undefined where there is nothing to
 * show, or not yet.
 */
const show = async (
  p: WatchParameters,
  row: JournalStack,
  settlement: Settlement & { readonly dispute: Dispute },
  epoch: bigint,
): Promise<WatchStep | undefined> => {
  const { context } = p;
  const { stack, dispute: found } = settlement;
  if ((await context.journal.getSetting(shownMark(row.stack))) !== undefined) return undefined;
  const { made, ...judged } = askWhereUnsure(await judge(p, row, settlement), p.policy);
  if (judged.finding.action !== 'dispute' || !made) return undefined; // also what could not be told: it is looked at again
  if (!isTime(context, found, made, epoch)) return undefined;
  const finding: SettlementFinding = { ...judged.finding, action: 'show', bond: 0n };
  tell(p, finding);
  const done = async (did: WatchStep['did']): Promise<WatchStep> => {
    await context.journal.putSetting(shownMark(row.stack), finding.finding);
    return { stack: row.stack, did, finding };
  };
  const { shown: receipts, named: rows, namedUnits } = made;
  // A list that is none convicts by itself.
  const isEmpty = receipts.length === 0 && rows.length === 0;
  if (isEmpty || !(await agrees(p, stack, finding, made, BigInt(found.jurors.length)))) return done('declined');
  const ran = await send(p, 'evidence', row.stack, () =>
    showDisputeEvidence.build(context.atoma, { stackSmallId: row.stack, receipts, rows, namedUnits }),
  );
  const { bond } = theOnly(ran, context.atoma, 'DisputeEvidenceEvent', 'db show-dispute-evidence');
  context.emit({ kind: 'shown', stack: row.stack, receipts: receipts.length, bond });
  await pushEvidence(context, row.stack, found.jurors);
  return done('shown');
};

const followDispute = async (
  p: WatchParameters,
  row: JournalStack,
  found: Dispute,
  epoch: bigint,
): Promise<WatchStep['did']> => {
  const { jurors, revealed, revealDeadlineEpoch } = found;
  const over = epoch >= revealDeadlineEpoch || (jurors.length > 0 && revealed.length === jurors.length);
  if (over && needsSecondJury(found, epoch)) {
    await send(p, 'second_jury', row.stack, () => seatSecondJury.build(p.context.atoma, { stackSmallId: row.stack }));
    return 'resolved';
  }
  if (over) {
    await send(p, 'resolve', row.stack, () => resolveDispute.build(p.context.atoma, { stackSmallId: row.stack }));
    return 'resolved';
  }
  const open = await withoutEvidence(p.context, row.stack, jurors);
  if (open.length === 0) return 'nothing';
  const missing = await pushEvidence(p.context, row.stack, jurors);
  return missing < open.length ? 'evidence' : 'nothing';
};

const onDispute = async (
  p: WatchParameters,
  row: JournalStack,
  stack: Stack,
  ticket: Ticket,
  epoch: bigint,
): Promise<WatchStep> => {
  const found = await findDispute(p.context.atoma, { stackSmallId: row.stack });
  const mayAdd = found && mayShow(found, epoch) && stack.owner === p.context.address;
  const shown = mayAdd ? await show(p, row, { stack, ticket, dispute: found }, epoch) : undefined;
  if (shown) return shown;
  return { stack: row.stack, did: found ? await followDispute(p, row, found, epoch) : 'nothing', finding: null };
};

const onTicket = async (
  p: WatchParameters,
  row: JournalStack,
  stack: Stack,
  ticket: Ticket,
  epoch: bigint,
): Promise<WatchStep> => {
  const { context } = p;
  const settlement = { stack, ticket, dispute: null };
  const step = (did: WatchStep['did'], finding: SettlementFinding | null = null): WatchStep => ({
    stack: row.stack,
    did,
    finding,
  });
  if (row.stage !== 'settled') await context.book.change(row.stack, { stage: 'settled' });
  if (ticket.state === 'disputed') return onDispute(p, row, stack, ticket, epoch);
  if (ticket.state === 'openRequired' && epoch >= (ticket.openUntilEpoch as bigint)) {
    await send(p, 'expire', row.stack, () => expireSettlement.build(context.atoma, { stackSmallId: row.stack }));
    return step('expired');
  }
  const claimable = ticket.state === 'open' || ticket.state === 'clean';
  if (claimable && epoch > ticket.deadlineEpoch) {
    await send(p, 'finalize', row.stack, () => finalizeStack.build(context.atoma, { stackSmallId: row.stack }));
    return step('finalized');
  }
  if (epoch >= ticket.deadlineEpoch || (await context.journal.getSetting(judgedMark(row.stack))) !== undefined)
    return step('nothing');
  const { finding, made } = askWhereUnsure(await judge(p, row, settlement), p.policy);
  const known = await context.journal.getSetting(warnedMark(row.stack));
  // What could not be told is looked at again until the window closes: the node may answer yet. It is said once.
  if (finding.action === 'warn' && known === finding.finding) return step('nothing');
  tell(p, finding);
  if (finding.action === 'warn') {
    await context.journal.putSetting(warnedMark(row.stack), finding.finding);
    return step('warned', finding);
  }
  const did = finding.action === 'dispute' && made ? await dispute(p, row, settlement, finding, made) : 'accepted';
  await context.journal.putSetting(judgedMark(row.stack), finding.finding);
  return step(did, finding);
};

const onUnsettled = async (p: WatchParameters, row: JournalStack, stack: Stack, epoch: bigint): Promise<WatchStep> => {
  const step = (did: WatchStep['did']): WatchStep => ({ stack: row.stack, did, finding: null });
  if (epoch >= stack.reclaimEpoch) {
    await p.reclaim(row.stack);
    return step('reclaimed');
  }
  const isIdle = row.stage === 'open' && stack.noticeEpoch === null && epoch > stack.boughtEpoch;
  if (!p.policy.noticeUnreachable || !isIdle || (await p.context.journal.meters(row.stack)).receipts > 0)
    return step('nothing');
  const status = await p.context.directory.status(row.node);
  if (status?.problem === null) return step('nothing');
  await p.requestRefund(row.stack);
  return step('noticed');
};

/** Whether a stack that was bought or handed off here is another's now: what they use is no over-claim, and their money. */
const isGivenAway = ({ address }: BuyerContext, { digest, stage }: JournalStack, { owner }: Stack): boolean =>
  owner !== address && (digest !== null || stage === 'settled');

/** Looks at one stack and does what is due. */
export const watchStack = async (p: WatchParameters, row: JournalStack): Promise<WatchStep> => {
  const { atoma } = p.context;
  const [stack, ticket, { epoch }] = await Promise.all([
    findStack(atoma, { stackSmallId: row.stack }),
    findTicket(atoma, { stackSmallId: row.stack }),
    getEpoch(atoma),
  ]);
  if (!stack || isGivenAway(p.context, row, stack)) {
    await p.context.book.change(row.stack, { stage: 'ended' });
    return { stack: row.stack, did: 'ended', finding: null };
  }
  return ticket ? onTicket(p, row, stack, ticket, epoch) : onUnsettled(p, row, stack, epoch);
};

/** Looks at every stack that has not ended. A fault on one, or a node that answers slowly, does not keep the others from being looked at. */
export const watchOnce = async (p: WatchParameters): Promise<readonly WatchStep[]> => {
  const { send, now, journal, emit } = p.context;
  const looking = { ...p, context: { ...p.context, send: patient(send, now) } };
  const steps: WatchStep[] = [];
  for (const row of await journal.listStacks(['open', 'notice', 'settled'])) {
    try {
      steps.push(await watchStack(looking, row));
    } catch (error) {
      emit({ kind: 'fault', what: `watching stack ${row.stack}`, why: (error as Error).message });
    }
  }
  return steps;
};

/** Watches until the signal aborts. */
export const watchForever = async (
  p: WatchParameters,
  options: { readonly pollMs: number; readonly signal?: AbortSignal; readonly onStep?: (step: WatchStep) => void },
): Promise<void> => {
  const { signal } = options;
  while (!signal?.aborted) {
    for (const step of await watchOnce(p)) if (step.did !== 'nothing') options.onStep?.(step);
    await pause(options.pollMs, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
};
