/** Values that are read anew once in a while. */

interface Cached<Value> {
  readonly atMs: number;
  readonly value: Promise<Value>;
  refreshing: boolean;
}

/** A value older than its time is still given this many times longer, while a new one is read behind it. */
const STALE_TIMES = 5;

/** A value read once per `ttlMs`, ahead of need where it is asked for often; a failed read is not kept. */
export const remember = <Key, Value>(ttlMs: () => number, now: () => number, read: (key: Key) => Promise<Value>) => {
  const known = new Map<Key, Cached<Value>>();
  const put = (key: Key, value: Promise<Value>): Promise<Value> => {
    const entry = { atMs: now(), value, refreshing: false };
    known.set(key, entry);
    value.catch(() => {
      if (known.get(key) === entry) known.delete(key);
    });
    return value;
  };
  const refresh = (key: Key, stale: Cached<Value>): void => {
    if (stale.refreshing) return;
    stale.refreshing = true;
    read(key).then(
      (value) => {
        if (known.get(key) === stale) put(key, Promise.resolve(value));
      },
      () => {
        stale.refreshing = false;
      },
    );
  };
  return {
    get: (key: Key): Promise<Value> => {
      const found = known.get(key);
      const age = found ? now() - found.atMs : Number.POSITIVE_INFINITY;
      if (found && age < ttlMs()) return found.value;
      if (!found || age >= ttlMs() * STALE_TIMES) return put(key, read(key));
      refresh(key, found);
      return found.value;
    },
    forget: (key: Key): void => {
      known.delete(key);
    },
    clear: (): void => known.clear(),
  };
};
