import { generationOf, stateOf } from '../internal/state.ts';
import { chainState, type Ledger } from './ledger-functions.ts';
import { POLL_INTERVAL_MS } from './rpc-params.ts';

/** Tells waiting streams that the chain changed. */
export interface CommitSignal {
  /** Wakes everyone now; called after a commit of this process. */
  readonly notify: () => void;
  /** Resolves after the next change, or once the signal aborts. Never rejects. */
  readonly next: (signal: AbortSignal) => Promise<void>;
}

/**
 * Wakes streams at once for commits made through the same RPC, and by polling the newest checkpoint for those of other
 * callers and processes. The timer runs only while someone waits.
 */
export const createCommitSignal = (ledger: Ledger): CommitSignal => {
  const waiting = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let seen = -1;
  const notify = () => {
    clearInterval(timer);
    timer = undefined;
    const woken = [...waiting];
    waiting.clear();
    for (const wake of woken) wake();
  };
  const poll = () => {
    try {
      if (chainState(ledger).checkpoint !== seen) notify();
    } catch {
      notify(); // the ledger is closed: let every stream find out by itself
    }
  };
  const wait = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const wake = () => {
        waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', wake, { once: true });
      waiting.add(wake);
      if (timer) return;
      seen = chainState(ledger).checkpoint;
      timer = setInterval(poll, POLL_INTERVAL_MS);
    });
  const next = async (signal: AbortSignal) => {
    await wait(signal);
    if (waiting.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
  return { notify, next };
};

/** How often the ledger was set back so far. Transaction numbers mean the same only while this stays. */
export const restoresOf = (ledger: Ledger): number => generationOf(stateOf(ledger));
