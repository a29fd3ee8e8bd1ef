/** Ledger and life cycle: real transactions of the real contract on a ledger in memory. */
import * as db from '@atoma/sdk/bindings';
import { call, type LabChain } from '../lab/lab-chain.ts';
import { type LabMarket, openLabMarket, purchase } from '../lab/lab-market.ts';
import { playStack } from '../lab/play-stack.ts';
import { scenarioDefaults } from '../lab/scenario.ts';
import { type Figure, figure, median, timesOf } from './figures.ts';

const perSecond = (times: readonly number[]): number => (1000 * times.length) / times.reduce((sum, ms) => sum + ms, 0);

const donate = ({ chain, buyer }: LabMarket) => call(chain, buyer, db.donate, buyer.purse, 1n);

const open = (seed: string): Promise<LabMarket> =>
  openLabMarket({ ...scenarioDefaults, name: 'bench', fault: 'honest', seed });

const WARM = 30;

/** Figures of the ledger and of a stack's life. */
export const measureLedger = async (runs: number): Promise<readonly Figure[]> => {
  const opened: number[] = [];
  for (const seed of ['a', 'b', 'c']) opened.push(...(await timesOf(1, async () => (await open(seed)).close())));
  const market: LabMarket & { readonly chain: LabChain } = await open('bench');
  try {
    await timesOf(WARM, () => donate(market));
    const small = await timesOf(runs, () => donate(market));
    await timesOf(WARM, () => purchase(market));
    const bought = await timesOf(runs, () => purchase(market));
    await timesOf(WARM, () => playStack(market));
    const lives = await timesOf(runs, () => playStack(market));
    return [
      figure('lifecycle', 'a market of eight nodes: ledger, contract, registrations', median(opened), 'ms'),
      figure('lifecycle', 'a stack: bought, settled, claimed', median(lives), 'ms'),
      figure('lifecycle', 'stacks', perSecond(lives), 'stacks/s'),
      figure('ledger', 'purchases, signed and stored (randomness included)', perSecond(bought), 'transactions/s'),
      figure('ledger', 'small transactions, signed and stored', perSecond(small), 'transactions/s'),
    ];
  } finally {
    market.close();
  }
};
