import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadge } from '../internal/node-selector.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';

/** What {@link destroyDisabledNode} takes. */
export type DestroyDisabledNodeParameters = NodeSelector;

/** What {@link destroyDisabledNode} did. */
export interface DestroyDisabledNodeResult {
  readonly nodeSmallId: bigint;
  /** Base units of TOMA. */
  readonly stake: bigint;
  readonly earnings: bigint;
  readonly creditPaid: bigint;
  /** Credit the pool could not pay. */
  readonly creditLapsed: bigint;
  /** Everything paid out. */
  readonly paid: bigint;
}

const LABEL = 'db destroy-disabled-node';

/** Pays a disabled node out to the sender and removes it. Its badge is destroyed. */
export const destroyDisabledNode = defineWrite<DestroyDisabledNodeParameters, DestroyDisabledNodeResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const badge = await nodeBadge(atoma, parameters);
    tx.add(db.destroyDisabledNode(...market(atoma), badge));
  },
  parse: (ran, atoma) => {
    const left = theOnly(ran, atoma, 'NodeDestroyedEvent', LABEL);
    return { ...left, paid: left.stake + left.earnings + left.creditPaid };
  },
});
