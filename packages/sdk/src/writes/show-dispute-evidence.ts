import type { Transaction, TransactionObjectArgument } from '@mysten/sui/transactions';
import type { Atoma } from '../context/atoma.ts';
import { tomaType } from '../deployment/record.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { tomaCoin } from '../internal/coins.ts';
import { defineWrite } from '../internal/define-write.ts';
import { refuseShortage } from '../internal/funds.ts';
import { theOnly, whole } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { findDispute } from '../reads/disputes.ts';
import { findStack } from '../reads/stacks.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link showDisputeEvidence} takes. */
export interface ShowDisputeEvidenceParameters {
  readonly stackSmallId: SmallIdInput;
  /** At most 8 rows to be checked besides those of the audit seed and of the challenger. */
  readonly rows?: readonly (bigint | number)[];
  /** Units of these rows together, at most a tenth of those bought; each costs its price for every juror of the dispute, whatever is found. */
  readonly namedUnits?: bigint | number;
  /** At most 8 receipts of the accused, signature first; jurors look at these and at the challenger's. */
  readonly receipts?: readonly Uint8Array[];
}

/** The dispute as it begins anew. */
export interface ShowDisputeEvidenceResult {
  readonly stackSmallId: bigint;
  /** Base units of TOMA the sender paid for the rows: the majority's jurors keep their parts, the rest comes back. */
  readonly bond: bigint;
  readonly disputeEpoch: bigint;
  /** First epoch in which no vote can be committed. */
  readonly commitDeadlineEpoch: bigint;
  /** First epoch in which no vote can be revealed. */
  readonly revealDeadlineEpoch: bigint;
}

const LABEL = 'db show-dispute-evidence';

const bondOf = async (
  atoma: Atoma,
  { stackSmallId, namedUnits = 0n }: ShowDisputeEvidenceParameters,
): Promise<bigint> => {
  const [stack, dispute] = [await findStack(atoma, { stackSmallId }), await findDispute(atoma, { stackSmallId })];
  // Without either the contract says what is missing.
  return BigInt(dispute?.jurors.length ?? 0) * (stack?.pricePerComputeUnit ?? 0n) * BigInt(namedUnits);
};

/** Receipts cost nothing, nor do rows without a jury: whoever shows these needs no TOMA, and pays with an empty coin made for the call. */
const showForFree = (atoma: Atoma, tx: Transaction, show: (wallet: TransactionObjectArgument) => void): void => {
  const typeArguments = [tomaType(atoma.deployment)];
  const [empty] = tx.moveCall({ target: '0x2::coin::zero', typeArguments });
  show(empty as TransactionObjectArgument);
  tx.moveCall({ target: '0x2::coin::destroy_zero', typeArguments, arguments: [empty as TransactionObjectArgument] });
};

/**
 * Adds rows and receipts to a dispute of the sender's stack that somebody else started, or to its own that began without the list
 * (zeros as its commitment, no rows). It begins anew. Once, in the epoch of the dispute or the next one.
 */
export const showDisputeEvidence = defineWrite<ShowDisputeEvidenceParameters, ShowDisputeEvidenceResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const { stackSmallId, rows = [], namedUnits = 0n, receipts = [] } = parameters;
    const named = whole(namedUnits, 'The number of named units');
    const show = (wallet: TransactionObjectArgument): void => {
      const list = rows.map(BigInt);
      tx.add(db.showDisputeEvidence(...market(atoma), wallet, smallId(stackSmallId), list, named, receipts));
    };
    const bond = named === 0n ? 0n : await bondOf(atoma, parameters);
    if (bond === 0n) showForFree(atoma, tx, show);
    else show(await tomaCoin(atoma, tx, async () => bond));
  },
  parse: (ran, atoma) => {
    const { stackSmallId, bond, disputeEpoch, commitDeadlineEpoch, revealDeadlineEpoch } = theOnly(
      ran,
      atoma,
      'DisputeEvidenceEvent',
      LABEL,
    );
    return { stackSmallId, bond, disputeEpoch, commitDeadlineEpoch, revealDeadlineEpoch };
  },
  bond: ({ bond }) => bond,
  refine: (failure, atoma, parameters) => refuseShortage(failure, atoma, () => bondOf(atoma, parameters)),
});
