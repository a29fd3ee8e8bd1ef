/** What the chain says of one node: what it owes until when, what it can lose, what it earned on which day. */
import type { AtomaEvent, EpochInfo } from '@atoma/sdk';
import type { PageProps } from './pages/props.ts';

/** Something a node has to do. */
export interface Duty {
  readonly what: string;
  readonly stack: bigint;
  /** First epoch in which it is too late; null: it may wait. */
  readonly beforeEpoch: bigint | null;
}

/** Where one of its bonds lies. */
export interface Risk {
  readonly stack: bigint;
  /** Base units. */
  readonly bond: bigint;
  readonly state: string;
}

/** What it earned on a day of UTC. Base units. */
export interface Day {
  readonly day: string;
  readonly amount: bigint;
}

/** What is shown of a node. */
export interface NodeBook {
  readonly node: NonNullable<Awaited<ReturnType<PageProps['reads']['findNode']>>>;
  readonly epoch: EpochInfo;
  readonly duties: readonly Duty[];
  readonly risks: readonly Risk[];
  readonly days: readonly Day[];
  /** Whether older earnings were not looked at. */
  readonly more: boolean;
}

type Reads = Pick<PageProps, 'reads' | 'atoma'>;

const rowsOf = async ({ reads, atoma }: Reads, id: bigint, epoch: EpochInfo) => {
  const [stacks, tickets, disputes] = await Promise.all([
    reads.listStacks(atoma),
    reads.listTickets(atoma),
    reads.listDisputes(atoma),
  ]);
  const own = stacks.filter(({ selectedNodeSmallId }) => selectedNodeSmallId === id);
  const ticketOf = new Map(tickets.map((ticket) => [ticket.stackSmallId, ticket]));
  const disputed = new Set(disputes.map(({ stackSmallId }) => stackSmallId));
  const duties: Duty[] = [];
  for (const { stackSmallId: stack, state, attesters, attested, deadlineEpoch, openUntilEpoch } of tickets) {
    if (state === 'awaiting' && attesters.includes(id) && !attested.includes(id))
      duties.push({ what: 'attest', stack, beforeEpoch: deadlineEpoch });
    if (state === 'openRequired' && own.some((each) => each.stackSmallId === stack))
      duties.push({ what: 'open its commitment', stack, beforeEpoch: openUntilEpoch });
  }
  for (const dispute of disputes) {
    const { stackSmallId: stack, jurors, committed, revealed, commitDeadlineEpoch, revealDeadlineEpoch } = dispute;
    if (!jurors.includes(id)) continue;
    if (!committed.includes(id)) duties.push({ what: 'commit a vote', stack, beforeEpoch: commitDeadlineEpoch });
    else if (!revealed.includes(id)) duties.push({ what: 'reveal its vote', stack, beforeEpoch: revealDeadlineEpoch });
  }
  for (const { stackSmallId: stack, expiryEpoch } of own) {
    const ticket = ticketOf.get(stack);
    if (!ticket) duties.push({ what: 'serve, then settle', stack, beforeEpoch: expiryEpoch });
    else if (!disputed.has(stack) && epoch.epoch >= ticket.deadlineEpoch)
      duties.push({ what: 'claim', stack, beforeEpoch: null });
  }
  const risks = own.map(({ stackSmallId: stack, bond }) => {
    const ticket = ticketOf.get(stack);
    const state = disputed.has(stack) ? 'disputed' : ticket ? `settled, ${ticket.state}` : 'open';
    return { stack, bond, state };
  });
  const last = 2n ** 63n;
  return { duties: duties.sort((a, b) => Number((a.beforeEpoch ?? last) - (b.beforeEpoch ?? last))), risks };
};

/** Pages of claims that are looked at, newest first. */
const PAGES = 6;

const claimsOf = async ({ reads, atoma }: Reads, id: bigint) => {
  const claims: (AtomaEvent & { readonly kind: 'StackSettlementTicketClaimedEvent' })[] = [];
  let before: string | null = null;
  for (let page = 0; page < PAGES; page++) {
    const found: Awaited<ReturnType<typeof reads.listEvents>> = await reads.listEvents(atoma, {
      kind: 'StackSettlementTicketClaimedEvent',
      order: 'descending',
      ...(before === null ? {} : { before }),
    });
    for (const event of found.events)
      if (event.kind === 'StackSettlementTicketClaimedEvent' && event.data.selectedNodeId === id) claims.push(event);
    if (!found.hasMore) return { claims, more: false };
    before = found.cursor;
  }
  return { claims, more: true };
};

/** Times of checkpoints that were asked for once. */
const times = new Map<string, number>();

const timeOf = async ({ atoma }: Reads, checkpoint: string): Promise<number> => {
  const known = times.get(checkpoint);
  if (known !== undefined) return known;
  const { response } = await atoma.client.ledgerService.getCheckpoint({
    checkpointId: { oneofKind: 'sequenceNumber', sequenceNumber: BigInt(checkpoint) },
    readMask: { paths: ['summary.timestamp'] },
  });
  const { seconds = 0n } = response.checkpoint?.summary?.timestamp ?? {};
  times.set(checkpoint, Number(seconds) * 1_000);
  return Number(seconds) * 1_000;
};

const daysOf = async (from: Reads, id: bigint) => {
  const { claims, more } = await claimsOf(from, id);
  const days = new Map<string, bigint>();
  for (const { checkpoint, data } of claims) {
    const day = checkpoint === null ? 'now' : new Date(await timeOf(from, checkpoint)).toISOString().slice(0, 10);
    days.set(day, (days.get(day) ?? 0n) + data.nodeFee);
  }
  return { days: [...days].map(([day, amount]) => ({ day, amount })).reverse(), more };
};

/** Reads it. */
export const readNodeBook = async (from: Reads, id: bigint): Promise<NodeBook> => {
  const { reads, atoma } = from;
  const epoch = await reads.getEpoch(atoma);
  const [node, rows, earned] = await Promise.all([
    reads.getNode(atoma, { nodeSmallId: id }),
    rowsOf(from, id, epoch),
    daysOf(from, id),
  ]);
  return { node, epoch, ...rows, ...earned };
};
