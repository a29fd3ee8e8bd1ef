/** The whole of TOMA seen from some addresses, compared with the coin's supply. */
import { bcs } from '@mysten/bcs';
import { type Atoma, requireSender } from '../context/atoma.ts';
import type { AtomaEvent } from '../events/decode.ts';
import { listAllEvents } from '../events/list.ts';
import { reach } from '../failures/network.ts';
import { Faucet } from '../generated/bindings/toma/toma.ts';
import { address as addressType, u64 } from '../internal/move-types.ts';
import { parseObjectId } from '../values/ids.ts';
import { listNodeBadges } from './badges.ts';
import { getBalances } from './balances.ts';
import { getConfig } from './config.ts';
import { getEpoch } from './epoch.ts';
import { type MoneyLine, marketLines, type NextWrite, type NodeHolder, readMarketRows } from './money.ts';

/** The money of one address. Amounts in base units of TOMA unless said. */
export interface AddressMoney {
  readonly address: string;
  /** Everything of it: the sum of its lines. */
  readonly toma: bigint;
  /** MIST in the wallet. */
  readonly sui: bigint;
  readonly lines: readonly MoneyLine[];
  /** What the pool owes its nodes; no part of `toma`, for it still lies in the pool. */
  readonly credits: readonly {
    readonly nodeSmallId: bigint;
    readonly owed: bigint;
    /** As far as the pool has money now. */
    readonly payable: bigint;
    /** The write that takes it. */
    readonly next: NextWrite;
  }[];
  /** What its nodes lost so far: slashes and forfeited bonds; gone, no part of `toma`. Null when history was not read. */
  readonly slashed: bigint | null;
}

/** The whole of TOMA. Base units. */
export interface MoneyReport {
  readonly epoch: bigint;
  readonly addresses: readonly AddressMoney[];
  readonly pool: bigint;
  /** Surcharges of settled stacks that go to the pool when they are claimed. */
  readonly poolPending: bigint;
  /** What lies in the market for others. */
  readonly othersInMarket: bigint;
  /** Wallets of others that ever took part, and how many they are; null when history was not read. */
  readonly othersInWallets: bigint | null;
  readonly othersCount: number | null;
  /** Sum of everything above. */
  readonly accounted: bigint;
  /** What was minted and not burned; null when the treasury cap cannot be read. */
  readonly supply: bigint | null;
  /** `supply - accounted`: 0 when every unit was found. Null when the supply or the history was not read. */
  readonly missing: bigint | null;
}

/** Whose money {@link getMoney} tells. */
export interface MoneyParameters {
  /** Default: the sender. */
  readonly addresses?: readonly string[];
  /** Read the whole history, for slashes and for the wallets of others. Default true. */
  readonly history?: boolean;
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

const TreasuryCap = bcs.struct('TreasuryCap', { id: addressType, totalSupply: u64 });

/** What was minted and not burned: from the treasury cap, wherever it lies; null when it cannot be read. Base units. */
export const readTomaSupply = async (atoma: Atoma): Promise<bigint | null> => {
  const { faucetId, treasuryCapId, network } = atoma.deployment;
  const read = async (id: string): Promise<Uint8Array | null> => {
    const call = atoma.client.getObjects({ objectIds: [id], include: { content: true } });
    const [object] = (await reach(network, call)).objects;
    return !object || object instanceof Error ? null : object.content;
  };
  const faucet = faucetId === null ? null : await read(faucetId);
  const inFaucet = faucet && Faucet.parse(faucet).cap;
  if (inFaucet) return inFaucet.totalSupply;
  const cap = treasuryCapId === null ? null : await read(treasuryCapId);
  return cap && TreasuryCap.parse(cap).totalSupply;
};

const personFields = ['owner', 'recipient', 'challenger', 'donor'] as const;

/** Everyone an event names or was sent by. */
const peopleOf = (event: AtomaEvent): readonly string[] => {
  const data = event.data as Readonly<Record<string, unknown>>;
  return [event.sender, ...personFields.map((field) => data[field])].filter(
    (value): value is string => typeof value === 'string' && value.startsWith('0x'),
  );
};

/** What each node lost so far: slashes of its stake, and bonds that did not come back. Base units. */
export const lossesOf = (events: readonly AtomaEvent[]): ReadonlyMap<bigint, bigint> => {
  const lost = new Map<bigint, bigint>();
  const bonds = new Map<bigint, bigint>();
  const add = (node: bigint, amount: bigint): void => void lost.set(node, (lost.get(node) ?? 0n) + amount);
  for (const event of events) {
    if (event.kind === 'StackCreatedEvent') bonds.set(event.data.stackSmallId, event.data.bond);
    else if (event.kind === 'NodeSlashedEvent') add(event.data.nodeSmallId, event.data.amount);
    else if (event.kind === 'StackForfeitedEvent') add(event.data.selectedNodeId, event.data.bond);
    else if (event.kind === 'DisputeResolvedEvent')
      add(event.data.selectedNodeId, (bonds.get(event.data.stackSmallId) ?? 0n) - event.data.nodeBondReturned);
  }
  return lost;
};

interface History {
  readonly losses: ReadonlyMap<bigint, bigint>;
  readonly people: ReadonlySet<string>;
}

const readHistory = async (atoma: Atoma): Promise<History> => {
  const hasCoin = atoma.deployment.tomaOriginalPackageId !== null;
  const [market, coin] = await Promise.all([
    listAllEvents(atoma),
    hasCoin ? listAllEvents(atoma, { from: 'toma' }) : [],
  ]);
  return { losses: lossesOf(market), people: new Set([...market, ...coin].flatMap(peopleOf).map(parseObjectId)) };
};

/** The holder of each node's badge among `addresses`; of other nodes the recorded owner, unless that is one of them. */
const holdersOf = async (
  atoma: Atoma,
  addresses: readonly string[],
  owners: ReadonlyMap<bigint, string>,
): Promise<NodeHolder> => {
  const held = new Map<bigint, string>();
  for (const owner of addresses)
    for (const badge of await listNodeBadges(atoma, { owner })) held.set(badge.smallId, owner);
  return (node) => {
    const holder = held.get(node);
    const owner = owners.get(node) ?? 'unknown';
    return holder ?? (addresses.includes(owner) ? 'unknown' : owner);
  };
};

/** Where the TOMA of some addresses lies, when each part becomes free and by which write; and whether all of TOMA was found. */
export const getMoney = async (atoma: Atoma, parameters: MoneyParameters = {}): Promise<MoneyReport> => {
  const wanted = parameters.addresses ?? [requireSender(atoma)];
  const addresses = [...new Set(wanted.map(parseObjectId))];
  const [{ epoch }, config, supply] = await Promise.all([getEpoch(atoma), getConfig(atoma), readTomaSupply(atoma)]);
  const rows = await readMarketRows(atoma, {
    epoch,
    collateral: config.registrationCollateral,
    exitDelay: config.exitDelay,
  });
  const holder = await holdersOf(atoma, addresses, new Map(rows.nodes.map((node) => [node.nodeSmallId, node.owner])));
  const lines = marketLines(rows, holder);
  const history = parameters.history === false ? null : await readHistory(atoma);
  const own = await Promise.all(
    addresses.map(async (address): Promise<AddressMoney> => {
      const { toma, sui } = await getBalances(atoma, { owner: address });
      const nodes = rows.nodes.filter((node) => holder(node.nodeSmallId) === address);
      const wallet: MoneyLine = {
        kind: 'wallet',
        address,
        amount: toma,
        stackSmallId: null,
        nodeSmallId: null,
        fromEpoch: null,
        next: null,
        what: 'free to spend',
      };
      const mine = [...(toma === 0n ? [] : [wallet]), ...lines.filter((line) => line.address === address)];
      return {
        address,
        toma: sum(mine.map((line) => line.amount)),
        sui,
        lines: mine,
        credits: nodes
          .filter((node) => node.credit > 0n)
          .map(({ nodeSmallId, credit }) => ({
            nodeSmallId,
            owed: credit,
            payable: credit < config.pool ? credit : config.pool,
            next: { write: 'withdrawEarnings', nodeSmallId },
          })),
        slashed: history && sum(nodes.map((node) => history.losses.get(node.nodeSmallId) ?? 0n)),
      };
    }),
  );
  const others = history && [...history.people].filter((address) => !addresses.includes(address));
  const wallets =
    others && (await Promise.all(others.map(async (owner) => (await getBalances(atoma, { owner })).toma)));
  const othersInWallets = wallets && sum(wallets);
  const poolPending = sum(lines.filter((line) => line.address === null).map((line) => line.amount));
  const othersInMarket = sum(
    lines.filter(({ address }) => address !== null && !addresses.includes(address)).map((line) => line.amount),
  );
  const accounted =
    sum(own.map((one) => one.toma)) + config.pool + poolPending + othersInMarket + (othersInWallets ?? 0n);
  return {
    epoch,
    addresses: own,
    pool: config.pool,
    poolPending,
    othersInMarket,
    othersInWallets,
    othersCount: others === null ? null : others.length,
    accounted,
    supply,
    missing: supply === null || othersInWallets === null ? null : supply - accounted,
  };
};
