import { normalizeStructTag } from '@mysten/sui/utils';
import { createdOfType } from '../deployment/publish.ts';
import { tomaType } from '../deployment/record.ts';
import * as toma from '../generated/bindings/toma/toma.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly, whole } from '../internal/results.ts';
import { coin } from '../internal/target.ts';
import type { AmountInput } from '../values/amounts.ts';

/** What {@link faucet} takes. */
export interface FaucetParameters {
  /** Base units of TOMA; at most 1,000 TOMA a call, and an address and epoch. */
  readonly amount: AmountInput;
}

/** What {@link faucet} gave. */
export interface FaucetResult {
  readonly amount: bigint;
  /** The new coin. */
  readonly coinId: string | null;
}

const LABEL = 'toma faucet';

/** Mints test TOMA to the sender. */
export const faucet = defineWrite<FaucetParameters, FaucetResult>({
  label: LABEL,
  build: async (atoma, tx, { amount }) => {
    tx.add(toma.faucet(...coin(atoma), whole(amount, 'The amount')));
  },
  parse: (ran, atoma) => {
    const coinType = normalizeStructTag(`0x2::coin::Coin<${tomaType(atoma.deployment)}>`);
    const coinId = createdOfType(ran, (type) => type === coinType);
    return { amount: theOnly(ran, atoma, 'FaucetEvent', LABEL).amount, coinId };
  },
});
