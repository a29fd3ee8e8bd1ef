import { advanceEpoch, nextTimestamp } from './clock.ts';
import { type Ledger, stateOf } from './internal/state.ts';
import { chainState } from './reads.ts';

/**
 * Ends the epoch when its announced duration is over by the chain's clock: the wall clock and what commands added, or with
 * a logical clock the time of the latest checkpoint, so that equal runs end equal epochs. Returns whether it did.
 */
export const advanceEpochIfDue = (ledger: Ledger, nowMs?: number): boolean => {
  const { epochStartMs, epochDurationMs, timestampMs } = chainState(ledger);
  const now = Math.max(nowMs ?? nextTimestamp(stateOf(ledger)), timestampMs);
  if (now < epochStartMs + epochDurationMs) return false;
  advanceEpoch(ledger);
  return true;
};

/** How often to look, and whom to tell when looking fails. */
export interface AutoAdvanceOptions {
  /** Default 1,000 ms. */
  readonly everyMs?: number;
  readonly onError: (thrown: unknown) => void;
}

/** Ends epochs as their duration passes. Does not keep the process alive. Returns the function that stops it. */
export const startAutoAdvance = (ledger: Ledger, { everyMs = 1_000, onError }: AutoAdvanceOptions): (() => void) => {
  const timer = setInterval(() => {
    try {
      advanceEpochIfDue(ledger);
    } catch (thrown) {
      onError(thrown);
    }
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
};
