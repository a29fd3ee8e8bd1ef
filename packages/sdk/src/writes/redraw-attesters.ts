import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { firstOf, theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link redrawAttesters} takes. */
export interface RedrawAttestersParameters {
  readonly stackSmallId: SmallIdInput;
}

/** The replacement. */
export interface RedrawAttestersResult {
  readonly stackSmallId: bigint;
  /** Attesters that were silent and slashed. */
  readonly silent: readonly bigint[];
  /** Attesters drawn in their place. */
  readonly attesters: readonly bigint[];
  readonly deadlineEpoch: bigint;
  /** The jury that now looks at the rows instead; empty: none does. */
  readonly jurors: readonly bigint[];
  /** Whether the commitment must now be opened instead. */
  readonly openRequired: boolean;
}

const LABEL = 'db redraw-attesters';

/** Replaces attesters that were silent to the deadline. Anyone may. */
export const redrawAttesters = defineWrite<RedrawAttestersParameters, RedrawAttestersResult>({
  label: LABEL,
  build: async (atoma, tx, { stackSmallId }) => {
    tx.add(db.redrawAttesters(...market(atoma), smallId(stackSmallId)));
  },
  parse: (ran, atoma) => {
    const { stackSmallId, silentNodes, newNodes, deadlineEpoch } = theOnly(ran, atoma, 'AttestersRedrawnEvent', LABEL);
    const openRequired = firstOf(ran, atoma, 'StackOpeningRequiredEvent') !== undefined;
    const jurors = firstOf(ran, atoma, 'StackAttestationDisputeEvent')?.jurors ?? [];
    return { stackSmallId, silent: silentNodes, attesters: newNodes, jurors, deadlineEpoch, openRequired };
  },
});
