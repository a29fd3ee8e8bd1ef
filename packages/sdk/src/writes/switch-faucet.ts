import * as toma from '../generated/bindings/toma/toma.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import { selectTreasuryCap } from '../internal/select-badge.ts';
import { coin } from '../internal/target.ts';

/** What {@link enableFaucet} takes. */
export interface EnableFaucetParameters {
  /** TOMA's treasury cap; default: the deployment's. */
  readonly treasuryCapId?: string;
}

/** How the faucet stands afterwards. */
export interface SwitchFaucetResult {
  readonly enabled: boolean;
}

/** Turns the TOMA faucet on: the treasury cap moves into it. */
export const enableFaucet = defineWrite<EnableFaucetParameters, SwitchFaucetResult>({
  label: 'toma enable-faucet',
  build: async (atoma, tx, { treasuryCapId }) => {
    tx.add(toma.enableFaucet(...coin(atoma), selectTreasuryCap(atoma, treasuryCapId)));
  },
  parse: (ran, atoma) => ({ enabled: theOnly(ran, atoma, 'FaucetSwitchedEvent', 'toma enable-faucet').enabled }),
});

/** Turns the TOMA faucet off: the treasury cap returns to whoever turned it on. */
export const disableFaucet = defineWrite<Record<string, never>, SwitchFaucetResult>({
  label: 'toma disable-faucet',
  build: async (atoma, tx) => {
    tx.add(toma.disableFaucet(...coin(atoma)));
  },
  parse: (ran, atoma) => ({ enabled: theOnly(ran, atoma, 'FaucetSwitchedEvent', 'toma disable-faucet').enabled }),
});
