/** The metering ledger: what is stored, and the operations that keep it consistent. Every operation is atomic. */

/** States of a stack at this node. */
export type StackState = 'open' | 'draining' | 'settling' | 'settled' | 'disputed' | 'closed' | 'quarantine';

/** What is fixed about a stack when it is bought, and who may use it now. */
export interface StackTerms {
  readonly id: bigint;
  readonly task: bigint;
  readonly role: number;
  /** Model name of the task; empty when the task names none. */
  readonly model: string;
  readonly level: number;
  /** Recorded owner, `0x` and 64 hex digits. */
  readonly owner: string;
  /** Object id of the StackBadge; null until its purchase event is seen. */
  readonly badge: string | null;
  /** Base units of TOMA per compute unit. */
  readonly price: bigint;
  /** N. */
  readonly units: bigint;
  /** Most units of one request. */
  readonly largestRequest: bigint;
  /** k of the snapshotted terms. */
  readonly attesters: number;
  readonly purchaseEpoch: bigint;
  readonly expiryEpoch: bigint;
  /** Epoch of the buyer's refund notice. */
  readonly noticeEpoch: bigint | null;
}

/** A stack with its meters. */
export interface StackRow extends StackTerms {
  readonly state: StackState;
  readonly nextLeaf: number;
  /** Units of all committed requests. */
  readonly consumed: bigint;
  /** Bounds of all requests under way. */
  readonly reserved: bigint;
  readonly lastReceiptHash: Uint8Array;
  /** Units claimed when settling; null before. */
  readonly claimed: bigint | null;
  /** Requests refused for lack of units. */
  readonly shortages: number;
  readonly lastRequestMs: number;
  /** The last handoff that was signed, behind its signature; null before. */
  readonly handoff: Uint8Array | null;
}

/** What {@link Store.handOff} did. */
export type HandoffOutcome =
  | { readonly kind: 'signed'; readonly shown: Uint8Array }
  | { readonly kind: 'busy'; readonly requests: number }
  | { readonly kind: 'state'; readonly state: StackState }
  | { readonly kind: 'refused'; readonly why: string };

/** States of a request. `reserved` -> `committed` | `released`; released by a cancel may be reserved again. */
export type RequestState = 'reserved' | 'committed' | 'released';
/** Why nothing was billed. */
export type ReleaseReason = 'refused' | 'engine' | 'cancelled' | 'crash';

/** An authenticated request as it is about to enter the ledger. */
export interface RequestInput {
  readonly stack: bigint;
  /** 32 hex digits. */
  readonly requestId: string;
  readonly requestHash: Uint8Array;
  readonly envelope: Uint8Array;
  readonly signature: Uint8Array;
  /** 0 the recorded owner, 1 the badge holder. */
  readonly authority: 0 | 1;
  /** Version of the badge object at the check. */
  readonly badgeVersion: bigint | null;
  readonly body: Uint8Array;
  readonly now: number;
}

/** A signed promise that the request is never billed, and the error it answers with. */
export interface RefusalRecord {
  /** JSON of the problem. */
  readonly problem: string;
  readonly status: number;
  readonly refusal: Uint8Array;
  readonly signature: Uint8Array;
}

/** A request as stored. */
export interface RequestRow extends Omit<RequestInput, 'body' | 'now'> {
  readonly state: RequestState;
  readonly reason: ReleaseReason | null;
  readonly bound: bigint;
  /** 1 for the first time. */
  readonly attempt: number;
  readonly leafIndex: number | null;
  readonly promptUnits: bigint | null;
  readonly completionUnits: bigint | null;
  readonly units: bigint | null;
  /** Hash of the work: `workHash` of content and steps. */
  readonly contentHash: Uint8Array | null;
  /** Digest of the steps of the work; null where the engine shows none. */
  readonly workDigest: Uint8Array | null;
  /** H of the trace of the work; null where there is none. */
  readonly traceHash: Uint8Array | null;
  /** Units produced per choice when the client cut the answer short. */
  readonly cut: readonly number[] | null;
  readonly receipt: Uint8Array | null;
  readonly receiptSignature: Uint8Array | null;
  readonly refused: RefusalRecord | null;
  readonly createdMs: number;
  readonly finishedMs: number | null;
}

/** What {@link Store.reserve} found. */
export type ReserveOutcome =
  | { readonly kind: 'reserved'; readonly attempt: number }
  | { readonly kind: 'known'; readonly row: RequestRow }
  | { readonly kind: 'exhausted'; readonly free: bigint }
  | { readonly kind: 'state'; readonly state: StackState }
  /** Its signer gave the stack away. */
  | { readonly kind: 'handedOff' };

/** The answer as it was sent, without its receipt. */
export interface StoredResponse {
  readonly status: number;
  readonly contentType: string;
  /** Whether it was sent as server-sent events. */
  readonly streamed: boolean;
  /** JSON object body or event text up to where the receipt goes, or the whole binary body. */
  readonly body: Uint8Array;
}

/** The steps of a piece of work. */
export interface WorkTrace {
  /** Known to who did the work alone; 32 bytes. */
  readonly digest: Uint8Array;
  /** Tokens and sketches, as they are given to who checks; null where the work is repeated bit by bit. */
  readonly trace: Uint8Array | null;
}

/** What a commit makes final. */
export interface CommitInput {
  readonly stack: bigint;
  readonly requestId: string;
  readonly promptUnits: bigint;
  readonly completionUnits: bigint;
  readonly units: bigint;
  readonly contentHash: Uint8Array;
  /** What is kept of the steps of the work, for whoever checks it; null where the engine shows none. */
  readonly work: WorkTrace | null;
  readonly cut: readonly number[] | null;
  /** The answer; a sealed one is made with its receipt inside. */
  readonly response: StoredResponse | ((receipt: Uint8Array, signature: Uint8Array) => StoredResponse);
  readonly now: number;
  /** Builds and signs the receipt for the place the ledger assigns. Called inside the transaction. */
  readonly sign: (place: ReceiptPlace) => {
    readonly receipt: Uint8Array;
    readonly signature: Uint8Array;
    readonly hash: Uint8Array;
  };
}

/** Where a receipt stands in its stack's history. */
export interface ReceiptPlace {
  readonly index: number;
  readonly cumulative: bigint;
  readonly previous: Uint8Array;
  readonly requestHash: Uint8Array;
}

/** A committed request's receipt and what is left on its stack. */
export interface CommitResult {
  readonly receipt: Uint8Array;
  readonly signature: Uint8Array;
  readonly index: number;
  readonly cumulative: bigint;
  /** Units neither consumed nor reserved. */
  readonly remaining: bigint;
}

/** One row of a stack's history in leaf order. */
export interface LeafRow {
  readonly index: number;
  readonly requestId: string;
  readonly requestHash: Uint8Array;
  readonly contentHash: Uint8Array;
  readonly workDigest: Uint8Array | null;
  readonly traceHash: Uint8Array | null;
  readonly units: bigint;
  readonly envelope: Uint8Array;
  readonly signature: Uint8Array;
  readonly authority: 0 | 1;
  readonly badgeVersion: bigint | null;
  readonly cut: readonly number[] | null;
  readonly receipt: Uint8Array;
  readonly receiptSignature: Uint8Array;
}

/** A row of history given back by its owner after a loss. */
export interface ImportedLeaf extends Omit<LeafRow, 'authority' | 'badgeVersion'> {
  readonly body: Uint8Array | null;
  readonly promptUnits: bigint;
  readonly completionUnits: bigint;
  readonly receiptHash: Uint8Array;
  readonly now: number;
}

/** A rule of the ledger that does not hold. */
export interface Breach {
  readonly stack: bigint;
  readonly rule: 'units' | 'receipt' | 'leaves' | 'chain' | 'capacity' | 'claimed';
  readonly detail: string;
}

/** What recovery did before the port opens. */
export interface Recovery {
  readonly breaches: readonly Breach[];
  /** Stacks put into quarantine. */
  readonly quarantined: readonly bigint[];
}

/** States of a transaction on its way to the chain. */
export type OutboxState = 'intent' | 'built' | 'submitted' | 'confirmed' | 'failed';

/** What a daemon sends. */
export const outboxKinds = [
  'settle',
  'claim',
  'attest',
  'redraw',
  'open',
  'commit_vote',
  'reveal_vote',
  'join',
  'second_jury',
  'resolve',
  'finalize',
  'evict',
  'key',
  'url',
] as const;

/** One of them. */
export type OutboxKind = (typeof outboxKinds)[number];

/** A transaction this daemon owes the chain. Unique by kind and subject. */
export interface OutboxRow {
  readonly kind: OutboxKind;
  /** Small ids the call is about, comma separated. */
  readonly subject: string;
  readonly state: OutboxState;
  readonly attempt: number;
  /** Frozen inputs, JSON. */
  readonly frozen: string;
  readonly transaction: Uint8Array | null;
  readonly signature: string | null;
  readonly digest: string | null;
  /** Last epoch the transaction can execute in. */
  readonly expirationEpoch: bigint | null;
  /** JSON of the confirmed effects. */
  readonly effects: string | null;
  /** Name of the abort or fault. */
  readonly failure: string | null;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** Duties a stack can bring; what meets one is sent under its name. */
export const dutyKinds = [
  'attest',
  'commit_vote',
  'reveal_vote',
  'resolve',
  'open',
  'claim',
  'finalize',
  'evict',
] as const satisfies readonly OutboxKind[];

/** One of them. */
export type DutyKind = (typeof dutyKinds)[number];

/** Something that must be done before an epoch. */
export interface DutyRow {
  readonly kind: DutyKind;
  readonly stack: bigint;
  /** First epoch in which it is too late; null when only prompt. */
  readonly beforeEpoch: bigint | null;
  /** First epoch it can be done in. */
  readonly fromEpoch: bigint;
  readonly state: 'open' | 'done' | 'missed';
  /** JSON. */
  readonly data: string;
  readonly updatedMs: number;
}

/** A settlement as the chain's events tell it. */
export interface TicketRow {
  readonly stack: bigint;
  readonly node: bigint;
  readonly state: string;
  readonly deadlineEpoch: bigint;
  /** JSON of everything else. */
  readonly data: string;
}

/** Evidence received about a stack. */
export interface EvidenceRow {
  readonly stack: bigint;
  /** `transcript`: this node's own, of a stack it accused; it goes when the stack ends. */
  readonly kind: 'row' | 'exhibit' | 'transcript';
  /** H of the payload, hex: the same evidence is kept once. */
  readonly digest: string;
  /** Address of who sent it. */
  readonly source: string;
  readonly payload: Uint8Array;
  readonly receivedMs: number;
}

/** Which evidence of a stack is listed. */
export interface EvidenceFilter {
  readonly kind?: EvidenceRow['kind'];
  readonly after?: string;
  readonly limit?: number;
}

/** Who could sign for a stack of the market, whoever serves it: what attesters and jurors check rows against. */
export interface StackSigners {
  /** Object id of its StackBadge. */
  readonly badge: string;
  /** Recorded owners, the first buyer first. */
  readonly owners: readonly string[];
}

/** A change of the mirror that an event causes. */
export type Mutation =
  | { readonly kind: 'signers'; readonly stack: bigint; readonly badge: string; readonly owner: string }
  | { readonly kind: 'signer'; readonly stack: bigint; readonly owner: string }
  | { readonly kind: 'signersEnd'; readonly stack: bigint }
  | { readonly kind: 'stack'; readonly terms: StackTerms; readonly now: number }
  | { readonly kind: 'stackOwner'; readonly stack: bigint; readonly owner: string }
  | { readonly kind: 'stackBadge'; readonly stack: bigint; readonly badge: string }
  | { readonly kind: 'stackNotice'; readonly stack: bigint; readonly epoch: bigint }
  | { readonly kind: 'stackState'; readonly stack: bigint; readonly state: StackState }
  | { readonly kind: 'ticket'; readonly row: TicketRow }
  | { readonly kind: 'duty'; readonly row: Omit<DutyRow, 'state'> }
  /** A duty that this node had, met or not, begins again; nothing where it never had it. */
  | { readonly kind: 'dutyAgain'; readonly row: Omit<DutyRow, 'state'> }
  | { readonly kind: 'dutyDone'; readonly duty: DutyKind; readonly stack: bigint; readonly state: 'done' | 'missed' };

/** An event to apply, at most once. */
export interface EventToApply {
  readonly digest: string;
  readonly eventIndex: number;
  readonly mutations: readonly Mutation[];
}

/** Who holds the database. */
export interface Lease {
  readonly instance: string;
  readonly pid: number;
  readonly heartbeatMs: number;
  readonly expiresMs: number;
}

/** What is counted for status and metrics. */
export interface StoreTotals {
  readonly openRows: number;
  readonly reserved: bigint;
  readonly consumed: bigint;
  readonly outbox: Readonly<Record<OutboxState, number>>;
  readonly openDuties: number;
  /** Events of the market applied so far. */
  readonly events: number;
}

/** What was served on a day of UTC. */
export interface DayEarnings {
  /** `2026-11-30`. */
  readonly day: string;
  readonly requests: number;
  readonly units: bigint;
  /** Units at their stacks' prices, base units; claimed when the stack is settled and its window over. */
  readonly earned: bigint;
}

/** The daemon's storage. Implementations must pass the contract suite in testing/store-contract.ts. */
export interface Store {
  /** Takes or renews the lease; throws `NODE_DATABASE_IN_USE` while another instance holds it. */
  holdLease(lease: { instance: string; pid: number; now: number; ttlMs: number }): Promise<Lease>;
  dropLease(instance: string): Promise<void>;
  /** Checks the ledger; stacks it cannot vouch for stop serving. Call before serving. */
  recover(): Promise<Recovery>;
  /** Checks one stack or all; `chain` compares every receipt with its predecessor. */
  checkInvariants(options?: { stack?: bigint; chain?: boolean }): Promise<readonly Breach[]>;

  putStack(terms: StackTerms, now: number): Promise<void>;
  findStack(stack: bigint): Promise<StackRow | undefined>;
  listStacks(states?: readonly StackState[]): Promise<readonly StackRow[]>;
  /** Changes the state if it is one of `from`; tells whether it did. */
  moveStack(stack: bigint, from: readonly StackState[], to: StackState): Promise<boolean>;
  noteShortage(stack: bigint): Promise<number>;
  /**
   * Ends what owners before `owner` can spend: keeps what `sign` makes of the rows so far (signature, then message), and reserves for
   * `owner` and later ones alone from then on. The same handoff is given again.
   */
  handOff(
    stack: bigint,
    owner: string,
    now: number,
    sign: (used: Pick<StackRow, 'nextLeaf' | 'consumed'>) => Uint8Array,
  ): Promise<HandoffOutcome>;

  /** Holds units for a request. It is under way until it is committed, released or refused, or the process ends. */
  reserve(input: RequestInput & { bound: bigint }): Promise<ReserveOutcome>;
  /** Records a refusal of a request that was never reserved, or releases a reserved one with it. */
  refuse(input: RequestInput, refused: RefusalRecord, reason: 'refused' | 'engine'): Promise<RequestRow>;
  commit(input: CommitInput): Promise<CommitResult>;
  /** Releases without a refusal; the same envelope may come again. */
  release(stack: bigint, requestId: string, reason: 'cancelled' | 'crash', now: number): Promise<void>;

  findRequest(stack: bigint, requestId: string): Promise<RequestRow | undefined>;
  listRequests(filter: {
    stack?: bigint;
    states?: readonly RequestState[];
    limit: number;
  }): Promise<readonly RequestRow[]>;
  findBody(stack: bigint, requestId: string): Promise<Uint8Array | undefined>;
  /** The stored trace of the work. */
  findTrace(stack: bigint, requestId: string): Promise<Uint8Array | undefined>;
  findResponse(stack: bigint, requestId: string): Promise<StoredResponse | undefined>;
  listLeaves(stack: bigint, from?: number, limit?: number): Promise<readonly LeafRow[]>;
  /** Adopts history the owner proves, into a stack in quarantine. Throws `NODE_LEDGER` on a gap. */
  importLeaves(stack: bigint, leaves: readonly ImportedLeaf[]): Promise<number>;
  /** Removes responses older than `responsesBefore` and bodies of stacks closed before `closedBefore` (ms). */
  sweep(limits: { responsesBefore: number; closedBefore: number }): Promise<{ responses: number; bodies: number }>;

  /**
   * One transaction: no open rows may exist, the invariants must hold, the stack becomes `settling`, the settle intent is
   * stored. `frozen` gives the intent's inputs; it throws when they were made
   * for another history.
   */
  freeze(stack: bigint, now: number, frozen: (row: StackRow) => string): Promise<OutboxRow>;
  putIntent(kind: OutboxKind, subject: string, frozen: string, now: number): Promise<OutboxRow>;
  findOutbox(kind: OutboxKind, subject: string): Promise<OutboxRow | undefined>;
  listOutbox(states?: readonly OutboxState[]): Promise<readonly OutboxRow[]>;
  /** Writes an entry's next state if it is still in `from`; throws `NODE_OUTBOX` otherwise. */
  moveOutbox(
    key: { kind: OutboxKind; subject: string },
    from: readonly OutboxState[],
    next: Partial<Omit<OutboxRow, 'kind' | 'subject'>> & { state: OutboxState; updatedMs: number },
  ): Promise<OutboxRow>;

  cursor(): Promise<{ cursor: string | null; checkpoint: bigint }>;
  /** Applies events not applied before and stores the cursor, in one transaction; returns how many were new. */
  applyEvents(events: readonly EventToApply[], next: { cursor: string | null; checkpoint: bigint }): Promise<number>;
  /** Forgets the mirror (tickets, duties, cursor); ledger rows stay. */
  resetMirror(): Promise<void>;
  listTickets(): Promise<readonly TicketRow[]>;
  findTicket(stack: bigint): Promise<TicketRow | undefined>;
  /** Who could sign for a stack; undefined once it has ended, or before its purchase was seen. */
  findSigners(stack: bigint): Promise<StackSigners | undefined>;
  putDuty(row: Omit<DutyRow, 'state'>): Promise<void>;
  endDuty(kind: DutyKind, stack: bigint, state: 'done' | 'missed'): Promise<void>;
  listDuties(states?: readonly DutyRow['state'][]): Promise<readonly DutyRow[]>;
  setClaimed(stack: bigint, claimed: bigint): Promise<void>;

  addEvidence(row: EvidenceRow): Promise<boolean>;
  /** By digest, behind that of `after`; all of it where no `limit` is given. */
  listEvidence(stack: bigint, filter?: EvidenceFilter): Promise<readonly EvidenceRow[]>;
  /** Bytes of the rows that each party sent about a stack, by its address. */
  evidenceSizes(stack: bigint): Promise<ReadonlyMap<string, number>>;
  getSetting(name: string): Promise<string | undefined>;
  putSetting(name: string, value: string): Promise<void>;

  totals(): Promise<StoreTotals>;
  /** Days on which something was served since a time, ms since 1970, newest first. */
  earningsByDay(sinceMs: number): Promise<readonly DayEarnings[]>;
  /** Writes a consistent copy that knows it is one. */
  backup(path: string): Promise<void>;
  close(): Promise<void>;
}
