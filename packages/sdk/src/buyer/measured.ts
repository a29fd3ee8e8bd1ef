/** What was measured of nodes at this buyer's own requests; kept in its journal, so that a restart forgets nothing. */
import { isRecord } from '../wire/json.ts';
import type { Journal } from './journal/types.ts';

/** What is known of a node at a model. Times are smoothed over the latest requests. */
export interface Measured {
  /** ms from sending a request to the first piece of a streamed answer; null before the first. */
  readonly firstMs: number | null;
  /** Generated units for each second from sending to the end of the answer; null before the first. */
  readonly unitsPerSecond: number | null;
  /** Share of the latest requests that were answered, 0 to 1; null before the first. Failures fade with time. */
  readonly completionRate: number | null;
  /** Requests it answered or failed at. */
  readonly requests: number;
  /** Receipts of it that were checked and found right. */
  readonly receipts: number;
}

/** An answer that came whole and was checked. */
export interface AnswerTimes {
  /** ms to the first piece; null for an answer that came as one. */
  readonly firstMs: number | null;
  /** ms to the end. */
  readonly ms: number;
  /** Generated units. */
  readonly units: number;
}

/** Measurements of a buyer, by node and model. */
export interface Measurements {
  readonly of: (node: bigint, model: string) => Measured;
  readonly answered: (node: bigint, model: string, times: AnswerTimes) => void;
  readonly failed: (node: bigint, model: string) => void;
  readonly receipt: (node: bigint, model: string) => void;
  /** Writes down what was not written yet. */
  readonly close: () => Promise<void>;
}

interface Row {
  firstMs: number | null;
  units: number;
  ms: number;
  /** Smoothed share of failures, as of `failedMs`. */
  failures: number;
  failedMs: number;
  requests: number;
  receipts: number;
}

const SETTING = 'measured';
/** Share of the newest request in what is smoothed. */
const SMOOTHING = 0.1;
/** A failure counts half as much after this, ms: who is not asked any more could never make up for it. */
const FADES_MS = 600_000;
/** Changes are written together, ms: the last second before a kill is forgotten, which an average bears. */
const WRITE_MS = 1_000;

const emptyRow = (): Row => ({ firstMs: null, units: 0, ms: 0, failures: 0, failedMs: 0, requests: 0, receipts: 0 });

const count = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;

const readRows = (text: string | undefined): Map<string, Row> => {
  const parsed: unknown = JSON.parse(text ?? '{}');
  const entries = isRecord(parsed) ? Object.entries(parsed) : [];
  return new Map(
    entries.flatMap(([key, row]) => {
      if (!isRecord(row)) return [];
      const kept = { ...emptyRow(), firstMs: row.firstMs === null ? null : count(row.firstMs) };
      for (const name of ['units', 'ms', 'failures', 'failedMs', 'requests', 'receipts'] as const)
        kept[name] = count(row[name]);
      return [[key, kept] as const];
    }),
  );
};

const smooth = (old: number | null, next: number): number => (old === null ? next : old + (next - old) * SMOOTHING);

/** Opens the measurements of a journal; `onFault` is told when they cannot be written. */
export const openMeasurements = async (
  journal: Pick<Journal, 'getSetting' | 'putSetting'>,
  now: () => number,
  onFault: (error: unknown) => void,
): Promise<Measurements> => {
  const rows = readRows(await journal.getSetting(SETTING));
  const keyOf = (node: bigint, model: string): string => `${node}/${model}`;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  const write = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(() => journal.putSetting(SETTING, JSON.stringify(Object.fromEntries(rows)))).catch(onFault);
    return writing;
  };
  const change = (node: bigint, model: string, take: (row: Row) => void): void => {
    const row = rows.get(keyOf(node, model)) ?? emptyRow();
    rows.set(keyOf(node, model), row);
    take(row);
    timer ??= setTimeout(write, WRITE_MS).unref();
  };
  const failuresOf = (row: Row): number => row.failures * 2 ** -(Math.max(now() - row.failedMs, 0) / FADES_MS);
  const ended = (row: Row, failed: 0 | 1): void => {
    row.failures = smooth(failuresOf(row), failed);
    row.failedMs = now();
    row.requests++;
  };
  return {
    of: (node, model) => {
      const row = rows.get(keyOf(node, model)) ?? emptyRow();
      return {
        firstMs: row.firstMs,
        unitsPerSecond: row.ms > 0 ? (row.units * 1000) / row.ms : null,
        completionRate: row.requests === 0 ? null : 1 - failuresOf(row),
        requests: row.requests,
        receipts: row.receipts,
      };
    },
    answered: (node, model, { firstMs, ms, units }) =>
      change(node, model, (row) => {
        ended(row, 0);
        const first = row.ms === 0;
        row.units = first ? units : smooth(row.units, units);
        row.ms = first ? ms : smooth(row.ms, ms);
        if (firstMs !== null) row.firstMs = smooth(row.firstMs, firstMs);
      }),
    failed: (node, model) => change(node, model, (row) => ended(row, 1)),
    receipt: (node, model) =>
      change(node, model, (row) => {
        row.receipts++;
      }),
    close: () => (timer === undefined ? writing : write()),
  };
};
