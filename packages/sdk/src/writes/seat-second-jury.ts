import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link seatSecondJury} takes. */
export interface SeatSecondJuryParameters {
  readonly stackSmallId: SmallIdInput;
}

/** The second jury. */
export interface SeatSecondJuryResult {
  readonly stackSmallId: bigint;
  /** Empty where too few others are left: then the first jury's word stands. */
  readonly jurors: readonly bigint[];
  /** First epoch in which no vote can be committed. */
  readonly commitDeadlineEpoch: bigint;
  /** First epoch in which no vote can be revealed. */
  readonly revealDeadlineEpoch: bigint;
}

const LABEL = 'db seat-second-jury';

/** Seats another jury where the first came to no majority or found the inputs unavailable. Anyone may, once. */
export const seatSecondJury = defineWrite<SeatSecondJuryParameters, SeatSecondJuryResult>({
  label: LABEL,
  build: async (atoma, tx, { stackSmallId }) => {
    tx.add(db.seatSecondJury(...market(atoma), smallId(stackSmallId)));
  },
  parse: (ran, atoma) => {
    const { stackSmallId, jurors, commitDeadlineEpoch, revealDeadlineEpoch } = theOnly(
      ran,
      atoma,
      'SecondJuryEvent',
      LABEL,
    );
    return { stackSmallId, jurors, commitDeadlineEpoch, revealDeadlineEpoch };
  },
});
