import * as db from '../generated/bindings/atoma/db.ts';
import { tomaCoin } from '../internal/coins.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly, whole } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import type { AmountInput } from '../values/amounts.ts';

/** What {@link donate} takes. */
export interface DonateParameters {
  /** Base units of TOMA. */
  readonly amount: AmountInput;
}

/** The donation. */
export interface DonateResult {
  readonly donor: string;
  readonly amount: bigint;
}

const LABEL = 'db donate';

/** Gives TOMA to the pool that pays attesters. */
export const donate = defineWrite<DonateParameters, DonateResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const amount = whole(parameters.amount, 'The amount');
    tx.add(db.donate(...market(atoma), await tomaCoin(atoma, tx, amount), amount));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'PoolDonatedEvent', LABEL),
});
