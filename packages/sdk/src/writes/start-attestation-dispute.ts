import type { Atoma } from '../context/atoma.ts';
import { requireId } from '../deployment/record.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { tomaCoin } from '../internal/coins.ts';
import { defineWrite } from '../internal/define-write.ts';
import { refuseShortage } from '../internal/funds.ts';
import { bytes32, theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { readNumbers } from '../internal/views.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link startAttestationDispute} takes. */
export interface StartAttestationDisputeParameters {
  readonly stackSmallId: SmallIdInput;
  /** 32 bytes: the committed stack proof the challenger computed; the ticket's own disputes the units. */
  readonly attestationCommitment: Uint8Array;
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

const bondOf = async (atoma: Atoma, stackSmallId: bigint): Promise<bigint> => {
  const dbId = requireId(atoma.deployment, 'dbId');
  const [bond = 0n] = await readNumbers(atoma, [db.disputeBond(atoma.deployment.packageId, dbId, stackSmallId)]);
  return bond;
};

/** Disputes a settlement with a bond. Anyone may, before the deadline. */
export const startAttestationDispute = defineWrite<StartAttestationDisputeParameters, StartAttestationDisputeResult>({
  label: LABEL,
  build: async (atoma, tx, { stackSmallId, attestationCommitment }) => {
    const commitment = bytes32(attestationCommitment, 'The attestation commitment');
    const id = smallId(stackSmallId);
    tx.add(
      db.startAttestationDispute(...market(atoma), await tomaCoin(atoma, tx, () => bondOf(atoma, id)), id, commitment),
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
  refine: (failure, atoma, { stackSmallId }) =>
    refuseShortage(failure, atoma, () => bondOf(atoma, smallId(stackSmallId))),
});
