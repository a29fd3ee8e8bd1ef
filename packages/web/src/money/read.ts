/** Reads the market's history of money, newest first, and what the chain's rows say of it now. */
import type { TransactionView } from '@atoma/sdk';
import type { PageProps } from '../pages/props.ts';
import { last } from '../stack/life.ts';
import { type Amounts, boughtBefore, type Frame, type Open, replayBack, replayMoney } from './flow.ts';
import { newestDigests } from './newest.ts';

type Chain = Pick<PageProps, 'reads' | 'atoma'>;

/** Transactions whose money is followed at first, and how many more each time somebody asks. */
export const FOLLOWED = 300;
const AT_ONCE = 12;

/** Money over time. */
export interface MoneyHistory {
  readonly frames: readonly Frame[];
  /** Whether there were transactions before these: then they are counted back from `now`, otherwise on from nothing. */
  readonly more: boolean;
  /** As the rows of the market are now; wallets are what is left of the supply. */
  readonly now: Amounts;
  readonly supply: bigint;
}

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
  const [config, nodes, locked, disputes, supply] = await Promise.all([
    reads.getConfig(atoma),
    reads.readNodeMoney(atoma),
    reads.readLockedMoney(atoma),
    reads.listDisputes(atoma),
    reads.readTomaSupply(atoma),
  ]);
  const market = {
    ...nodes,
    escrow: locked.escrow,
    bonds: locked.bonds,
    challengers: sum(disputes, ({ bond, evidence }) => bond + (evidence?.bond ?? 0n)),
    pool: config.pool,
  };
  const minted = supply ?? 0n;
  return { now: { ...market, wallets: minted - sum(Object.values(market), (each) => each) }, supply: minted };
};

/** By a transaction that names the stack: a ledger that goes back gives its number to another. */
const opened = new Map<string, Open>();

/** What lay in stacks before transactions that end them: from the purchases and disputes of their own histories. */
const openBefore = async (
  { reads, atoma }: Chain,
  views: readonly TransactionView[],
): Promise<ReadonlyMap<bigint, Open>> => {
  const stacks = boughtBefore(views);
  const missing = [...stacks].filter(([stack, digest]) => !opened.has(`${stack} ${digest}`));
  const read = async ([stackSmallId, digest]: readonly [bigint, string]): Promise<void> => {
    const history = await reads.getStackHistory(atoma, { stackSmallId });
    const events = history
      .flatMap((view) => view.events)
      .filter(({ data }) => (data as { readonly stackSmallId?: bigint }).stackSmallId === stackSmallId);
    const made = last(events, 'StackCreatedEvent');
    const challenger = last(events, 'StackAttestationDisputeEvent')?.bond ?? 0n;
    const shown = last(events, 'DisputeEvidenceEvent')?.bond ?? 0n;
    if (made) opened.set(`${stackSmallId} ${digest}`, { escrow: made.escrow, bond: made.bond, challenger, shown });
  };
  for (let at = 0; at < missing.length; at += AT_ONCE) await Promise.all(missing.slice(at, at + AT_ONCE).map(read));
  return new Map(
    [...stacks].flatMap(([stack, digest]) => {
      const open = opened.get(`${stack} ${digest}`);
      return open ? [[stack, open] as const] : [];
    }),
  );
};

/** Reads it: where money was after each of the newest `most` transactions. */
export const readMoneyHistory = async (chain: Chain, most: number): Promise<MoneyHistory> => {
  const [{ digests, more }, state] = await Promise.all([newestDigests(chain, most), readNow(chain)]);
  const views = await viewsOf(chain, digests);
  const coin = chain.reads.tomaType(chain.atoma.deployment);
  if (!more) return { frames: replayMoney(views, coin), more, ...state };
  const end = { amounts: state.now, supply: state.supply, stacks: await openBefore(chain, views) };
  return { frames: replayBack(views, coin, end), more, ...state };
};
