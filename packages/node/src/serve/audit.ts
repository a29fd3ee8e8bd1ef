/** Which rows of a settled stack its attesters and jurors check. */
import { namedRows, type SampleSize, sampledRows } from '@atoma/sdk';

/** What decides it, all of it on chain. */
export interface Audit {
  /** Drawn at settlement; 32 bytes. */
  readonly seed: Uint8Array;
  readonly size: SampleSize;
  /** Rows named in a dispute, and the units paid for them. */
  readonly rows: readonly bigint[];
  readonly namedUnits: bigint;
}

/** The rows that are checked. */
export const checkedRows = (audit: Audit, stack: bigint, units: readonly bigint[]): ReadonlySet<number> =>
  new Set([
    ...sampledRows({ seed: audit.seed, stack, units, size: audit.size }),
    ...namedRows(audit.rows, audit.namedUnits, units),
  ]);
