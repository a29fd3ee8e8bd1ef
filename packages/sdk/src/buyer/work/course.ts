/** A request of a client, what has happened to it so far, and what it comes to. */
import type { TextStream } from '@atoma/base';
import type { SignedBytes } from '../../wire/verify-answer.ts';
import type { Terms } from '../routing.ts';
import type { NodeProblem, Settled } from './attempt.ts';
import type { ParsedWork } from './bound.ts';
import type { Budget, Search } from './choose.ts';
import type { Annotation } from './relay.ts';

/** What one receipt charges. */
export interface TaggedCharge {
  /** Tag of the run whose envelope it is: an earlier one's where its request was sent again. */
  readonly tag: string;
  readonly units: bigint;
  /** Base units of TOMA. */
  readonly cost: bigint;
}

/** A request as a client makes it. */
export interface WorkRequest {
  /** Path, such as `/v1/chat/completions`. */
  readonly endpoint: string;
  /** Passed on byte for byte. */
  readonly body: Uint8Array;
  readonly contentType: string;
  /** What `parseWork` read in this body, where that was done before. */
  readonly work?: ParsedWork;
  readonly signal?: AbortSignal;
  /** Whose request it is, for the books. */
  readonly tag?: string;
  readonly tenant?: string;
  /** Only stacks of the tenant. */
  readonly dedicated?: boolean;
  /** From whom and at what price it may be bought, in place of the policy's. */
  readonly terms?: Partial<Terms>;
  /** What its payer may still spend; looked at before a stack is bought for it. */
  readonly budget?: Budget;
  /** `after`: a whole answer is given before it is checked; a fault then only ends the trust in the node. */
  readonly verify?: 'before' | 'after';
  /** Further headers the node may see. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly annotation?: Annotation;
  /** A request of an earlier run for this body: sent again as it was, before anything new is signed. */
  readonly resume?: string;
  /** Called before every signature with what the request may then cost; throwing stops it. */
  readonly admit?: (maxUnits: bigint, price: bigint) => void | Promise<void>;
  /** Called with what each of its receipts charges: that of the answer, those of tries before it, and those that come after its end. */
  readonly charged?: (charge: TaggedCharge) => void;
}

/** An answer as the client sees it. */
export interface WorkAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array | TextStream;
  readonly requestId: string;
  readonly stack: bigint;
  readonly node: bigint;
  readonly maxUnits: bigint;
  /** Base units of TOMA a unit. */
  readonly price: bigint;
  /** The checked receipt; null when nothing was charged; rejects when the answer was not believed or broke off. */
  readonly settled: Promise<Settled | null>;
  /** The receipt as it came with a whole answer, not yet checked; null for streams and errors. */
  readonly stated: SignedBytes | null;
  /** The node's own figure of time not spent in its engine, ms. */
  readonly overheadMs: number | null;
  /** ms from sending the envelope to the head of the answer. */
  readonly waitedMs: number;
  /** The environment that answered a sealed request; null: it was sent in clear, or nothing was sent. */
  readonly confidential: Settled['confidential'];
  /** When an error says to try again, s. */
  readonly retryAfterSeconds?: number;
}

/** What one try on one stack gave. */
export type Tried =
  | { readonly kind: 'done'; readonly answer: WorkAnswer }
  /** Another stack may do; `problem` is what the client sees if none does. */
  | {
      readonly kind: 'next';
      readonly why: string;
      readonly problem: NodeProblem | null;
      readonly error: unknown;
      readonly sent?: true;
    }
  /** The same stack with a new envelope. */
  | { readonly kind: 'again'; readonly maxUnits: bigint | null; readonly problem: NodeProblem };

/** What has happened to a request so far. */
export interface Course extends Search {
  readonly tried: Set<bigint>;
  readonly failed: Set<bigint>;
  /** Units it may have been charged already. */
  units: bigint;
  /** An envelope went out. */
  sent: boolean;
  /** A stack was bought for it. */
  bought: boolean;
  /** Nodes whose engine failed at it. */
  engineFaults: number;
}

/** A try after which another stack may do. */
export type Failed = Extract<Tried, { kind: 'next' }>;
