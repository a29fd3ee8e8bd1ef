import * as sdk from '@atoma/sdk';
import { formatAmount } from '@atoma/sdk';
import { given } from '../chain/given.ts';
import { perform } from '../chain/perform.ts';
import type { Handler } from '../kernel/command.ts';
import type * as specs from './flags.ts';

/** `atoma toma faucet` */
export const faucet: Handler<typeof specs.faucetFlags> = (run, { amount }) =>
  perform(
    run,
    sdk.faucet,
    { amount },
    {
      headline: (coin) => `${formatAmount(coin.amount)} received`,
      rows: ({ coinId }) => (coinId === null ? [] : [['coin', coinId]]),
    },
  );

/** `atoma toma enable-faucet` */
export const enableFaucet: Handler<typeof specs.faucetSwitchFlags> = (run, { treasuryCap }) =>
  perform(run, sdk.enableFaucet, given({ treasuryCapId: treasuryCap }), { headline: () => 'the TOMA faucet is on' });

/** `atoma toma disable-faucet` */
export const disableFaucet: Handler<typeof specs.faucetSwitchFlags> = (run) =>
  perform(run, sdk.disableFaucet, {}, { headline: () => 'the TOMA faucet is off' });
