/** How often those without a key may ask: by address, in memory, so many addresses at most. */
import { isIPv6 } from 'node:net';
import { type Bucket, fullBucket, refill, secondsUntil } from './bucket.ts';

/** Addresses that are remembered; who asked longest ago is forgotten first. */
const MOST_ADDRESSES = 10_000;

/** The rates of all addresses. */
export interface Askers {
  /** Counts a request; tells after how many seconds to try again where its address has asked too often. */
  readonly ask: (address: string) => number | undefined;
  /** Takes back what a request and the question for its price were counted: it was paid. */
  readonly paid: (address: string) => void;
}

/** Who holds an address of version 6 holds the network of 64 bits it lies in. */
const holderOf = (address: string): string => {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const all =
    tail === undefined ? left : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
};

/** Makes them; `perMinute` requests of an address, that many at once at most. */
export const createAskers = (perMinute: number, now: () => number): Askers => {
  const buckets = new Map<string, Bucket>();
  const bucketOf = (address: string): Bucket => {
    const holder = holderOf(address);
    const bucket = buckets.get(holder) ?? fullBucket(perMinute, now());
    buckets.delete(holder);
    buckets.set(holder, bucket);
    if (buckets.size > MOST_ADDRESSES) buckets.delete(buckets.keys().next().value as string);
    refill(bucket, perMinute, now());
    return bucket;
  };
  return {
    ask: (address) => {
      const bucket = bucketOf(address);
      if (bucket.level < 1) return secondsUntil(bucket, perMinute, 1);
      bucket.level -= 1;
      return undefined;
    },
    paid: (address) => {
      bucketOf(address).level += 2;
    },
  };
};
