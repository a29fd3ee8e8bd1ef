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

/** Prints the rows of the bench `title`. */
export const report = (title: string, rows: readonly Row[]): void => {
  const json = process.argv.includes('--json');
  console.log(json ? JSON.stringify({ bench: title, node: process.version, rows }) : table(title, rows));
};

const table = (title: string, rows: readonly Row[]): string => {
  const width = Math.max(...rows.map((row) => row.name.length));
  const line = (row: Row): string =>
    `  ${row.name.padEnd(width)}  ${format(row.value).padStart(12)} ${row.unit}${row.target ? `   (target ${row.target})` : ''}`;
  return [`${title} (Node ${process.version})`, ...rows.map(line)].join('\n');
};

const format = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 4 });

/** Median of the figures. */
export const median = (figures: readonly number[]): number => {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
};
