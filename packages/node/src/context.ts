/** What the parts of a daemon share. */
import type { InputEntry, MessageSigner } from '@atoma/sdk';
import type { Logger } from 'pino';
import type { Channel } from './confidential/channel.ts';
import type { EngineSet } from './engine/set.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Answer } from './serve/answer.ts';
import type { Problem } from './serve/problem.ts';
import type { StackDirectory } from './serve/stacks.ts';
import type { Store } from './store/types.ts';

/** Who this daemon is. */
export interface Identity {
  /** Digest of the genesis checkpoint, 32 bytes. */
  readonly chainId: Uint8Array;
  /** First-published id of the market package, 32 bytes. */
  readonly packageId: Uint8Array;
  readonly node: bigint;
  /** Announced URL; empty when none is. */
  readonly url: string;
  /** Random name of this run's database. */
  readonly instance: string;
  readonly version: string;
  /** Signs receipts; its address is the node's on chain. */
  readonly signer: MessageSigner;
}

/** Limits of serving. Times in ms, sizes in bytes. */
export interface ServeLimits {
  readonly jsonBytes: number;
  readonly multipartBytes: number;
  readonly bodyMs: number;
  readonly inFlight: number;
  readonly inFlightPerStack: number;
  readonly clockWindowMs: number;
  readonly responseTtlMs: number;
  /** Unsent bytes after which a slow reader counts as gone. */
  readonly slowReaderBytes: number;
  readonly keepAliveMs: number;
  /** A stream begins, with a comment, when its first output takes longer than this. */
  readonly headMs: number;
  /** Fetch media from public https addresses, for tasks whose answers are not run again. */
  readonly remoteMedia: boolean;
  /** Cancelled requests a stack may have a minute before new ones are refused. */
  readonly cancelsPerMinute: number;
  /** Verifications a second for signatures other than ed25519. */
  readonly slowSignaturesPerSecond: number;
  readonly chainReadsPerSecond: number;
  readonly badgeCacheMs: number;
}

/** Defaults of the limits. */
export const defaultLimits: ServeLimits = {
  jsonBytes: 4 * 1024 * 1024,
  multipartBytes: 32 * 1024 * 1024,
  bodyMs: 30_000,
  inFlight: 256,
  inFlightPerStack: 32,
  clockWindowMs: 120_000,
  responseTtlMs: 86_400_000,
  slowReaderBytes: 1024 * 1024,
  keepAliveMs: 15_000,
  headMs: 250,
  remoteMedia: false,
  cancelsPerMinute: 600,
  slowSignaturesPerSecond: 50,
  chainReadsPerSecond: 20,
  badgeCacheMs: 60_000,
};

/** Inputs of a stack that another node serves, to be passed on. */
export interface Relayed {
  /** Rows, for those who check the stack, too. */
  readonly lines: () => AsyncIterable<string>;
  /** The list that T binds, for the stack's owner; undefined before anybody gave it. */
  readonly entries: () => readonly InputEntry[] | undefined;
  /** Whether the chain names an address as the stack's owner now. */
  readonly isOwner: (address: string) => Promise<boolean>;
}

/** The shared context of serving. */
export interface NodeContext {
  readonly identity: Identity;
  readonly limits: ServeLimits;
  readonly store: Store;
  readonly engines: EngineSet;
  readonly stacks: StackDirectory;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** What stacks of level 2 are served through; null: they are not. */
  readonly confidential: Channel | null;
  /** ms since 1970. */
  readonly now: () => number;
  /** What this node holds of stacks that others serve and it checks. */
  readonly relayed: Map<bigint, Relayed>;
  /** Answers being produced, by stack and request id. */
  readonly running: Map<string, Answer>;
  /** Why new work is refused just now; undefined: it is not. */
  readonly notReady: () => Problem | undefined;
}
