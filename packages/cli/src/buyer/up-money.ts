/** Who pays on the market of `atoma up`: its own wallet, or one's own, filled from its faucets where it is empty: nothing there is worth anything. */
import { faucet, getBalances } from '@atoma/sdk';
import { openSession, type Session } from '../chain/session.ts';
import { requestSui } from '../chain/sui-faucet.ts';
import type { Run } from '../kernel/command.ts';
import { upNetwork } from '../up/name.ts';
import { answeringUp } from '../up/running-market.ts';
import { spendingFlags } from './flags.ts';
import type { SpendingValues } from './open-buyer.ts';

/** Base units: 100 TOMA. */
const GIFT = 100_000_000_000n;

/** Fills an empty wallet where the market is `up`'s; does nothing elsewhere. */
export const fillOnUp = async (run: Run, { chain, atoma }: Session): Promise<void> => {
  if (chain.network.name !== upNetwork || atoma.sender === null) return;
  const { toma, sui } = await getBalances(atoma);
  if (sui === 0n) await requestSui(chain, atoma.sender, undefined);
  if (toma > 0n) return;
  const taken = await faucet(atoma, { amount: GIFT });
  if (taken.kind === 'executed') run.note('this wallet was empty: 100 TOMA taken from the faucet of `up`');
};

/**
 * The endpoint of the running market, where it is of use: on `up`, when the wallet here is empty, and neither a wallet nor anything
 * about what is bought was named, since the market's wallet buys by rules of its own.
 */
export const upEndpoint = async (
  run: Run,
  flags: Partial<SpendingValues>,
): Promise<{ readonly baseUrl: string; readonly key: string } | undefined> => {
  const { settings, common } = run;
  const asked = Object.keys(spendingFlags).map((name) => flags[name as keyof SpendingValues]);
  const own = [settings.get('wallet').value, settings.get('walletPath').value, common.maxCost];
  if (settings.network.value !== upNetwork || [...asked, ...own].some((each) => each !== undefined && each !== false))
    return undefined;
  const up = await answeringUp(settings);
  if (!up) return undefined;
  const { atoma } = await openSession(run, 'reading');
  const { toma } = atoma.sender === null ? { toma: 0n } : await getBalances(atoma);
  return toma > 0n ? undefined : { baseUrl: up.base_url, key: up.key };
};
