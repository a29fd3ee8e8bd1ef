/** One request at a time, which may be stopped. */
import { useRef, useState } from 'preact/hooks';
import { reasonOf } from '../use.ts';
import type { Desk } from './desk.ts';

/** What runs and what went wrong. */
export interface Running {
  readonly busy: boolean;
  readonly fault: string | null;
  readonly run: (act: (desk: Desk) => Promise<void>) => Promise<void>;
  readonly stop: () => void;
}

/** Runs requests at a desk. */
export const useDesk = (desk: (signal: AbortSignal) => Desk | null): Running => {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  return {
    busy,
    fault,
    stop: () => running.current?.abort(),
    run: async (act) => {
      const stopper = new AbortController();
      const made = desk(stopper.signal);
      if (made === null)
        return setFault('It needs a key: `atoma up` prints one, `atoma gateway keys create` makes one.');
      running.current = stopper;
      setBusy(true);
      setFault(null);
      try {
        await act(made);
      } catch (error) {
        if (!stopper.signal.aborted) setFault(reasonOf(error));
      }
      setBusy(false);
    },
  };
};
