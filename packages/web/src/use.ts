/** Values that arrive later, and again every so often while the page is seen. */
import { useEffect, useState } from 'preact/hooks';

/** A value on its way. */
export type Loaded<Value> =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'here'; readonly value: Value }
  | { readonly kind: 'failed'; readonly why: string };

/** What a thrown thing says. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Loads when `keys` change, then every `everyMs` while the page is visible. What was there stays until the next arrives. */
export const useLoaded = <Value>(
  load: () => Promise<Value>,
  keys: readonly unknown[],
  everyMs?: number,
): Loaded<Value> => {
  const [loaded, set] = useState<Loaded<Value>>({ kind: 'waiting' });
  useEffect(() => {
    let gone = false;
    const look = (): void => {
      if (document.hidden) return;
      load().then(
        (value) => gone || set({ kind: 'here', value }),
        (error: unknown) => gone || set({ kind: 'failed', why: reasonOf(error) }),
      );
    };
    set({ kind: 'waiting' });
    look();
    const timer = everyMs === undefined ? undefined : setInterval(look, everyMs);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, keys);
  return loaded;
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
