import { cliError } from '../kernel/errors.ts';
import type { Chain } from './chain.ts';

/** What a faucet gave; null where it does not say. */
export interface FaucetGift {
  /** MIST. */
  readonly amount: bigint | null;
  readonly digest: string | null;
}

/** MIST a local ledger gives when no amount is named: 100 SUI. */
const localGift = 100_000_000_000n;

const faucetHost = (chain: Chain): string => {
  if (chain.network.kind !== 'public') return chain.url;
  if (chain.network.name === 'devnet' || chain.network.name === 'testnet')
    return `https://faucet.${chain.network.name}.sui.io`;
  throw cliError('NOT_ON_THIS_NETWORK', {
    command: 'wallet faucet',
    network: chain.network.name,
    why: 'it has no faucet.',
  });
};

/** Asks the network's faucet for SUI. On the ledger inside this process the treasury pays, any amount. */
export const requestSui = async (chain: Chain, address: string, amount: bigint | undefined): Promise<FaucetGift> => {
  if (chain.ledger) {
    const { fundAddress } = await import('./ledger-functions.ts');
    const gift = amount ?? localGift;
    return { amount: gift, digest: fundAddress(chain.ledger, address.slice(2), gift) };
  }
  const { requestSuiFromFaucetV2 } = await import('@mysten/sui/faucet');
  const reply = await requestSuiFromFaucetV2({ host: faucetHost(chain), recipient: address });
  const coins = reply.coins_sent ?? [];
  const sum = coins.reduce((total, coin) => total + BigInt(coin.amount), 0n);
  return { amount: coins.length === 0 ? null : sum, digest: coins[0]?.transferTxDigest ?? null };
};
