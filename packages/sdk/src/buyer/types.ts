/** How a buyer is set up, and what it tells about its work. */
import type { Atoma } from '../context/atoma.ts';
import type { UnitCounter } from '../wire/counters.ts';
import type { ConfidentialPolicy } from './confidential/check.ts';
import type { Journal } from './journal/types.ts';
import type { Transport } from './transport/http.ts';

/** Most a buyer may spend, base units of TOMA; reaching one is an error before anything is signed. Null: no cap. */
export interface Caps {
  /** One request: max_units times the price. */
  readonly request: bigint | null;
  /** One stack, surcharge included. */
  readonly stack: bigint | null;
  /** All stacks of the last 24 hours. */
  readonly day: bigint | null;
  /** All stacks of this journal. */
  readonly total: bigint | null;
}

const TOMA = 1_000_000_000n;

/** 1 TOMA a request, 10 a stack, 50 a day. */
export const defaultCaps: Caps = { request: TOMA, stack: 10n * TOMA, day: 50n * TOMA, total: null };

/** How much independence a purchase asks for. */
export type NodePolicy = 'independent' | 'any';

/** How a buyer chooses and how patient it is. Times in ms. */
export interface BuyerPolicy {
  /** Units of a stack bought on its own account; smaller where an offer or a cap demands it. */
  readonly stackUnits: bigint;
  /** Most paid for one unit, base units of TOMA; null: whatever is asked. */
  readonly maxPrice: bigint | null;
  /** Offered for one unit, base units of TOMA; null: chosen by {@link BuyerPolicy.nodePolicy}. Dearer stacks are not used. */
  readonly price: bigint | null;
  /** Levels of tasks to buy from, the preferred one first: the next is taken where none can be had. */
  readonly levels: readonly number[];
  /** Tasks to buy from, also ones that name no model; empty: every task that names the model. */
  readonly tasks: readonly bigint[];
  /**
   * `independent`: at level 1 only where enough owners sell that nobody's nodes check themselves, at a price several of them accept;
   * `any`: the cheapest offer, whoever sells.
   */
  readonly nodePolicy: NodePolicy;
  /** Buy stacks without being asked. */
  readonly autoPurchase: boolean;
  /** `safe`: another node only after a refusal or an unresolved end; `fast`: also when the first is slow to begin. */
  readonly failover: 'safe' | 'fast';
  /** With `fast`: after this long a second node is asked too. */
  readonly hedgeMs: number;
  /** Sends of one envelope. */
  readonly attempts: number;
  /** First and longest pause between them. */
  readonly pauseMs: readonly [first: number, longest: number];
  /** Different stacks a request may be tried on. */
  readonly stacksPerRequest: number;
  /** Silence after which a node is asked whether it still works on a request; it is waited for as long as it says so. */
  readonly answerMs: number;
  /** Generated units assumed for a request without a limit of its own. */
  readonly defaultCompletion: bigint;
  /** How long what the chain and the nodes say about themselves is believed. */
  readonly cacheMs: number;
  /** Accept http and private addresses of nodes: rehearsals on one machine. */
  readonly allowPrivateNodes: boolean;
  /** Ask for the money of a node that failed verification back. */
  readonly noticeOnMistrust: boolean;
}

/** Defaults of the policy. */
export const defaultPolicy: BuyerPolicy = {
  stackUnits: 1_000_000n,
  maxPrice: null,
  price: null,
  levels: [1, 0],
  tasks: [],
  nodePolicy: 'independent',
  autoPurchase: true,
  failover: 'safe',
  hedgeMs: 2_000,
  attempts: 4,
  pauseMs: [200, 3_000],
  stacksPerRequest: 4,
  answerMs: 120_000,
  defaultCompletion: 1_024n,
  cacheMs: 60_000,
  allowPrivateNodes: false,
  noticeOnMistrust: true,
};

/** What a buyer tells a user interface. */
export type BuyerEvent =
  | {
      readonly kind: 'purchasing';
      readonly task: bigint;
      readonly units: bigint;
      readonly price: bigint;
      readonly cost: bigint;
    }
  | {
      readonly kind: 'purchased';
      readonly stack: bigint;
      readonly node: bigint;
      readonly units: bigint;
      readonly paid: bigint;
    }
  | {
      readonly kind: 'adopted';
      readonly stack: bigint;
      readonly node: bigint;
      readonly units: bigint;
      readonly paid: bigint;
    }
  | {
      readonly kind: 'sent';
      readonly requestId: string;
      readonly stack: bigint;
      readonly node: bigint;
      readonly maxUnits: bigint;
    }
  | {
      readonly kind: 'receipt';
      readonly requestId: string;
      /** Whose request it was. */
      readonly tag: string;
      readonly stack: bigint;
      readonly node: bigint;
      readonly units: bigint;
      readonly cost: bigint;
    }
  | {
      readonly kind: 'refused';
      readonly requestId: string;
      readonly stack: bigint;
      readonly node: bigint;
      readonly code: string;
    }
  | {
      readonly kind: 'retry';
      readonly requestId: string;
      readonly node: bigint;
      readonly attempt: number;
      readonly why: string;
    }
  | { readonly kind: 'failover'; readonly from: bigint; readonly why: string }
  | {
      readonly kind: 'unresolved';
      readonly requestId: string;
      readonly stack: bigint;
      readonly node: bigint;
      readonly maxUnits: bigint;
    }
  /** A receipt bills more than the bounds allow, though no more than was promised. */
  | {
      readonly kind: 'excess';
      readonly requestId: string;
      readonly stack: bigint;
      readonly node: bigint;
      readonly why: string;
    }
  | { readonly kind: 'untrusted'; readonly node: bigint; readonly stack: bigint; readonly why: string }
  | { readonly kind: 'notice'; readonly stack: bigint; readonly reclaimEpoch: bigint }
  | { readonly kind: 'reclaimed'; readonly stack: bigint; readonly refund: bigint }
  | {
      readonly kind: 'settlement';
      readonly stack: bigint;
      readonly finding: string;
      readonly claimed: bigint;
      readonly known: bigint;
    }
  | {
      /** The wallet's key signed requests this journal does not know: another journal of it is in use. */
      readonly kind: 'foreign';
      readonly stack: bigint;
      readonly node: bigint;
      readonly requests: number;
    }
  /** The journal may lack what the wallet signed for these stacks: it is a copy, or lost its last seconds. Said once. */
  | { readonly kind: 'behind'; readonly why: string; readonly stacks: readonly bigint[] }
  | { readonly kind: 'disputed'; readonly stack: bigint; readonly bond: bigint; readonly jurors: readonly bigint[] }
  /** Receipts and refusals were shown in a dispute after its start; `bond`: paid for the rows that were named. */
  | { readonly kind: 'shown'; readonly stack: bigint; readonly receipts: number; readonly bond: bigint }
  | { readonly kind: 'fault'; readonly what: string; readonly why: string };

/** What {@link createBuyer} takes. */
export interface BuyerParameters {
  /** Chain, deployment and the wallet that pays and signs. */
  readonly atoma: Atoma;
  /** See {@link openJournal}. */
  readonly journal: Journal;
  readonly caps?: Partial<Caps>;
  readonly policy?: Partial<BuyerPolicy>;
  readonly onEvent?: (event: BuyerEvent) => void;
  /** Which evidence of confidential environments is accepted; absent: nothing is sent on stacks of level 2. */
  readonly confidential?: ConfidentialPolicy;
  /** Exact counters by model name. */
  readonly counters?: Readonly<Record<string, UnitCounter>>;
  /** Replaces HTTP to nodes. */
  readonly transport?: Transport;
  /** ms since 1970. */
  readonly now?: () => number;
}
