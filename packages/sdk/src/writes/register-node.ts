import type { Atoma } from '../context/atoma.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { tomaCoin } from '../internal/coins.ts';
import { defineWrite } from '../internal/define-write.ts';
import { refuseShortage } from '../internal/funds.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { getConfig } from '../reads/config.ts';

/** What {@link registerNode} takes. */
export interface RegisterNodeParameters {
  /** http or https URL the node answers at. Default: none. */
  readonly url?: string;
}

/** The registered node. */
export interface RegisterNodeResult {
  readonly nodeSmallId: bigint;
  readonly nodeBadgeId: string;
  readonly owner: string;
  readonly url: string;
  /** Base units of TOMA locked as its stake. */
  readonly collateral: bigint;
}

const LABEL = 'db register-node';

const collateralOf = async (atoma: Atoma): Promise<bigint> => (await getConfig(atoma)).registrationCollateral;

/** Registers a node with exactly the registration collateral; its badge goes to the sender. */
export const registerNode = defineWrite<RegisterNodeParameters, RegisterNodeResult>({
  label: LABEL,
  build: async (atoma, tx, { url }) => {
    tx.add(db.registerNodeEntry(...market(atoma), await tomaCoin(atoma, tx, () => collateralOf(atoma)), url ?? null));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'NodeRegisteredEvent', LABEL),
  bond: ({ collateral }) => collateral,
  refine: (failure, atoma) => refuseShortage(failure, atoma, () => collateralOf(atoma)),
});
