/** Where every TOMA is: the books before and after, by holder, held against the supply. */
import { getMoney, type MoneyReport } from '@atoma/sdk';
import { type NodeSide, type ThreeWay, threeWay } from '../reconcile/check.ts';
import { readChainSide } from '../reconcile/sides.ts';
import type { UpParts } from '../up/open-parts.ts';
import { demoError } from './demo-errors.ts';

/** One holder's money, base units of TOMA. */
export interface BookLine {
  readonly holder: string;
  readonly before: bigint;
  readonly after: bigint;
}

/** The books of the market's parties. Throws `DEMO_BOOKS` when they are not all of TOMA. */
export const readBooks = async ({ market, daemons }: UpParts): Promise<MoneyReport> => {
  const people = [market.buyer, ...daemons.map(({ settle }) => settle.atoma), market.publisher];
  const report = await getMoney(market.buyer, { addresses: people.map(({ sender }) => String(sender)) });
  const { supply, accounted, missing } = report;
  if (missing !== 0n)
    throw demoError('BOOKS', {
      why: `${supply} base units were minted and ${accounted} are accounted for`,
    });
  return report;
};

const poolOf = ({ pool, poolPending }: MoneyReport): bigint => pool + poolPending;

/** What each holder had and has. */
export const bookLines = ({ daemons }: UpParts, before: MoneyReport, after: MoneyReport): readonly BookLine[] => {
  const names = ['buyer', ...daemons.map(({ settle }) => `node ${settle.nodeId}`), 'publisher'];
  const lines = names.map((holder, i) => ({
    holder,
    before: before.addresses[i]?.toma ?? 0n,
    after: after.addresses[i]?.toma ?? 0n,
  }));
  return [...lines, { holder: 'pool', before: poolOf(before), after: poolOf(after) }].filter(
    (line) => line.before !== 0n || line.after !== 0n,
  );
};

/** Books of the gateway = ledgers of the nodes = chain. Throws `DEMO_BOOKS` when they differ. */
export const compareBooks = async ({ market, daemons, endpoint }: UpParts): Promise<ThreeWay> => {
  const books = await endpoint.books();
  const nodes = new Map<bigint, NodeSide>();
  for (const { stack, node } of books.stacks) {
    const store = daemons.find(({ settle }) => settle.nodeId === node)?.store;
    const row = await store?.findStack(stack);
    if (store && row) nodes.set(stack, { consumed: row.consumed, leaves: await store.listLeaves(stack) });
  }
  const result = threeWay({ books, nodes, silent: new Map(), chain: await readChainSide(market.buyer) });
  if (!result.agrees) throw demoError('BOOKS', { why: result.differences.map(({ what }) => what).join('; ') });
  return result;
};
