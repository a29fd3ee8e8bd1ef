/** What a buyer must not forget: stacks, signed requests, receipts, transactions on their way, evidence. */

/** States of a stack for its buyer: usable, refund asked for, settled by its node, finished. */
export type StackStage = 'open' | 'notice' | 'settled' | 'ended';

/** A stack of this buyer. Amounts in base units of TOMA. */
export interface JournalStack {
  readonly stack: bigint;
  readonly badge: string;
  readonly task: bigint;
  readonly role: number;
  /** Model of the task; empty when it names none. */
  readonly model: string;
  readonly level: number;
  readonly node: bigint;
  readonly price: bigint;
  readonly units: bigint;
  /** Most units of one request, by the stack's terms. */
  readonly largestRequest: bigint;
  /** k of the stack's terms. */
  readonly attesters: number;
  /** Paid into escrow. */
  readonly paid: bigint;
  readonly boughtEpoch: bigint;
  readonly expiryEpoch: bigint;
  /** Purchase; null when the stack was found by its badge. */
  readonly digest: string | null;
  /** Whether every envelope ever signed for it, since its handoff to this wallet if there was one, is in this journal. */
  readonly complete: boolean;
  readonly stage: StackStage;
  readonly noticeEpoch: bigint | null;
  /** Units the node signed for at the handoff to this wallet. */
  readonly usedBefore: bigint;
  /** Tenant it is reserved for; empty: shared. */
  readonly tenant: string;
  readonly addedMs: number;
}

/** `open`: sent or about to be; `dropped`: given up, it may still be billed; `receipt`, `refused`: final. */
export type RequestStage = 'open' | 'dropped' | 'receipt' | 'refused';

/** What stands in place of a receipt or a refusal before there is one. */
export const noAnswer = { index: null, units: null, cumulative: null, answer: null, answerSignature: null } as const;

/** A signed request. */
export interface JournalRequest {
  /** 32 hex digits. */
  readonly requestId: string;
  readonly stack: bigint;
  readonly endpoint: string;
  readonly model: string;
  readonly maxUnits: bigint;
  readonly envelope: Uint8Array;
  readonly signature: Uint8Array;
  /** Kept where evidence needs it (level 1). */
  readonly body: Uint8Array | null;
  /** Whose request it is, for the books of a gateway; empty: nobody's in particular. */
  readonly tag: string;
  readonly stage: RequestStage;
  readonly index: number | null;
  readonly units: bigint | null;
  readonly cumulative: bigint | null;
  /** The receipt, or the refusal. */
  readonly answer: Uint8Array | null;
  readonly answerSignature: Uint8Array | null;
  readonly createdMs: number;
  readonly finishedMs: number | null;
}

/** A receipt as the journal keeps it. */
export interface JournalReceipt {
  readonly requestId: string;
  readonly index: number;
  readonly units: bigint;
  readonly cumulative: bigint;
  readonly receipt: Uint8Array;
  readonly signature: Uint8Array;
}

/** What the requests of a stack add up to, in units. */
export interface StackMeters {
  /** Units of all receipts. */
  readonly charged: bigint;
  /** Cumulative units of the receipt with the highest index; 0 without one. */
  readonly cumulative: bigint;
  /** max_units of all requests that are open. */
  readonly open: bigint;
  /** max_units of all requests without receipt or refusal. */
  readonly exposure: bigint;
  /** Number of receipts. */
  readonly receipts: number;
  /** Highest index of a receipt; -1 without one. */
  readonly lastIndex: number;
}

/** States of a transaction on its way to the chain. */
export type OutboxStage = 'intent' | 'built' | 'submitted' | 'confirmed' | 'failed';

/** What a buyer sends: its stacks' life, and disputes about them. */
export type OutboxKind =
  | 'purchase'
  | 'notice'
  | 'reclaim'
  | 'dispute'
  /** What its owner shows in a dispute after its start. */
  | 'evidence'
  | 'second_jury'
  | 'resolve'
  | 'expire'
  | 'finalize'
  /** What a gateway gives back of payments without a key. */
  | 'x402-refund';

/** A transaction this buyer owes the chain. Unique by kind and subject. */
export interface JournalOutbox {
  readonly kind: OutboxKind;
  readonly subject: string;
  readonly stage: OutboxStage;
  /** Frozen inputs, JSON. */
  readonly frozen: string;
  /** Base units of TOMA it takes from the wallet. */
  readonly cost: bigint;
  readonly transaction: Uint8Array | null;
  readonly signature: string | null;
  readonly digest: string | null;
  /** Last epoch it can execute in. */
  readonly expirationEpoch: bigint | null;
  readonly failure: string | null;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** Something that proves a node's fault. */
export interface JournalEvidence {
  readonly stack: bigint;
  readonly node: bigint;
  readonly kind: string;
  /** JSON. */
  readonly payload: string;
  readonly atMs: number;
}

/** Whose journal it is. */
export interface JournalOwner {
  /** Genesis digest, base58. */
  readonly chainId: string;
  readonly packageId: string;
  readonly address: string;
}

/** What the requests of one tag cost on one stack. */
export interface TagCharge {
  readonly tag: string;
  readonly stack: bigint;
  readonly units: bigint;
  /** Base units of TOMA. */
  readonly cost: bigint;
}

/** Setting that says why the journal once lacked what its wallet had signed. */
export const BEHIND = 'behind';

/** Settings of stacks that were taken over while another owner was recorded; void once the journal lacks what its wallet had signed. */
export const UNUSED = 'unused/';

/** Settings of purchases that were under way when the journal lacked what its wallet had signed: they may have ended elsewhere. */
export const DOUBTED = 'doubted/';

/** Whether a journal holds all that its wallet signed with it; `behind`: it may not, and `stacks` became incomplete. */
export type Claimed =
  | { readonly kind: 'whole' }
  | { readonly kind: 'behind'; readonly why: string; readonly stacks: readonly bigint[] };

/** Which requests {@link Journal.listRequests} gives. */
export interface RequestFilter {
  readonly stack?: bigint;
  readonly stages?: readonly RequestStage[];
  readonly tag?: string;
  readonly limit?: number;
}

/** A buyer's storage. Every call is one transaction. Rejects with `BUYER_JOURNAL`; nothing has changed then. */
export interface Journal {
  readonly path: string;
  /**
   * Takes the journal for this process and checks whose it is. One that is a copy, or may have lost its last seconds, notes that of all
   * stacks that have not ended. Throws `BUYER_JOURNAL_FOREIGN`, `BUYER_JOURNAL_IN_USE`.
   */
  readonly claim: (owner: JournalOwner) => Promise<Claimed>;

  readonly putStack: (stack: JournalStack) => Promise<void>;
  readonly findStack: (stack: bigint) => Promise<JournalStack | undefined>;
  readonly listStacks: (stages?: readonly StackStage[]) => Promise<readonly JournalStack[]>;
  readonly meters: (stack: bigint) => Promise<StackMeters>;

  /**
   * Adds a request. Once this resolves it survives the end of the process: send nothing before. Other processes see one that is under way
   * some milliseconds later.
   */
  readonly addRequest: (request: JournalRequest) => Promise<void>;
  /** Resolves when everything written so far survives the end of the process. */
  readonly flushed: () => Promise<void>;
  /** Ends a request that has neither receipt nor refusal. The end is kept once {@link flushed} resolves. */
  readonly finishRequest: (
    requestId: string,
    end: Pick<JournalRequest, 'stage' | 'index' | 'units' | 'cumulative' | 'answer' | 'answerSignature' | 'finishedMs'>,
  ) => Promise<void>;
  readonly findRequest: (requestId: string) => Promise<JournalRequest | undefined>;
  readonly listRequests: (filter: RequestFilter) => Promise<readonly JournalRequest[]>;
  /** Sums of receipts by tag, stack and price, over requests finished since a time. */
  readonly chargedByTag: (sinceMs: number, tag?: string) => Promise<readonly TagCharge[]>;
  /** Adds a receipt whose request this journal does not have. */
  readonly addForeignReceipt: (stack: bigint, receipt: JournalReceipt, nowMs: number) => Promise<void>;
  /** Receipts of a stack by index. */
  readonly listReceipts: (stack: bigint) => Promise<readonly JournalReceipt[]>;
  /** Every request of a stack that this wallet signed, as far as it is here. */
  readonly listSigned: (stack: bigint) => Promise<readonly Pick<JournalRequest, 'envelope' | 'maxUnits'>[]>;
  /** The receipts next to an index: at it, directly or farther below, above. */
  readonly neighbours: (stack: bigint, index: number) => Promise<readonly JournalReceipt[]>;

  /** Base units of TOMA paid or about to be paid for stacks since a time. */
  readonly spentSince: (ms: number) => Promise<bigint>;
  /** Writes a row together with what it changed about stacks. */
  readonly putOutbox: (row: JournalOutbox, stacks?: readonly JournalStack[]) => Promise<void>;
  readonly findOutbox: (kind: OutboxKind, subject: string) => Promise<JournalOutbox | undefined>;
  readonly listOutbox: (stages?: readonly OutboxStage[]) => Promise<readonly JournalOutbox[]>;

  readonly addEvidence: (evidence: JournalEvidence) => Promise<void>;
  readonly listEvidence: (node?: bigint) => Promise<readonly JournalEvidence[]>;
  readonly getSetting: (name: string) => Promise<string | undefined>;
  readonly putSetting: (name: string, value: string) => Promise<void>;
  readonly close: () => Promise<void>;
}
