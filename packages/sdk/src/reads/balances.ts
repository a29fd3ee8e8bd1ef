import { type Atoma, requireSender } from '../context/atoma.ts';
import { tomaType } from '../deployment/record.ts';
import { reach } from '../failures/network.ts';

/** What an address holds. */
export interface Balances {
  readonly owner: string;
  /** Base units. */
  readonly toma: bigint;
  /** MIST. */
  readonly sui: bigint;
}

/** TOMA and SUI of an address; the sender's by default. */
export const getBalances = async (atoma: Atoma, parameters: { readonly owner?: string } = {}): Promise<Balances> => {
  const owner = parameters.owner ?? requireSender(atoma);
  const { client, deployment } = atoma;
  const [toma, sui] = await reach(
    deployment.network,
    Promise.all([client.getBalance({ owner, coinType: tomaType(deployment) }), client.getBalance({ owner })]),
  );
  return { owner, toma: BigInt(toma.balance.balance), sui: BigInt(sui.balance.balance) };
};
