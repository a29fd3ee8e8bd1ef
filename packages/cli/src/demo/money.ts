import { getBalances, getConfig, listDisputes, listNodes, listStacks } from '@atoma/sdk';
import { type Person, people, type Stage } from './stage.ts';

/** Who or what holds how much TOMA, base units. */
export interface Holder {
  readonly holder: string;
  readonly toma: bigint;
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, one) => total + one, 0n);

/** TOMA of everything there is on the stage: wallets, stakes, earnings, open stacks, disputes, pool. */
export const holdersOf = async (stage: Stage, nodes: ReadonlyMap<bigint, Person>): Promise<readonly Holder[]> => {
  const reader = stage.atoma.buyer;
  const wallets = await Promise.all(people.map((person) => getBalances(stage.atoma[person])));
  const [rows, stacks, disputes, config] = await Promise.all([
    listNodes(reader),
    listStacks(reader),
    listDisputes(reader),
    getConfig(reader),
  ]);
  return [
    ...people.map((person, at) => ({ holder: `${person}, wallet`, toma: wallets[at]?.toma ?? 0n })),
    ...rows.map((node) => ({
      holder: `${nodes.get(node.nodeSmallId) ?? 'another operator'}, stake and earnings of node ${node.nodeSmallId}`,
      toma: node.stake + node.earnings,
    })),
    { holder: 'open stacks (escrow and bond)', toma: sum(stacks.map((stack) => stack.escrow + stack.bond)) },
    { holder: 'open disputes', toma: sum(disputes.map((dispute) => dispute.bond)) },
    { holder: 'pool that pays attesters', toma: config.pool },
  ];
};

/** Sum over all holders. */
export const accounted = (holders: readonly Holder[]): bigint => sum(holders.map((one) => one.toma));
