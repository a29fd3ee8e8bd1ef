/** A wallet without money on the market of `atoma up` gets some from its faucets: nothing there is worth anything. */
import { faucet, getBalances } from '@atoma/sdk';
import type { Session } from '../chain/session.ts';
import { requestSui } from '../chain/sui-faucet.ts';
import type { Run } from '../kernel/command.ts';
import { upNetwork } from '../up/name.ts';

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
