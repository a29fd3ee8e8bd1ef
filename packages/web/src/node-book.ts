/** What the chain says of one node: what it owes until when, what it can lose, what it earned on which day. */
import type { EpochInfo, EventKind, EventOf } from '@atoma/sdk';
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
  /** Whether older open stacks were not looked at. */
  readonly moreStacks: boolean;
}

type Reads = Pick<PageProps, 'reads' | 'atoma'>;

/** Pages of open stacks, and of events of a kind, that are looked at, newest first. */
const PAGES = 6;

/** The newest open stacks that a node serves. */
const ownStacks = async ({ reads, atoma }: Reads, id: bigint) => {
  const own: Awaited<ReturnType<typeof reads.listNewestStacks>>['stacks'][number][] = [];
  let before: bigint | null = null;
  for (let page = 0; page < PAGES; page++) {
    const found: Awaited<ReturnType<typeof reads.listNewestStacks>> = await reads.listNewestStacks(
      atoma,
      before === null ? {} : { before },
    );
    own.push(...found.stacks.filter(({ selectedNodeSmallId }) => selectedNodeSmallId === id));
    if (found.before === null) return { own, more: false };
    before = found.before;
  }
  return { own, more: true };
};

/** The newest events of a kind; `more`: there are older ones. */
const newestEvents = async <Kind extends EventKind>({ reads, atoma }: Reads, kind: Kind) => {
  const events: EventOf<Kind>[] = [];
  let before: string | null = null;
  for (let page = 0; page < PAGES; page++) {
    const found: Awaited<ReturnType<typeof reads.listEvents>> = await reads.listEvents(atoma, {
      kind,
      order: 'descending',
      ...(before === null ? {} : { before }),
    });
    for (const event of found.events) if (event.kind === kind) events.push(event as EventOf<Kind>);
    if (!found.hasMore) return { events, more: false };
    before = found.cursor;
  }
  return { events, more: true };
};

/** Stacks of the newest events of a kind that name the node. */
const namedIn = async <Kind extends EventKind>(
  from: Reads,
  kind: Kind,
  namesOf: (data: EventOf<Kind>['data']) => readonly bigint[],
  id: bigint,
): Promise<readonly bigint[]> => {
  const { events } = await newestEvents(from, kind);
  return events
    .filter(({ data }) => namesOf(data).includes(id))
    .map(({ data }) => (data as { readonly stackSmallId: bigint }).stackSmallId);
};

/** Rows of different stacks, those that are still there. */
const rowsAt = async <Row>(stacks: readonly bigint[], read: (stack: bigint) => Promise<Row | null>): Promise<Row[]> =>
  (await Promise.all([...new Set(stacks)].map(read))).flatMap((row) => (row === null ? [] : [row]));

const checkDuties = async (from: Reads, id: bigint): Promise<readonly Duty[]> => {
  const { reads, atoma } = from;
  const [drawn, redrawn, jurors, second] = await Promise.all([
    namedIn(from, 'StackTrySettleEvent', (data) => data.requestedAttestationNodes, id),
    namedIn(from, 'AttestersRedrawnEvent', (data) => data.newNodes, id),
    namedIn(from, 'StackAttestationDisputeEvent', (data) => data.jurors, id),
    namedIn(from, 'SecondJuryEvent', (data) => data.jurors, id),
  ]);
  const [tickets, disputes] = await Promise.all([
    rowsAt([...drawn, ...redrawn], (stackSmallId) => reads.findTicket(atoma, { stackSmallId })),
    rowsAt([...jurors, ...second], (stackSmallId) => reads.findDispute(atoma, { stackSmallId })),
  ]);
  const attests = tickets
    .filter(
      ({ state, attesters, attested }) => state === 'awaiting' && attesters.includes(id) && !attested.includes(id),
    )
    .map(({ stackSmallId: stack, deadlineEpoch }): Duty => ({ what: 'attest', stack, beforeEpoch: deadlineEpoch }));
  const votes = disputes.flatMap((dispute): readonly Duty[] => {
    const { stackSmallId: stack, committed, revealed, commitDeadlineEpoch, revealDeadlineEpoch } = dispute;
    if (!dispute.jurors.includes(id)) return [];
    if (!committed.includes(id)) return [{ what: 'commit a vote', stack, beforeEpoch: commitDeadlineEpoch }];
    return revealed.includes(id) ? [] : [{ what: 'reveal its vote', stack, beforeEpoch: revealDeadlineEpoch }];
  });
  return [...attests, ...votes];
};

const rowsOf = async (from: Reads, id: bigint, epoch: EpochInfo) => {
  const { reads, atoma } = from;
  const [{ own, more }, checks] = await Promise.all([ownStacks(from, id), checkDuties(from, id)]);
  const tickets = await rowsAt(
    own.map(({ stackSmallId }) => stackSmallId),
    (stackSmallId) => reads.findTicket(atoma, { stackSmallId }),
  );
  const ticketOf = new Map(tickets.map((ticket) => [ticket.stackSmallId, ticket]));
  const duties: Duty[] = [...checks];
  for (const { stackSmallId: stack, expiryEpoch } of own) {
    const ticket = ticketOf.get(stack);
    if (!ticket) duties.push({ what: 'serve, then settle', stack, beforeEpoch: expiryEpoch });
    else if (ticket.state === 'openRequired')
      duties.push({ what: 'open its commitment', stack, beforeEpoch: ticket.openUntilEpoch });
    else if (ticket.state !== 'disputed' && epoch.epoch >= ticket.deadlineEpoch)
      duties.push({ what: 'claim', stack, beforeEpoch: null });
  }
  const risks = own.map(({ stackSmallId: stack, bond }) => {
    const ticket = ticketOf.get(stack);
    const state = ticket?.state === 'disputed' ? 'disputed' : ticket ? `settled, ${ticket.state}` : 'open';
    return { stack, bond, state };
  });
  const last = 2n ** 63n;
  const sorted = duties.sort((a, b) => Number((a.beforeEpoch ?? last) - (b.beforeEpoch ?? last)));
  return { duties: sorted, risks, moreStacks: more };
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
  const { events, more } = await newestEvents(from, 'StackSettlementTicketClaimedEvent');
  const days = new Map<string, bigint>();
  for (const { checkpoint, data } of events) {
    if (data.selectedNodeId !== id) continue;
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
