import type { Paint } from './io.ts';

/** A label and its text. */
export type Row = readonly [label: string, text: string];

/** Labels in one column, texts in the next. */
export const rowLines = (paint: Paint, rows: readonly Row[], indent = '  '): readonly string[] => {
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  return rows.map(([label, text]) => `${indent}${paint.dim(label.padEnd(width))}  ${text}`);
};

/** A table with a head; columns as wide as their widest cell, numbers to the right. */
export const tableLines = (
  paint: Paint,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] => {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)));
  const isNumber = head.map((_, at) => rows.length > 0 && rows.every((row) => /^[\d,._-]*$/.test(row[at] ?? '')));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (isNumber[at] ? cell.padStart(widths[at] as number) : cell.padEnd(widths[at] as number)))
      .join('  ')
      .trimEnd();
  return [paint.dim(line(head)), ...rows.map(line)];
};

/** Digits in groups of three: `1,000,000`. */
export const grouped = (value: bigint | number): string => value.toLocaleString('en-US');

/** `1 stack`, `2 stacks`. */
export const counted = (count: number | bigint, noun: string): string =>
  `${grouped(count)} ${noun}${BigInt(count) === 1n ? '' : 's'}`;
