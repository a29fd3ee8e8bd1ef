/** JSON from outside: members that are there, of the kind that is asked for. */
import { record } from '@atoma/sdk/json';

export { record };

/** A text; empty for anything else but numbers and truth values. */
export const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

/** A number; 0 for anything else. */
export const number = (value: unknown): number => {
  const read = typeof value === 'number' ? value : Number(text(value));
  return Number.isFinite(read) ? read : 0;
};

/** A whole number written in decimal; 0 for anything else. */
export const whole = (value: unknown): bigint => (/^-?\d{1,30}$/.test(text(value)) ? BigInt(text(value)) : 0n);

/** The objects of a list; none for anything else. */
export const rows = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.map(record) : [];

/** The texts of a list; none for anything else. */
export const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
