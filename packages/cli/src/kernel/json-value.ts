import { toHex } from '@atoma/base';
import type { Json } from './command.ts';

/** Fields that are small numbers although they are u64 on the chain: ids that count up from 1, and epochs. */
const isSmallNumber = (key: string): boolean =>
  /(^|_)(small_ids?|epochs?|attesters|attested|drawn|jurors|voting|jury|joined|committed|revealed|version|stacks|subscribers|silent|nodes)$/.test(
    key,
  );

/** `taskSmallId` as `task_small_id`. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Any result of the SDK as JSON: snake_case fields, amounts as decimal text, ids and epochs as numbers, bytes as 0x hex. */
export const toJsonValue = (value: unknown, key = ''): Json => {
  if (typeof value === 'bigint') return isSmallNumber(key) ? Number(value) : String(value);
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  if (Array.isArray(value)) return value.map((item) => toJsonValue(item, key));
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return value as Json;
  return toJsonFields(value as Readonly<Record<string, unknown>>);
};

/** The fields of a record as JSON fields; see {@link toJsonValue}. */
export const toJsonFields = (fields: object): Record<string, Json> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [snake(name), toJsonValue(field, snake(name))]));
