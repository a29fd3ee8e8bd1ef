/** A stack as its transactions tell it: what was bought, what became of it, where the money went. */
import type { AtomaEvent, EventData, EventKind, TransactionView } from '@atoma/sdk';
import type { PageProps } from '../pages/props.ts';

/** One event with its time. */
export type Step = AtomaEvent & { readonly timestampMs: number | null; readonly epoch: bigint };

/** Everything that is known of a stack. */
export interface Life {
  readonly id: bigint;
  readonly epoch: Awaited<ReturnType<PageProps['reads']['getEpoch']>>;
  readonly stack: Awaited<ReturnType<PageProps['reads']['findStack']>>;
  /** As it was bought, also when it is over; null: there never was one, or its chain keeps old versions no more. */
  readonly bought: Awaited<ReturnType<PageProps['reads']['findStackBefore']>>;
  readonly ticket: Awaited<ReturnType<PageProps['reads']['findTicket']>>;
  readonly dispute: Awaited<ReturnType<PageProps['reads']['findDispute']>>;
  /** Oldest first. */
  readonly steps: readonly Step[];
}

const stepsOf = (history: readonly TransactionView[], id: bigint): readonly Step[] =>
  history.flatMap(({ events, timestampMs, epoch }) =>
    events
      .filter(({ data }) => (data as { readonly stackSmallId?: bigint }).stackSmallId === id)
      .map((event) => ({ ...event, timestampMs, epoch })),
  );

const known = new Map<string, Life['bought']>();

/** The stack as its purchase left it: that never changes, so it is read once for a purchase; a ledger that goes back gives its number to another. */
const boughtOf = async ({ reads, atoma }: Pick<PageProps, 'reads' | 'atoma'>, id: bigint, steps: readonly Step[]) => {
  const { checkpoint = null, digest = '' } = steps.find((step) => step.kind === 'StackCreatedEvent') ?? {};
  const before = known.get(digest);
  if (before || checkpoint === null) return before ?? null;
  const bought = await reads.findStackBefore(atoma, { stackSmallId: id, checkpoint: BigInt(checkpoint) + 1n });
  known.set(digest, bought);
  return bought;
};

/** Reads it. */
export const readLife = async ({ reads, atoma }: Pick<PageProps, 'reads' | 'atoma'>, id: bigint): Promise<Life> => {
  const of = { stackSmallId: id };
  const [epoch, stack, ticket, dispute, history] = await Promise.all([
    reads.getEpoch(atoma),
    reads.findStack(atoma, of),
    reads.findTicket(atoma, of),
    reads.findDispute(atoma, of),
    reads.getStackHistory(atoma, of),
  ]);
  const steps = stepsOf(history, id);
  return { id, epoch, stack, bought: await boughtOf({ reads, atoma }, id, steps), ticket, dispute, steps };
};

/** Data of the last event of a kind; undefined when there was none. */
export const last = <Kind extends EventKind>(steps: readonly AtomaEvent[], kind: Kind): EventData<Kind> | undefined =>
  steps.findLast((step) => step.kind === kind)?.data as EventData<Kind> | undefined;

/** Data of all events of a kind. */
export const all = <Kind extends EventKind>(steps: readonly AtomaEvent[], kind: Kind): readonly EventData<Kind>[] =>
  steps.filter((step) => step.kind === kind).map(({ data }) => data as EventData<Kind>);

/** Money in base units. */
export interface Part {
  readonly what: string;
  readonly amount: bigint;
}

/** What went in, and where it came out. */
export interface Split {
  readonly into: readonly Part[];
  readonly out: readonly Part[];
  /** Whether both sums are the same, to the unit. */
  readonly whole: boolean;
}

const sum = (parts: readonly Part[]): bigint => parts.reduce((total, { amount }) => total + amount, 0n);

const split = (into: readonly Part[], out: readonly Part[]): Split => {
  const [a, b] = [into, out].map((parts) => parts.filter(({ amount }) => amount > 0n)) as [Part[], Part[]];
  return { into: a, out: b, whole: sum(a) === sum(b) };
};

/** The outcome number of an acquittal. */
const ACQUITTED = 1;

const resolved = (made: EventData<'StackCreatedEvent'>, steps: readonly AtomaEvent[]): Split | null => {
  const end = last(steps, 'DisputeResolvedEvent');
  const began = last(steps, 'StackAttestationDisputeEvent');
  if (!end || !began) return null;
  const shown = last(steps, 'DisputeEvidenceEvent')?.bond ?? 0n;
  return split(
    [
      { what: 'buyer’s escrow', amount: made.escrow },
      { what: 'node’s bond', amount: made.bond },
      { what: 'challenger’s bond', amount: began.bond },
      { what: 'owner’s payment for rows', amount: shown },
    ],
    [
      { what: 'fee of the node', amount: end.nodeFee },
      { what: 'back to the buyer', amount: end.userRefundAmount },
      { what: 'bond back to the node', amount: end.nodeBondReturned },
      { what: `jurors, ${end.paidJurors.length} of them`, amount: end.jurorPay * BigInt(end.paidJurors.length) },
      { what: 'challenger’s bond back', amount: end.challengerBondReturned },
      { what: 'challenger’s share', amount: end.challengerShare },
      { what: 'owner’s payment for rows back', amount: end.ownerBondReturned },
      {
        what: 'rest of what was put up, to the accused',
        amount:
          end.outcome === ACQUITTED
            ? began.bond + shown - end.ownerBondReturned - end.jurorPay * BigInt(end.paidJurors.length)
            : 0n,
      },
      { what: 'pool', amount: end.poolAmount },
    ],
  );
};

/** Where the money of a stack that is over went; null while it is not. */
export const splitOf = (steps: readonly AtomaEvent[]): Split | null => {
  const made = last(steps, 'StackCreatedEvent');
  if (!made) return null;
  const bond = { what: 'node’s bond', amount: made.bond };
  const into = [{ what: 'buyer’s escrow', amount: made.escrow }, bond];
  const claimed = last(steps, 'StackSettlementTicketClaimedEvent');
  if (claimed)
    return split(into, [
      { what: 'fee of the node', amount: claimed.nodeFee },
      { what: 'surcharge, to the pool that pays attesters', amount: claimed.surcharge },
      { what: 'back to the buyer', amount: claimed.userRefundAmount },
      { what: 'bond back to the node', amount: made.bond },
    ]);
  const forfeited = last(steps, 'StackForfeitedEvent');
  if (forfeited)
    return split(into, [
      { what: 'back to the buyer', amount: forfeited.refund },
      { what: 'bond lost to the pool', amount: forfeited.bond },
    ]);
  const reclaimed = last(steps, 'StackReclaimedEvent');
  if (reclaimed)
    return split(into, [
      { what: 'back to the buyer', amount: reclaimed.refund },
      { what: 'bond back to the node', amount: reclaimed.bond },
    ]);
  return resolved(made, steps);
};

/** Who has the next move, until when, and the command. */
export interface Move {
  readonly who: string;
  /** Without the program's name. Words in capitals are what only the mover knows. */
  readonly command: string;
  /** First epoch in which it is too late, or possible; null: any time. */
  readonly epoch: bigint | null;
  /** Whether `epoch` is a deadline or a beginning. */
  readonly is: 'before' | 'from';
}

type Rules = Pick<PageProps['reads'], 'needsSecondJury' | 'mayReveal' | 'evidenceDeadline'>;

const disputeMove = ({ id, epoch: { epoch } }: Life, dispute: NonNullable<Life['dispute']>, rules: Rules): Move => {
  const of = `--stack-small-id ${id}`;
  if (rules.needsSecondJury(dispute, epoch))
    return {
      who: 'Anybody seats the second jury',
      command: `db seat-second-jury ${of}`,
      epoch: null,
      is: 'from',
    };
  const { jurors, voting, committed, revealed, commitDeadlineEpoch, revealDeadlineEpoch, disputeEpoch } = dispute;
  if (jurors.length === 0)
    return { who: 'The manager rules', command: `db rule-dispute ${of} --outcome OUTCOME`, epoch: null, is: 'from' };
  const commit = `db commit-dispute-vote ${of} --merkle-root ROOT --units UNITS --salt SALT`;
  if (epoch === disputeEpoch) return { who: 'Jurors commit', command: commit, epoch: disputeEpoch + 1n, is: 'from' };
  const missing = voting.filter((each) => !committed.includes(each));
  if (!rules.mayReveal(dispute, epoch))
    return {
      who:
        missing.length > 0
          ? `Jurors commit: ${missing.join(', ')} are missing`
          : 'Its owner may show more; then jurors reveal',
      command: missing.length > 0 ? commit : `db show-dispute-evidence ${of} --receipts FILE`,
      epoch: missing.length > 0 ? commitDeadlineEpoch : (rules.evidenceDeadline(dispute) ?? commitDeadlineEpoch),
      is: 'before',
    };
  if (epoch < revealDeadlineEpoch && revealed.length < committed.length)
    return {
      who: `Jurors reveal: ${committed.filter((each) => !revealed.includes(each)).join(', ')} are missing`,
      command: `db reveal-dispute-vote ${of} --merkle-root ROOT --units UNITS --salt SALT`,
      epoch: revealDeadlineEpoch,
      is: 'before',
    };
  return { who: 'Anybody resolves it', command: `db resolve-dispute ${of}`, epoch: null, is: 'from' };
};

const ticketMove = ({ id, epoch: { epoch } }: Life, ticket: NonNullable<Life['ticket']>): Move => {
  const of = `--stack-small-id ${id}`;
  const { state, deadlineEpoch, openUntilEpoch, attesters, attested, numClaimedComputeUnits } = ticket;
  if (state === 'openRequired')
    return epoch < (openUntilEpoch ?? 0n)
      ? {
          who: 'The node opens its commitment',
          command: `db open-stack-commitment ${of} --merkle-root ROOT --units ${numClaimedComputeUnits}`,
          epoch: openUntilEpoch,
          is: 'before',
        }
      : { who: 'Anybody expires it', command: `db expire-settlement ${of}`, epoch: null, is: 'from' };
  if (state === 'awaiting')
    return epoch < deadlineEpoch
      ? {
          who: `Attesters: ${attesters.filter((each) => each !== null && !attested.includes(each)).join(', ')}`,
          command: `db submit-stack-settlement-attestation ${of} --committed-stack-proof PROOF --stack-merkle-leaf LEAF`,
          epoch: deadlineEpoch,
          is: 'before',
        }
      : { who: 'Anybody redraws silent attesters', command: `db redraw-attesters ${of}`, epoch: null, is: 'from' };
  return epoch < deadlineEpoch
    ? {
        who: 'Anybody may dispute',
        command: `db start-attestation-dispute ${of} --attestation-commitment PROOF`,
        epoch: deadlineEpoch,
        is: 'before',
      }
    : {
        who: 'The node claims',
        command: `db claim-funds --settled-ticket-ids ${id}`,
        epoch: deadlineEpoch,
        is: 'from',
      };
};

/** Whose move it is; null when the stack is over or never was. */
export const moveOf = (life: Life, rules: Rules): Move | null => {
  const { id, stack, ticket, dispute, epoch } = life;
  if (dispute) return disputeMove(life, dispute, rules);
  if (ticket) return ticketMove(life, ticket);
  if (!stack) return null;
  if (epoch.epoch >= stack.reclaimEpoch)
    return {
      who: 'The buyer takes everything back',
      command: `db reclaim-stack --stack-small-id ${id}`,
      epoch: stack.reclaimEpoch,
      is: 'from',
    };
  return {
    who: 'The node serves, then settles',
    command: `db try-settle-stack --stack-small-id ${id} --history FILE`,
    epoch: stack.reclaimEpoch,
    is: 'before',
  };
};

/** Numbers of attesters a stack may have been bought with: that of its terms, or, where they are kept no more, each the contract allows. */
export const attesterCounts = ({ bought }: Life): readonly number[] =>
  bought ? [Number(bought.terms.attesters)] : [1, 2, 3, 4];
