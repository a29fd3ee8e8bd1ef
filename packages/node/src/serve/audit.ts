/** Which rows of a settled stack its attesters and jurors check. */
import { type Dispute, namedRows, type SampleSize, sampledRows } from '@atoma/sdk';

/** What decides it, all of it on chain. */
export interface Audit {
  /** Drawn at settlement; 32 bytes. */
  readonly seed: Uint8Array;
  readonly size: SampleSize;
  /** Rows named in a dispute, by its challenger and by the stack's owner, each with the units paid for them. */
  readonly named: readonly NamedRows[];
}

/** Rows to be checked while their units stay within `namedUnits`. */
export interface NamedRows {
  readonly rows: readonly bigint[];
  readonly namedUnits: bigint;
}

/** What a dispute names: what its challenger names does not crowd out what the owner names. */
export const namedIn = (dispute: Dispute | null): readonly NamedRows[] =>
  dispute
    ? [dispute, ...(dispute.evidence ? [dispute.evidence] : [])].map(({ rows, namedUnits }) => ({ rows, namedUnits }))
    : [];

/** The rows that are checked. */
export const checkedRows = (audit: Audit, stack: bigint, units: readonly bigint[]): ReadonlySet<number> =>
  new Set([
    ...sampledRows({ seed: audit.seed, stack, units, size: audit.size }),
    ...audit.named.flatMap(({ rows, namedUnits }) => [...namedRows(rows, namedUnits, units)]),
  ]);
