/** Where all TOMA lay after each transaction of the market, from wallets' changes and the market's events alone. Base units. */
import type { AtomaEvent, EventData, TransactionView } from '@atoma/sdk';

/** Where TOMA can lie, in the order people read it. */
export const places = ['wallets', 'stakes', 'escrow', 'bonds', 'challengers', 'earnings', 'pool'] as const;

/** One of {@link places}. */
export type Place = (typeof places)[number];

/** Amounts by place. */
export type Amounts = Readonly<Record<Place, bigint>>;

/** The market after a transaction. */
export interface Frame {
  readonly digest: string;
  readonly timestampMs: number | null;
  readonly epoch: bigint;
  readonly events: readonly AtomaEvent[];
  readonly amounts: Amounts;
  /** What the transaction moved. */
  readonly changes: Amounts;
  /** Minted so far. */
  readonly supply: bigint;
  /** Whether the places together are what was minted, and the transaction moved no more and no less than it minted. */
  readonly whole: boolean;
}

const nothing: Amounts = { wallets: 0n, stakes: 0n, escrow: 0n, bonds: 0n, challengers: 0n, earnings: 0n, pool: 0n };

/** Money of an open stack. */
export interface Open {
  readonly escrow: bigint;
  readonly bond: bigint;
  /** Of its dispute; 0 without one. */
  readonly challenger: bigint;
  /** What its owner paid for rows it added. */
  readonly shown?: bigint;
  /** The dispute is an audit: the pool put up what pays its jury. */
  readonly audited?: boolean;
}

type Change = Partial<Record<Place, bigint>>;

/** The outcome number of an acquittal. */
const ACQUITTED = 1;

const resolution = (event: EventData<'DisputeResolvedEvent'>, open: Open, toWallets: bigint): Change => {
  const { jurorPay, paidJurors, challengerBondReturned, challengerShare, joinedShare, nodeBondReturned } = event;
  const { outcome, poolAmount, fromPool, userRefundAmount, ownerBondReturned } = event;
  const putUp = open.challenger + (open.shown ?? 0n);
  const paid = jurorPay * BigInt(paidJurors.length);
  const fromStake = challengerBondReturned + challengerShare > 0n && toWallets === userRefundAmount + ownerBondReturned;
  const returned = fromStake ? challengerBondReturned : 0n;
  if (outcome === ACQUITTED) {
    // The event of the claim, before this one, told of escrow, bond, fee and surcharge.
    const lost = putUp - ownerBondReturned - challengerBondReturned + open.bond - nodeBondReturned;
    const left = lost + fromPool - paid;
    return {
      challengers: -putUp,
      stakes: nodeBondReturned - open.bond + returned,
      earnings: paid + (open.audited ? 0n : left),
      pool: (open.audited ? left : 0n) - fromPool,
    };
  }
  return {
    escrow: -open.escrow,
    bonds: -open.bond,
    challengers: -putUp,
    stakes: nodeBondReturned + returned,
    earnings: paid + joinedShare + (fromStake ? challengerShare : 0n),
    pool: poolAmount,
  };
};

/** What an event moves besides wallets. `toWallets`: what the whole transaction moved into them. */
const changeOf = (event: AtomaEvent, stacks: Map<bigint, Open>, toWallets: bigint): Change => {
  const open = (stack: bigint): Open => stacks.get(stack) ?? { escrow: 0n, bond: 0n, challenger: 0n };
  switch (event.kind) {
    case 'PoolDonatedEvent':
      return { pool: event.data.amount };
    case 'NodeRegisteredEvent':
      return { stakes: event.data.collateral };
    case 'NodeCollateralToppedUpEvent':
      return { stakes: event.data.amount };
    case 'NodeCollateralWithdrawnEvent':
      return { stakes: -event.data.amount };
    case 'NodeEarningsWithdrawnEvent':
      return { earnings: -event.data.earnings, pool: -event.data.credit };
    case 'NodeSlashedEvent':
      return { stakes: -event.data.amount, pool: event.data.amount };
    case 'NodeDestroyedEvent':
      return { stakes: -event.data.stake, earnings: -event.data.earnings, pool: -event.data.creditPaid };
    case 'StackCreatedEvent': {
      const { stackSmallId, escrow, bond } = event.data;
      stacks.set(stackSmallId, { escrow, bond, challenger: 0n });
      return { escrow, bonds: bond, stakes: -bond };
    }
    case 'StackReclaimedEvent': {
      const { escrow, bond } = open(event.data.stackSmallId);
      return { escrow: -escrow, bonds: -bond, stakes: event.data.bond };
    }
    case 'StackForfeitedEvent': {
      const { escrow, bond } = open(event.data.stackSmallId);
      return { escrow: -escrow, bonds: -bond, pool: event.data.bond };
    }
    case 'StackSettlementTicketClaimedEvent': {
      const { escrow, bond } = open(event.data.stackSmallId);
      return {
        escrow: -escrow,
        bonds: -bond,
        stakes: bond,
        earnings: event.data.nodeFee,
        pool: event.data.surcharge,
      };
    }
    case 'StackAttestationDisputeEvent': {
      const { stackSmallId, bond, challenger } = event.data;
      const audited = /^0x0*$/.test(challenger);
      stacks.set(stackSmallId, { ...open(stackSmallId), challenger: bond, audited });
      if (audited) return { challengers: bond, pool: -bond };
      return { challengers: bond, ...(toWallets === 0n ? { stakes: -bond } : {}) };
    }
    case 'DisputeEvidenceEvent': {
      const { stackSmallId, bond } = event.data;
      stacks.set(stackSmallId, { ...open(stackSmallId), shown: bond });
      return { challengers: bond };
    }
    case 'DisputeResolvedEvent':
      return resolution(event.data, open(event.data.stackSmallId), toWallets);
    default:
      return {};
  }
};

/** Fees that a claim paid out at once: what it moved into wallets beyond the refunds, and what a dispute gave back to its owner. They were no earnings for a moment. */
const paidAtOnce = (events: readonly AtomaEvent[], toWallets: bigint): bigint => {
  const claims = events.filter((event) => event.kind === 'StackSettlementTicketClaimedEvent');
  if (claims.length === 0) return 0n;
  const repaid = events.reduce(
    (sum, { kind, data }) => (kind === 'DisputeResolvedEvent' ? sum + data.ownerBondReturned : sum),
    0n,
  );
  return claims.reduce((rest, { data }) => rest - data.userRefundAmount, toWallets - repaid);
};

const plus = (a: Amounts, b: Change): Amounts =>
  Object.fromEntries(places.map((place) => [place, a[place] + (b[place] ?? 0n)])) as unknown as Amounts;

const minus = (a: Amounts, b: Amounts): Amounts =>
  Object.fromEntries(places.map((place) => [place, a[place] - b[place]])) as unknown as Amounts;

const sum = (amounts: Amounts): bigint => places.reduce((total, place) => total + amounts[place], 0n);

/** What was there before the first transaction that is played. */
export interface Beginning {
  readonly amounts: Amounts;
  readonly supply: bigint;
  /** Stacks that were open. */
  readonly stacks: ReadonlyMap<bigint, Open>;
}

/** The market before anything happened. */
export const genesis: Beginning = { amounts: nothing, supply: 0n, stacks: new Map() };

/** Plays transactions, oldest first. `coinType` is TOMA's. */
export const replayMoney = (
  history: readonly TransactionView[],
  coinType: string,
  from: Beginning = genesis,
): readonly Frame[] => {
  const stacks = new Map(from.stacks);
  let { amounts, supply } = from;
  return history.map(({ digest, timestampMs, epoch, events, balanceChanges }) => {
    const wallets = balanceChanges
      .filter((change) => change.coinType === coinType)
      .reduce((total, { amount }) => total + amount, 0n);
    const before = supply;
    let changes = plus(nothing, { wallets, earnings: -paidAtOnce(events, wallets) });
    for (const event of events) {
      if (event.kind === 'FaucetEvent') supply += event.data.amount;
      changes = plus(changes, changeOf(event, stacks, wallets));
    }
    amounts = plus(amounts, changes);
    const whole = sum(amounts) === supply && sum(changes) === supply - before;
    return { digest, timestampMs, epoch, events, amounts, changes, supply, whole };
  });
};

/** Stacks that these transactions tell of, but that were bought before them, each with the first of these that names it. */
export const boughtBefore = (history: readonly TransactionView[]): ReadonlyMap<bigint, string> => {
  const [made, met] = [new Set<bigint>(), new Map<bigint, string>()];
  for (const { digest, events } of history)
    for (const { kind, data } of events) {
      const { stackSmallId } = data as { readonly stackSmallId?: bigint };
      if (stackSmallId === undefined) continue;
      if (kind === 'StackCreatedEvent') made.add(stackSmallId);
      else if (!made.has(stackSmallId) && !met.has(stackSmallId)) met.set(stackSmallId, digest);
    }
  return met;
};

/** Plays the last transactions of a longer history, counted back from where its money is after them. */
export const replayBack = (history: readonly TransactionView[], coinType: string, end: Beginning): readonly Frame[] => {
  const { stacks } = end;
  const last = replayMoney(history, coinType, { ...genesis, stacks }).at(-1);
  if (!last) return [];
  const amounts = minus(end.amounts, last.amounts);
  return replayMoney(history, coinType, { amounts, supply: end.supply - last.supply, stacks });
};
