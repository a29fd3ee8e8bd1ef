/**
 * The least evaluation number that TCB info and QE identity may have. An old evaluation can be issued with new dates, so dates alone do not
 * show that it knows of the latest faults.
 */

/** The highest evaluation numbers seen, by family of machines (FMSPC, lower-case hexadecimal): who has seen one accepts no older one. */
export interface Evaluations {
  /** 0 where none was seen. */
  readonly highest: (fmspc: string) => number;
  /** Told of a number that the vendor signed and that is in force. */
  readonly saw: (fmspc: string, number: number) => void;
}

/** Recovery events as Intel published them; an event is demanded a year after it, when Intel's own "standard" number includes it. Known on 2026-11-29. */
const EVENTS: readonly { readonly number: number; readonly event: string }[] = [
  { number: 17, event: '2024-03-12' },
  { number: 18, event: '2024-11-12' },
  { number: 19, event: '2025-05-13' },
];

const aYearAfter = (day: string): Date =>
  new Date(Date.parse(`${Number(day.slice(0, 4)) + 1}${day.slice(4)}T00:00:00Z`));

/** The least number on a day. */
export const leastEvaluation = (at: Date): number =>
  EVENTS.filter(({ event }) => aYearAfter(event) <= at).at(-1)?.number ?? 16;
