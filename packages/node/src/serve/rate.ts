/** Small limiters in memory. */

/** Lets so many pass a second, with bursts of the same size. */
export interface RateLimit {
  readonly allow: (now: number) => boolean;
}

/** A token bucket of `perSecond` tokens. */
export const createRateLimit = (perSecond: number): RateLimit => {
  let tokens = perSecond;
  let last = 0;
  return {
    allow: (now) => {
      tokens = Math.min(perSecond, tokens + ((now - last) * perSecond) / 1000);
      last = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
};

/** Lets so many pass a second for each key. */
export interface RateLimits<Key> {
  readonly allow: (key: Key, now: number) => boolean;
}

/** Buckets of `perSecond` tokens, for the last `size` keys that asked within ten seconds. */
export const createRateLimits = <Key>(perSecond: number, size: number): RateLimits<Key> => {
  const buckets = createCache<Key, RateLimit>(size, 10_000);
  return {
    allow: (key, now) => {
      const own = buckets.get(key, now) ?? createRateLimit(perSecond);
      buckets.set(key, own, now);
      return own.allow(now);
    },
  };
};

/** A map of bounded size whose entries expire. */
export interface Cache<Key, Value> {
  readonly get: (key: Key, now: number) => Value | undefined;
  /** The entry even if it has expired. */
  readonly stale: (key: Key) => Value | undefined;
  readonly set: (key: Key, value: Value, now: number) => void;
  readonly delete: (key: Key) => void;
}

/** Makes a cache that forgets the oldest entry beyond `size`. */
export const createCache = <Key, Value>(size: number, ttlMs: number): Cache<Key, Value> => {
  const entries = new Map<Key, { readonly value: Value; readonly until: number }>();
  return {
    get: (key, now) => {
      const entry = entries.get(key);
      return entry && entry.until > now ? entry.value : undefined;
    },
    stale: (key) => entries.get(key)?.value,
    set: (key, value, now) => {
      entries.delete(key);
      if (entries.size >= size) entries.delete(entries.keys().next().value as Key);
      entries.set(key, { value, until: now + ttlMs });
    },
    delete: (key) => {
      entries.delete(key);
    },
  };
};
