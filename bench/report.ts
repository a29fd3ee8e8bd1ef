/** How every bench prints: a table for people, or with `--json` one JSON line for programs. */

/** One measured figure. */
export interface Row {
  /** What was measured. */
  readonly name: string;
  readonly value: number;
  /** Unit of `value`: ms, us, per second, times, MB. */
  readonly unit: string;
  /** The figure the project aims at, as text, when there is one. */
  readonly target?: string;
}

/** A program that was to be compared with, and why it was not. */
export interface Absent {
  readonly name: string;
  readonly why: string;
}

/** Why something did not start, on one line. */
export const absent = (name: string, error: unknown): Absent => ({
  name,
  why: (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] as string,
});

/** Prints the rows of the bench `title`. */
export const report = (title: string, rows: readonly (Row | Absent)[]): void => {
  const json = process.argv.includes('--json');
  console.log(json ? JSON.stringify({ bench: title, node: process.version, rows }) : table(title, rows));
};

const table = (title: string, rows: readonly (Row | Absent)[]): string => {
  const width = Math.max(...rows.map((row) => row.name.length));
  const line = (row: Row | Absent): string =>
    'why' in row
      ? `  ${row.name.padEnd(width)}  did not start: ${row.why}`
      : `  ${row.name.padEnd(width)}  ${format(row.value).padStart(12)} ${row.unit}${row.target ? `   (target ${row.target})` : ''}`;
  return [`${title} (Node ${process.version})`, ...rows.map(line)].join('\n');
};

const format = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 4 });

/** Median of the figures. */
export const median = (figures: readonly number[]): number => {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
};
