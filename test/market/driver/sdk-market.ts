/** A market driven through the SDK, with books that tell what a scenario moved, and where to. */
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { expect } from 'vitest';
import { restoreCheckpoint, takeSnapshot } from '../../../packages/localnet/src/index.ts';
import {
  type Atoma,
  createTask,
  executedResult,
  faucet,
  getBalances,
  getConfig,
  listDisputes,
  listNodes,
  listStacks,
  registerNode,
  setConfig,
  subscribeNodeToTask,
  topUpCollateral,
  type WriteOutcome,
} from '../../../packages/sdk/src/index.ts';
import { openTestMarket, type TestMarket } from '../../../packages/sdk/src/testing/market.ts';
import { accountOf } from './accounts.ts';

export const TOMA = 1_000_000_000n;
/** P and N of every purchase. */
export const PRICE = 100n;
export const UNITS = 1_000_000n;

/** Small ids of the three tasks: without security, sampled, and sampled with only two nodes. */
export const PLAIN = 1n;
export const SAMPLED = 2n;
export const TINY = 3n;

/** Node i belongs to `nodes[i - 1]`. */
export interface SdkMarket {
  readonly market: TestMarket;
  readonly buyer: Atoma;
  readonly challenger: Atoma;
  readonly nodes: readonly Atoma[];
  readonly start: number;
}

/** The result of a write that must succeed. */
export const done = async <Result>(outcome: Promise<WriteOutcome<Result>>): Promise<Result> =>
  executedResult(await outcome);

export const actorOf = ({ nodes }: SdkMarket, node: bigint): Atoma => nodes[Number(node) - 1] as Atoma;

/** Eight nodes with 100 TOMA each; every level-1 settlement has to be attested (surcharge 100% to pay for it). */
export const openSdkMarket = async (seed: string): Promise<SdkMarket> => {
  const market = await openTestMarket(seed);
  const actor = (name: string): Atoma => market.actor(Ed25519Keypair.fromSecretKey(accountOf(name).secret));
  const [buyer, challenger] = [actor('buyer'), actor('challenger')];
  const nodes = Array.from({ length: 8 }, (_, i) => actor(`node ${i + 1}`));
  await done(setConfig(market.publisher, { name: 'attestationProbability', value: 1_000_000_000_000 }));
  for (const securityLevel of [0, 1, 1]) await done(createTask(market.publisher, { role: 0, securityLevel }));
  for (const rich of [buyer, challenger]) await done(faucet(rich, { amount: 100n * TOMA }));
  for (const [i, node] of nodes.entries()) await join(node, i < 2 ? [PLAIN, SAMPLED, TINY] : [PLAIN, SAMPLED]);
  return { market, buyer, challenger, nodes, start: takeSnapshot(market.ledger) };
};

const join = async (node: Atoma, tasks: readonly bigint[]): Promise<void> => {
  await done(faucet(node, { amount: 120n * TOMA }));
  await done(registerNode(node, {}));
  await done(topUpCollateral(node, { amount: 90n * TOMA }));
  for (const taskSmallId of tasks)
    await done(subscribeNodeToTask(node, { taskSmallId, pricePerComputeUnit: PRICE, maxNumComputeUnits: 10n * UNITS }));
};

export const backToStart = ({ market, start }: SdkMarket): void => restoreCheckpoint(market.ledger, start);

/** Every place money can be in, and each node's credit and reputation. */
export type Books = Readonly<Record<string, bigint>>;

export const booksOf = async (m: SdkMarket): Promise<Books> => {
  const { publisher } = m.market;
  const people = [
    ['buyer', m.buyer],
    ['challenger', m.challenger],
    ['publisher', publisher],
  ] as const;
  const owners = m.nodes.map((node, i) => [`node ${i + 1}`, node] as const);
  const books: Record<string, bigint> = { pool: (await getConfig(publisher)).pool };
  for (const [name, atoma] of [...people, ...owners]) books[`${name} wallet`] = (await getBalances(atoma)).toma;
  for (const node of await listNodes(publisher)) {
    books[`node ${node.nodeSmallId} stake`] = node.stake;
    books[`node ${node.nodeSmallId} earnings`] = node.earnings;
    books[`node ${node.nodeSmallId} credit`] = node.credit;
    books[`node ${node.nodeSmallId} reputation`] = BigInt(node.reputation);
  }
  const stacks = await listStacks(publisher);
  const disputes = await listDisputes(publisher);
  books['open stacks'] = stacks.reduce((sum, stack) => sum + stack.escrow + stack.bond, 0n);
  books['open disputes'] = disputes.reduce((sum, { bond, evidence }) => sum + bond + (evidence?.bond ?? 0n), 0n);
  return books;
};

const isMoney = (name: string): boolean => !/ (credit|reputation)$/.test(name);

/** What changed, by name; the money among it adds up to nothing. */
export const changesBetween = (before: Books, after: Books): Books => {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changes = names.flatMap((name) => {
    const change = (after[name] ?? 0n) - (before[name] ?? 0n);
    return change === 0n ? [] : [[name, change] as const];
  });
  expect(changes.filter(([name]) => isMoney(name)).reduce((sum, [, change]) => sum + change, 0n)).toBe(0n);
  return Object.fromEntries(changes);
};
