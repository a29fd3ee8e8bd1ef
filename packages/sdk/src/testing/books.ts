/** The market's books, for tests: every base unit of TOMA that exists, wherever it is. */

import type { Atoma } from '../context/atoma.ts';
import { getBalances } from '../reads/balances.ts';
import { getConfig } from '../reads/config.ts';
import { listDisputes } from '../reads/disputes.ts';
import { listNodes } from '../reads/nodes.ts';
import { listStacks } from '../reads/stacks.ts';

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** Base units in the market: stakes, earnings, escrows, bonds, what disputes hold, and the pool. */
export const marketFunds = async (atoma: Atoma): Promise<bigint> => {
  const [config, nodes, stacks, disputes] = await Promise.all([
    getConfig(atoma),
    listNodes(atoma),
    listStacks(atoma),
    listDisputes(atoma),
  ]);
  return (
    config.pool +
    sum(nodes.map(({ stake, earnings }) => stake + earnings)) +
    sum(stacks.map(({ escrow, bond }) => escrow + bond)) +
    sum(disputes.map(({ bond, evidence }) => bond + (evidence?.bond ?? 0n)))
  );
};

/** Base units in the market and in the wallets of these actors. */
export const allFunds = async (actors: readonly Atoma[]): Promise<bigint> => {
  const [first] = actors as readonly [Atoma];
  const wallets = await Promise.all(actors.map(async (actor) => (await getBalances(actor)).toma));
  return (await marketFunds(first)) + sum(wallets);
};

/** What was ever minted: the total supply in the treasury cap, which lies in the faucet while that is on. */
export const mintedFunds = async (atoma: Atoma): Promise<bigint> => {
  const { Faucet } = await import('../generated/bindings/toma/toma.ts');
  const { client, deployment } = atoma;
  const { object } = await client.getObject({ objectId: deployment.faucetId ?? '', include: { content: true } });
  const supply = Faucet.parse(object.content).cap?.totalSupply;
  return supply ?? -1n; // never equal to anything when the faucet is off
};
