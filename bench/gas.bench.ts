/**
 * What the market's calls cost at 10, 300 and 5,000 subscribers, and at 10 after 1,200 others came and went: medians of 200 seeded draws
 * (of 20 disputes), computation in gas units before rounding (and the part that executing Move makes), storage paid and returned in MIST.
 * Run: node bench/gas.bench.ts [--json]
 */
import { type Call, calls, measureAt, type Sample } from '../test/market/driver/gas.ts';
import { median, type Row, report } from './report.ts';

const DRAWS = 200;
/** Subscribers, and how many others came and went before. */
const CROWDS = [
  [10, 0],
  [300, 0],
  [5_000, 0],
  [10, 1_200],
] as const;

const rowsOf = (call: Call, crowd: string, samples: readonly Sample[]): Row[] => {
  const name = `${call}, ${crowd}`;
  const of = (pick: (sample: Sample) => number): number => median(samples.map(pick));
  return [
    { name: `${name}: computation`, value: of((sample) => sample.computation) / 1_000, unit: 'gas units' },
    { name: `${name}: of it execution`, value: of((sample) => sample.execution) / 1_000, unit: 'gas units' },
    { name: `${name}: storage`, value: of((sample) => Number(sample.storage)), unit: 'MIST' },
    { name: `${name}: storage returned`, value: of((sample) => Number(sample.rebate)), unit: 'MIST' },
  ];
};

const main = async (): Promise<void> => {
  const rows: Row[] = [];
  for (const [subscribers, gone] of CROWDS) {
    const samples = await measureAt(subscribers, DRAWS, gone);
    const crowd = `${subscribers} subscribers${gone > 0 ? ` after ${gone} left` : ''}`;
    for (const call of calls) rows.push(...rowsOf(call, crowd, samples[call]));
  }
  report('Gas', rows);
};

await main();
