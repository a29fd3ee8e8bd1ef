import { array, record, text } from '@atoma/sdk';
import { cliError } from '../kernel/cli-errors.ts';
import { askJson, type JsonAnswer, type Place } from './ask-json.ts';
import type { Chain } from './chain.ts';

/** What a faucet gave; null where it does not say. */
export interface FaucetGift {
  /** MIST. */
  readonly amount: bigint | null;
  readonly digest: string | null;
}

/** How long a faucet may take, ms: public ones answer when the coins are there. */
const FAUCET_MS = 25_000;

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
  return askFaucet({ network: chain.network.name, url: new URL('/v2/gas', faucetHost(chain)).href }, address);
};

const isGift = ({ status }: JsonAnswer['body']): boolean => status === 'Success';

const refusalOf = ({ status, body }: JsonAnswer): string => {
  const told = text(record(record(body.status).Failure).internal);
  if (told !== '') return told;
  return status === 429 ? 'too many have asked' : `what answers is no faucet of Sui (HTTP ${status})`;
};

/** Asks in the form of Sui's faucets. The SDK's own call has no time limit, and takes other answers for a fault of its caller. */
const askFaucet = async (place: Place, recipient: string): Promise<FaucetGift> => {
  const answer = await askJson(place, { FixedAmountRequest: { recipient } }, FAUCET_MS);
  if (!isGift(answer.body)) throw cliError('FAUCET_REFUSED', { url: place.url, why: refusalOf(answer) });
  const coins = array(answer.body.coins_sent).map(record);
  const amounts = coins.flatMap(({ amount }) => (/^\d+$/.test(String(amount)) ? [BigInt(String(amount))] : []));
  const digest = text(coins[0]?.transferTxDigest);
  return {
    amount: amounts.length === 0 ? null : amounts.reduce((sum, amount) => sum + amount, 0n),
    digest: digest === '' ? null : digest,
  };
};
