/**
 * What the market's calls cost at 10, 300 and 5,000 subscribers, and at 10 after 1,200 others came and went: medians of 200 seeded draws
 * (of 20 disputes, of 3 calls that follow a silence or a jury without a verdict, at 40 in place of 10), computation in gas units before rounding (and the part that executing Move makes), storage paid and returned in MIST.
 * Run: node bench/gas.bench.ts [--json]
 */
import { type Call, calls, measureAt, type Sample } from '../test/market/driver/gas.ts';
import { rareCalls, rareCostsAt } from '../test/market/driver/rare.ts';
import { median, type Row, report } from './report.ts';

const DRAWS = 200;
/** Subscribers, and how many others came and went before. */
const CROWDS = [
  [10, 0],
  [300, 0],
  [5_000, 0],
  [10, 1_200],
] as const;

const crowdOf = (subscribers: number, gone: number): string =>
  `${subscribers} subscribers${gone > 0 ? ` after ${gone} left` : ''}`;

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

/** Two juries beside the accused and an attester. */
const ENOUGH = 40;

const rareRows = async (subscribers: number, gone: number): Promise<Row[]> => {
  const costs = await rareCostsAt(subscribers, gone);
  const crowd = crowdOf(subscribers, gone);
  return rareCalls.map((call) => ({
    name: `${call}, ${crowd}: computation`,
    value: median(costs[call]) / 1_000,
    unit: 'gas units',
  }));
};

const main = async (): Promise<void> => {
  const rows: Row[] = [];
  for (const [subscribers, gone] of CROWDS) {
    const samples = await measureAt(subscribers, DRAWS, gone);
    const crowd = crowdOf(subscribers, gone);
    for (const call of calls) rows.push(...rowsOf(call, crowd, samples[call]));
    rows.push(...(await rareRows(Math.max(subscribers, ENOUGH), gone)));
  }
  report('Gas', rows);
};

await main();
