/** What the gateway keeps: keys, the books of every request, answers for idempotency keys, the audit log. */
import type { NodePolicy } from '@atoma/sdk';

/** Limits of a key; null: none. Amounts in base units of TOMA. */
export interface KeyLimits {
  readonly requestsPerMinute: number | null;
  readonly unitsPerMinute: number | null;
  readonly concurrency: number | null;
  readonly dayUnits: bigint | null;
  readonly monthUnits: bigint | null;
  readonly dayCost: bigint | null;
  readonly monthCost: bigint | null;
}

/** A key as stored. */
export interface KeyRow extends KeyLimits {
  /** 16 hex digits. */
  readonly id: string;
  readonly tenant: string;
  /** For people. */
  readonly name: string;
  readonly secretHash: Uint8Array;
  /** Models it may use; empty: all. */
  readonly models: readonly string[];
  /** Addresses or networks it may be used from; empty: any. */
  readonly addresses: readonly string[];
  /** Base units it offers for a unit; null: the policy's. */
  readonly price: bigint | null;
  /** Most base units a unit; null: the policy's. */
  readonly maxPrice: bigint | null;
  /** Levels it buys at, the preferred one first; empty: the policy's. */
  readonly levels: readonly number[];
  /** Tasks it may buy from; empty: the policy's. */
  readonly tasks: readonly bigint[];
  /** How much independence it asks for; null: the policy's. */
  readonly nodePolicy: NodePolicy | null;
  /** Origins whose pages may read its answers, `*` for any; empty: none. */
  readonly origins: readonly string[];
  /** Whether its tenant has stacks of its own. */
  readonly dedicated: boolean;
  readonly createdMs: number;
  readonly expiresMs: number | null;
  readonly revokedMs: number | null;
}

/** `reserved` -> `settled` | `released`; a released request may still be settled by a receipt that comes late. */
export const bookStates = ['reserved', 'settled', 'released'] as const;
/** One of `bookStates`. */
export type BookState = (typeof bookStates)[number];

/** One request in the books. Units, and amounts in base units of TOMA. */
export interface BookRow {
  /** 32 hex digits; the tag of its envelopes is `<key>:<id>`. */
  readonly id: string;
  readonly key: string;
  readonly tenant: string;
  readonly endpoint: string;
  readonly model: string;
  readonly state: BookState;
  /** Most it may cost, over all envelopes sent for it. */
  readonly boundUnits: bigint;
  readonly boundCost: bigint;
  readonly units: bigint;
  readonly cost: bigint;
  /** HTTP status; null while it is under way. */
  readonly status: number | null;
  readonly createdMs: number;
  readonly finishedMs: number | null;
}

/** Sums of a period. Units, and amounts in base units of TOMA. */
export interface UsageSum {
  readonly requests: number;
  readonly units: bigint;
  readonly cost: bigint;
  /** Bounds of requests under way. */
  readonly reservedUnits: bigint;
  readonly reservedCost: bigint;
}

/** One line of a usage report. */
export interface UsageLine extends UsageSum {
  readonly tenant: string;
  readonly key: string;
  readonly model: string;
  /** Start of the hour, ms since 1970. */
  readonly hourMs: number;
}

/** A stored answer for an idempotency key. */
export interface StoredAnswer {
  /** SHA-256 of endpoint and body: the key belongs to one request. */
  readonly requestHash: Uint8Array;
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A request with an idempotency key whose answer is not kept, or not yet. */
export interface PendingRequest {
  /** SHA-256 of endpoint and body. */
  readonly requestHash: Uint8Array;
  /** Tags of the envelopes that may have been signed for it, oldest first. */
  readonly tags: readonly string[];
}

/**
 * `taken`: written down, about to be executed; `paid`: the money is here; `answered`: its request was answered; `refunding`: what it did
 * not cost is on its way back; `closed`: nothing is owed; `void`: it never paid.
 */
export type PaymentState = 'taken' | 'paid' | 'answered' | 'refunding' | 'closed' | 'void';

/** A payment for one request, by x402. Amounts in base units of TOMA. */
export interface PaymentRow {
  /** Of the payer's transaction. */
  readonly digest: string;
  readonly payer: string;
  readonly amount: bigint;
  readonly state: PaymentState;
  /** Tags of the envelopes that may have been signed for it. */
  readonly tags: readonly string[];
  /** What goes back; null before that is known. */
  readonly refund: bigint | null;
  /** The transaction that brings it back, by its name in the outbox; null before. */
  readonly batch: string | null;
  readonly createdMs: number;
  /** When its state or tags last changed. */
  readonly changedMs: number;
}

/** One line of the audit log. */
export interface AuditRow {
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  /** JSON. */
  readonly detail: string;
}

/** The gateway's storage. Every call is one transaction. Rejects with `GATEWAY_STORAGE`; nothing has changed then. */
export interface GatewayStore {
  readonly path: string;
  /**
   * Takes the books for this process and this wallet: its journal alone can put them right after a crash. Throws
   * `GATEWAY_IN_USE`, `GATEWAY_FOREIGN`.
   */
  readonly claim: (wallet: string) => Promise<void>;
  /** Changes whenever keys may have been changed by another process. */
  readonly outsideChanges: () => Promise<bigint>;
  readonly putKey: (key: KeyRow) => Promise<void>;
  readonly findKey: (id: string) => Promise<KeyRow | undefined>;
  readonly listKeys: (tenant?: string) => Promise<readonly KeyRow[]>;

  /** Opens a row, or raises the bounds of an open one by these. */
  readonly reserve: (row: Omit<BookRow, 'state' | 'units' | 'cost' | 'status' | 'finishedMs'>) => Promise<void>;
  /** Writes what a request cost in the end; `charged` are the sums of its receipts. */
  readonly settle: (
    id: string,
    end: { readonly units: bigint; readonly cost: bigint; readonly status: number | null; readonly nowMs: number },
  ) => Promise<void>;
  readonly findRow: (id: string) => Promise<BookRow | undefined>;
  readonly listRows: (filter: {
    readonly tenant?: string;
    readonly key?: string;
    readonly states?: readonly BookState[];
    readonly limit: number;
  }) => Promise<readonly BookRow[]>;
  readonly usage: (key: string, sinceMs: number) => Promise<UsageSum>;
  readonly report: (filter: { readonly tenant?: string; readonly sinceMs: number }) => Promise<readonly UsageLine[]>;
  readonly totals: () => Promise<UsageSum>;

  readonly putAnswer: (tenant: string, name: string, answer: StoredAnswer, nowMs: number) => Promise<void>;
  readonly findAnswer: (tenant: string, name: string, sinceMs: number) => Promise<StoredAnswer | undefined>;
  readonly putPending: (tenant: string, name: string, pending: PendingRequest, nowMs: number) => Promise<void>;
  readonly findPending: (tenant: string, name: string, sinceMs: number) => Promise<PendingRequest | undefined>;
  /** Forgets answers and requests older than this; returns how many answers. */
  readonly sweep: (answersBeforeMs: number) => Promise<number>;

  readonly putPayment: (row: PaymentRow) => Promise<void>;
  readonly findPayment: (digest: string) => Promise<PaymentRow | undefined>;
  /** Newest first. */
  readonly listPayments: (filter: {
    readonly states?: readonly PaymentState[];
    readonly limit: number;
  }) => Promise<readonly PaymentRow[]>;

  readonly addAudit: (row: AuditRow) => Promise<void>;
  readonly listAudit: (limit: number) => Promise<readonly AuditRow[]>;
  readonly getSetting: (name: string) => Promise<string | undefined>;
  readonly putSetting: (name: string, value: string) => Promise<void>;
  readonly close: () => Promise<void>;
}
