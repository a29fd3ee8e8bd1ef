/** Values that arrive later, and again every so often while the page is seen. */
import { useEffect, useRef, useState } from 'preact/hooks';

/** A value on its way. */
export type Loaded<Value> =
  | { readonly kind: 'waiting' }
  /** `fault`: why a later look failed; the value is the one before. */
  | { readonly kind: 'here'; readonly value: Value; readonly fault?: string }
  | { readonly kind: 'failed'; readonly why: string };

/** What a thrown thing says. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Loads when `keys` change, again when `round` does, and every `everyMs` while the page is visible, one look at a time. What was there
 * stays until the next arrives, unless it belonged to other keys; a look that failed is told beside it.
 */
export const useLoaded = <Value>(
  load: () => Promise<Value>,
  keys: readonly unknown[],
  everyMs?: number,
  round = 0,
): Loaded<Value> => {
  const [loaded, set] = useState<Loaded<Value>>({ kind: 'waiting' });
  const last = useRef<readonly unknown[]>(keys);
  useEffect(() => {
    let gone = false;
    let isLooking = false;
    const failed =
      (why: string) =>
      (before: Loaded<Value>): Loaded<Value> =>
        before.kind === 'here' ? { ...before, fault: why } : { kind: 'failed', why };
    const look = (): void => {
      if (document.hidden || isLooking) return;
      isLooking = true;
      load()
        .then(
          (value) => gone || set({ kind: 'here', value }),
          (error: unknown) => gone || set(failed(reasonOf(error))),
        )
        .finally(() => {
          isLooking = false;
        });
    };
    if (keys.some((key, i) => key !== last.current[i])) set({ kind: 'waiting' });
    last.current = keys;
    look();
    const timer = everyMs === undefined ? undefined : setInterval(look, everyMs);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [...keys, round, everyMs]);
  return loaded;
};

/** The time, ms since 1970, as it passes while the page is seen. */
export const useNow = (everyMs: number): number => {
  const [now, set] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => document.hidden || set(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
};

/** The address behind `#`, as it changes. */
export const useHash = (): string => {
  const [hash, set] = useState(location.hash);
  useEffect(() => {
    const change = (): void => set(location.hash);
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return hash;
};
