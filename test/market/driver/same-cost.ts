/** What must not depend on how many take part. */
import { expect } from 'vitest';
import { type Call, calls, measureAt, type Sample, type Samples } from './gas.ts';

/** The middle one of figures. */
export const median = (figures: readonly number[]): number =>
  [...figures].sort((a, b) => a - b)[figures.length >> 1] as number;

const medians = (samples: Samples, part: 'computation' | 'execution'): Readonly<Record<Call, number>> => {
  const of = (list: readonly Sample[]): number => median(list.map((sample) => sample[part]));
  return Object.fromEntries(calls.map((call) => [call, of(samples[call])])) as Record<Call, number>;
};

/** What every transaction pays for at least: below it all draws cost the same to the unit, and one budget pays for each. Internal units. */
export const LEAST_CHARGE = 1_000_000;

/** Stacks measured; a tenth of them are disputed, and what a jury costs depends a little on who has to be passed over. */
const DRAWS = 120;

/** The market's calls cost the same with either number of subscribers, within a tenth. */
export const costTheSame = async (fewer: number, more: number): Promise<void> => {
  const [few, many] = [await measureAt(fewer, DRAWS), await measureAt(more, DRAWS)];
  for (const part of ['computation', 'execution'] as const) {
    const [base, here] = [medians(few, part), medians(many, part)];
    for (const call of calls) {
      expect(here[call], `${call}, ${more}`).toBeLessThan(LEAST_CHARGE);
      expect(here[call] / base[call], `${call}, ${part}, ${more}`).toBeGreaterThan(0.9);
      expect(here[call] / base[call], `${call}, ${part}, ${more}`).toBeLessThan(1.1);
    }
  }
};
