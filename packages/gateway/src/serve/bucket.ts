/** Rates: a bucket that fills by the minute. */
const MINUTE_MS = 60_000;

/** What is left of a rate, and when that was told. */
export interface Bucket {
  level: number;
  atMs: number;
}

/** A bucket nobody has taken from. */
export const fullBucket = (perMinute: number, now: number): Bucket => ({ level: perMinute, atMs: now });

/** Fills a bucket by the time that has passed; its size is a minute's worth. */
export const refill = (bucket: Bucket, perMinute: number, now: number): void => {
  bucket.level = Math.min(perMinute, bucket.level + ((now - bucket.atMs) * perMinute) / MINUTE_MS);
  bucket.atMs = now;
};

/** Seconds until a bucket holds so much. */
export const secondsUntil = (bucket: Bucket, perMinute: number, wanted: number): number =>
  Math.max(1, Math.ceil(((wanted - bucket.level) * 60) / perMinute));
