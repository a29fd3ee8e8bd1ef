/** What a check found row by row, for whoever runs this node to look at: kept in memory, for the last stacks that were not as sold. */
import { toHex } from '@atoma/base';
import { requestHash } from '@atoma/sdk';
import type { CheckedRequest } from './holding.ts';

/** A repeated row. */
export interface Finding {
  /** From 0. */
  readonly row: number;
  /** Hex. */
  readonly requestHash: string;
  /** What it came to: the work that was sold, work of another model, or nothing that could ever have been owed. */
  readonly verdict: 'same' | 'other' | 'fault';
  /** The request's body, as text. */
  readonly question: string;
  /** The answer as its node claims it; null where a checker is given only its hash. */
  readonly claimed: string | null;
  /** The answer an engine here gives; null where there was no need of one. */
  readonly own: string | null;
  /** What its leaf covers of the work by this check, hex; null for a fault. */
  readonly workHash: string | null;
  readonly units: bigint;
  /** Mean distance of own values from the sketched ones; null where rows are not checked so, or are too far away for the sketch to be opened. */
  readonly distance: number | null;
  /** What the sketch takes: of so many values a choice at most so many steps of this size may be wrong; null where rows are not checked so. */
  readonly sketch: { readonly values: number; readonly corrects: number; readonly step: number } | null;
  /** Mean distance over all rows above which this check finds another model; null where rows are not checked so. */
  readonly threshold: number | null;
}

/** Findings of one check. */
export interface Check {
  readonly as: 'attester' | 'juror';
  /** In the order of the rows. */
  readonly findings: readonly Finding[];
}

/** A finding as JSON. */
export interface ShownFinding extends Omit<Finding, 'requestHash' | 'workHash' | 'units'> {
  readonly node: string;
  readonly as: Check['as'] | undefined;
  readonly request_hash: string;
  readonly work_hash: string | null;
  /** Decimal. */
  readonly units: string;
}

/** Letters of a question or an answer that are kept. */
const MOST_TEXT = 4_000;
/** Rows of a check that are kept: those that are not the same come first. */
const MOST_ROWS = 16;
/** Stacks whose checks are kept. */
const MOST_STACKS = 64;

/** Text as it is kept. */
export const shortened = (text: string): string => (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text);

/** What is kept of a request: media are no text. */
export const questionOf = ({ envelopeBytes, body }: CheckedRequest): Pick<Finding, 'requestHash' | 'question'> => ({
  requestHash: toHex(requestHash(envelopeBytes)),
  question: shortened(new TextDecoder().decode(body.subarray(0, 4 * MOST_TEXT))),
});

/** The rows that are kept, in their order. */
export const keptOf = (findings: readonly Finding[]): readonly Finding[] =>
  [...findings]
    .sort((a, b) => Number(a.verdict === 'same') - Number(b.verdict === 'same') || a.row - b.row)
    .slice(0, MOST_ROWS)
    .sort((a, b) => a.row - b.row);

/** Checks of the last stacks. */
export interface Checks {
  readonly find: (stack: bigint) => Check | undefined;
  readonly keep: (stack: bigint, check: Check) => void;
}

/** Makes an empty set. */
export const createChecks = (): Checks => {
  const kept = new Map<bigint, Check>();
  return {
    find: (stack) => kept.get(stack),
    keep: (stack, check) => {
      kept.delete(stack);
      kept.set(stack, check);
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST_STACKS) break;
        kept.delete(oldest);
      }
    },
  };
};

/** The part of a daemon that knows what it found. */
export interface Checker {
  readonly settle: { readonly checks: Checks; readonly nodeId: bigint };
}

/** What a node found about a stack as JSON, row by row: `GET /findings` of its operator's surface. Empty: it checked nothing, or lately nothing. */
export const findingsAt = ({ settle: { checks, nodeId } }: Checker, stack: bigint): ShownFinding[] => {
  const check = checks.find(stack);
  return (check?.findings ?? []).map(({ requestHash: hash, workHash, units, ...rest }) => ({
    node: String(nodeId),
    as: check?.as,
    ...rest,
    request_hash: hash,
    work_hash: workHash,
    units: String(units),
  }));
};
