/** Reads the market's whole history of money, and what the chain's rows say of it now. */
import type { TransactionView } from '@atoma/sdk';
import type { PageProps } from '../pages/props.ts';
import { type Amounts, type Frame, replayMoney } from './flow.ts';

type Chain = Pick<PageProps, 'reads' | 'atoma'>;

/** Transactions whose money is followed; with more of them the page shows what is, not how it came. */
const MOST = 600;
const AT_ONCE = 12;

/** Money over time. */
export interface MoneyHistory {
  /** Empty when the market has seen too much for a page. */
  readonly frames: readonly Frame[];
  /** As the rows of the market are now; wallets are what is left of the supply. */
  readonly now: Amounts;
  readonly supply: bigint;
}

const digestsOf = async (
  { reads, atoma }: Chain,
  from: 'market' | 'toma',
): Promise<ReadonlyMap<string, number> | null> => {
  const digests = new Map<string, number>();
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<typeof reads.listEvents>> = await reads.listEvents(atoma, {
      from,
      ...(after === null ? {} : { after }),
    });
    for (const { digest, checkpoint } of page.events)
      digests.set(digest, Number(checkpoint ?? Number.MAX_SAFE_INTEGER));
    if (digests.size > MOST) return null;
    if (!page.hasMore) return digests;
    after = page.cursor;
  }
};

const known = new Map<string, TransactionView>();

const viewsOf = async ({ reads, atoma }: Chain, digests: readonly string[]): Promise<readonly TransactionView[]> => {
  const missing = digests.filter((digest) => !known.has(digest));
  for (let at = 0; at < missing.length; at += AT_ONCE)
    await Promise.all(
      missing
        .slice(at, at + AT_ONCE)
        .map(async (digest) => known.set(digest, await reads.getTransaction(atoma, { digest }))),
    );
  return digests.flatMap((digest) => known.get(digest) ?? []);
};

const sum = <Row>(rows: readonly Row[], of: (row: Row) => bigint): bigint =>
  rows.reduce((total, row) => total + of(row), 0n);

const readNow = async ({ reads, atoma }: Chain): Promise<Pick<MoneyHistory, 'now' | 'supply'>> => {
  const [config, nodes, stacks, disputes, supply] = await Promise.all([
    reads.getConfig(atoma),
    reads.listNodes(atoma),
    reads.listStacks(atoma),
    reads.listDisputes(atoma),
    reads.readTomaSupply(atoma),
  ]);
  const market = {
    stakes: sum(nodes, ({ stake }) => stake),
    earnings: sum(nodes, ({ earnings }) => earnings),
    escrow: sum(stacks, ({ escrow }) => escrow),
    bonds: sum(stacks, ({ bond }) => bond),
    challengers: sum(disputes, ({ bond }) => bond),
    pool: config.pool,
  };
  const minted = supply ?? 0n;
  return { now: { ...market, wallets: minted - sum(Object.values(market), (each) => each) }, supply: minted };
};

/** Reads it. */
export const readMoneyHistory = async (chain: Chain): Promise<MoneyHistory> => {
  const [market, coin, state] = await Promise.all([
    digestsOf(chain, 'market'),
    digestsOf(chain, 'toma'),
    readNow(chain),
  ]);
  if (!market || !coin) return { frames: [], ...state };
  const order = [...new Map([...coin, ...market])].sort(([, a], [, b]) => a - b).map(([digest]) => digest);
  const views = await viewsOf(chain, order);
  const { reads, atoma } = chain;
  return { frames: replayMoney(views, reads.tomaType(atoma.deployment)), ...state };
};
