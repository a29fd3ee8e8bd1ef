/** The people of a random scenario, what they remember off chain, and the market they start from. */
import { type Account, accountOf } from '../driver/accounts.ts';
import { type Chain, fund } from '../driver/chain.ts';
import { type History, historyOf } from '../driver/commitments.ts';
import * as op from '../driver/operations.ts';
import { randomOf } from './random.ts';

export const TOMA = 1_000_000_000n;

/** A vote as its juror has to remember it. */
export interface Vote {
  readonly history: History;
  readonly salt: Uint8Array;
}

/** Everything a scenario acts on. */
export interface World {
  readonly chain: Chain;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly buyers: readonly Account[];
  readonly owners: readonly Account[];
  readonly outsider: Account;
  /** What each settled node committed to. */
  readonly committed: Map<number, History>;
  /** By `stack/juror`. */
  readonly votes: Map<string, Vote>;
  /** Disputed stacks whose owners did not start the dispute and have not been heard in it. */
  readonly unheard: Set<number>;
}

const people = (name: string, count: number): Account[] =>
  Array.from({ length: count }, (_, i) => accountOf(`${name}${i + 1}`));

export const newWorld = (chain: Chain): World => {
  const [buyers, owners, outsider] = [people('buyer', 3), people('owner', 6), accountOf('outsider')];
  const everyone = [chain.manager, ...buyers, ...owners, outsider];
  return {
    chain,
    accounts: new Map(everyone.map((account) => [account.address, account])),
    buyers,
    owners,
    outsider,
    committed: new Map(),
    votes: new Map(),
    unheard: new Set(),
  };
};

/** The same people with nothing remembered. */
export const afresh = (world: World): World => ({
  ...world,
  committed: new Map(),
  votes: new Map(),
  unheard: new Set(),
});

/** What truly was served on a stack of `units`: some number of them, at least one. */
export const truthOf = (stack: number, units: bigint): History => {
  const share = BigInt(1 + randomOf(stack).below(1_000));
  const served = (units * share) / 1_000n;
  return historyOf(`of stack ${stack}`, served > 0n ? served : 1n);
};

export const lieOf = (stack: number, units: bigint): History => historyOf(`invented for stack ${stack}`, units);

export const accountAt = (world: World, address: string): Account | undefined => world.accounts.get(address);

const HASH = new Uint8Array(32).fill(7);

/** Money for everybody, a task of each level, eight nodes of six owners with offers at several prices. */
export const beginning = (world: World): op.Operation[] => {
  const { chain, owners } = world;
  const everyone = [...world.accounts.values()];
  fund(chain, ...everyone.filter((account) => account !== chain.manager));
  const nodes = [...owners, owners[0] as Account, owners[1] as Account];
  return [
    ...everyone.map((account) => op.faucet(account, 1_000n * TOMA)),
    ...[0, 1, 2].map((level) => op.createTask(chain.manager, level, level, 0)),
    op.createTask(chain.manager, 3, 1, 50), // a convicted node may not serve it
    ...nodes.flatMap((owner, i) => offersOf(owner, i + 1)),
    op.donate(world.outsider, TOMA),
  ];
};

const offersOf = (owner: Account, node: number): op.Operation[] => {
  const price = BigInt(60 + 20 * (node % 4));
  return [
    op.registerNode(owner),
    op.topUp(owner, node, 40n * TOMA),
    op.subscribe(owner, node, 2, price, 5_000_000n),
    op.subscribe(owner, node, 4, price, 5_000_000n),
    ...(node % 2 === 0 ? [op.subscribe(owner, node, 1, price, 5_000_000n)] : []),
    ...(node % 3 === 0 ? [op.setKey(owner, node, HASH), op.subscribe(owner, node, 3, price, 5_000_000n)] : []),
  ];
};

/** Parameters of an episode, applied first: from the defaults to all settlements attested by four. */
export const VARIANTS: readonly (readonly (readonly [string, number])[])[] = [
  [],
  [
    ['attesters', 2],
    ['attestation_probability', 1_000_000_000_000],
    ['jurors', 3],
  ],
  [
    ['attestation_probability', 500],
    ['jurors', 3],
    ['stack_life', 5],
  ],
  [
    ['attesters', 4],
    ['attestation_probability', 1_000_000_000_000],
    ['window', 3],
    ['exit_delay', 9],
  ],
  [
    ['attestation_probability', 1_000_000_000_000],
    ['sampled_bond', 15_000],
    ['dispute_bond', 5_000],
    ['juror_pay', 900],
    ['attester_pay', 900],
    ['minimum_dispute_bond', 1_000_000_000],
    ['challenger_share', 500],
  ],
  [
    ['registration_collateral', 1],
    ['attestation_probability', 1_000_000_000_000],
    ['jurors', 3],
  ],
];
