/**
 * What purchase, settlement and claim cost at 10, 300 and 5,000 subscribers: medians of 200 seeded draws each, computation
 * in gas units before rounding (and the part that executing Move makes), storage paid and returned in MIST.
 * Run: node bench/gas.bench.ts [--json]
 */
import { type Call, measureAt, type Sample } from '../test/market/driver/gas.ts';
import { median, type Row, report } from './report.ts';

const DRAWS = 200;
const SUBSCRIBERS = [10, 300, 5_000];

const rowsOf = (call: Call, subscribers: number, samples: readonly Sample[]): Row[] => {
  const name = `${call}, ${subscribers} subscribers`;
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
  for (const subscribers of SUBSCRIBERS) {
    const samples = await measureAt(subscribers, DRAWS);
    for (const [call, list] of Object.entries(samples)) rows.push(...rowsOf(call as Call, subscribers, list));
  }
  report('Gas', rows);
};

await main();
