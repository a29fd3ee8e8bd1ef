/** A scenario of the lab as it was played: its last stack, event by event, with who paid whom. */
import { record, rows, text, whole } from '../json.ts';

/** Money that went from one holder to another, base units of TOMA. */
export interface Payment {
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

/** One event. */
export interface Moment {
  readonly said: string;
  readonly payments: readonly Payment[];
}

/** What is shown of a report. */
export interface Recording {
  readonly name: string;
  readonly fault: string;
  readonly stacks: number;
  readonly caught: number;
  readonly formula: string;
  readonly assumption: string;
  readonly moments: readonly Moment[];
}

const sideOf = (who: unknown, part: unknown): string =>
  text(who) === text(part) ? text(who) : `${text(who)} (${text(part)})`;

/** Reads a report of `atoma lab run --json`; what is missing is empty. */
export const readRecording = (value: unknown): Recording => {
  const { name, fault, stacks, caught, formula, assumption, moments } = record(value);
  return {
    name: text(name),
    fault: text(fault),
    stacks: Number(text(stacks)),
    caught: Number(text(caught)),
    formula: text(formula),
    assumption: text(assumption),
    moments: rows(moments).map(({ said, payments }) => ({
      said: text(said),
      payments: rows(payments).map(({ from, from_part, to, to_part, amount }) => ({
        from: sideOf(from, from_part),
        to: sideOf(to, to_part),
        amount: whole(amount),
      })),
    })),
  };
};

/** The reports in a file that `atoma lab run --json` printed; none in anything else. */
export const readReports = (file: string): readonly Recording[] => {
  try {
    return rows(record(JSON.parse(file)).reports)
      .map(readRecording)
      .filter(({ name }) => name !== '');
  } catch {
    return [];
  }
};

/** Who has more or less by the first `count` moments, the part somebody had left out; largest gain first. Sums to zero. */
export const netAfter = ({ moments }: Recording, count: number): readonly (readonly [string, bigint])[] => {
  const net = new Map<string, bigint>();
  const add = (who: string, amount: bigint): void => {
    const holder = who.replace(/ \(.*\)$/, '');
    net.set(holder, (net.get(holder) ?? 0n) + amount);
  };
  for (const { from, to, amount } of moments.slice(0, count).flatMap(({ payments }) => payments)) {
    add(from, -amount);
    add(to, amount);
  }
  return [...net].sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0));
};
