import { accusation } from '../commitment/inputs.ts';
import { type Atoma, requireSender } from '../context/atoma.ts';
import { requireId } from '../deployment/record.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { tomaCoin } from '../internal/coins.ts';
import { defineWrite } from '../internal/define-write.ts';
import { refuseShortage } from '../internal/funds.ts';
import { bytes32, theOnly, whole } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { readNumbers } from '../internal/views.ts';
import { getStack } from '../reads/stacks.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link startAttestationDispute} takes. */
export interface StartAttestationDisputeParameters {
  readonly stackSmallId: SmallIdInput;
  /**
   * 32 bytes: the committed stack proof the challenger computed, the ticket's own where only the units are wrong. It goes on chain as
   * an `accusation` of the sender; the share goes to a challenger whose proof is the jury's. 32 zero bytes without rows: the owner has no
   * list, and may show evidence later.
   */
  readonly attestationCommitment: Uint8Array;
  /** At most 8 rows to be checked besides those of the audit seed. */
  readonly rows?: readonly (bigint | number)[];
  /** Units of these rows together, at most a tenth of those bought; each costs its price for every juror as a bond. */
  readonly namedUnits?: bigint | number;
  /** At most 8 receipts of the accused, signature first; jurors look at no others. */
  readonly receipts?: readonly Uint8Array[];
}

/** The dispute. */
export interface StartAttestationDisputeResult {
  readonly stackSmallId: bigint;
  /** Empty when fewer than three were found. */
  readonly jurors: readonly bigint[];
  /** Base units of TOMA bonded by the sender. */
  readonly bond: bigint;
  readonly disputeEpoch: bigint;
  /** First epoch in which no vote can be committed. */
  readonly commitDeadlineEpoch: bigint;
  /** First epoch in which no vote can be revealed. */
  readonly revealDeadlineEpoch: bigint;
}

const LABEL = 'db start-attestation-dispute';

const bondOf = async (atoma: Atoma, parameters: StartAttestationDisputeParameters): Promise<bigint> => {
  const dbId = requireId(atoma.deployment, 'dbId');
  const stackSmallId = smallId(parameters.stackSmallId);
  const [bond = 0n] = await readNumbers(atoma, [db.disputeBond(atoma.deployment.packageId, dbId, stackSmallId)]);
  const named = BigInt(parameters.namedUnits ?? 0);
  if (named === 0n) return bond;
  const { terms, pricePerComputeUnit } = await getStack(atoma, { stackSmallId });
  return bond + terms.jurors * pricePerComputeUnit * named;
};

/** Disputes a settlement with a bond. Anyone may, before the deadline. */
export const startAttestationDispute = defineWrite<StartAttestationDisputeParameters, StartAttestationDisputeResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const { stackSmallId, attestationCommitment, rows = [], namedUnits = 0n, receipts = [] } = parameters;
    const proof = bytes32(attestationCommitment, 'The attestation commitment');
    const commitment = accusation({ proof, challenger: requireSender(atoma), rows });
    const wallet = await tomaCoin(atoma, tx, () => bondOf(atoma, parameters));
    const named = whole(namedUnits, 'The number of named units');
    const list = rows.map(BigInt);
    tx.add(
      db.startAttestationDispute(...market(atoma), wallet, smallId(stackSmallId), commitment, list, named, receipts),
    );
  },
  parse: (ran, atoma) => {
    const { stackSmallId, jurors, bond, disputeEpoch, commitDeadlineEpoch, revealDeadlineEpoch } = theOnly(
      ran,
      atoma,
      'StackAttestationDisputeEvent',
      LABEL,
    );
    return { stackSmallId, jurors, bond, disputeEpoch, commitDeadlineEpoch, revealDeadlineEpoch };
  },
  bond: ({ bond }) => bond,
  refine: (failure, atoma, parameters) => refuseShortage(failure, atoma, () => bondOf(atoma, parameters)),
});
