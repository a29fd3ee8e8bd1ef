/** Members of parsed JSON, read without trusting its shape. */

/** Members of a JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A JSON object, or one without members. */
export const record = (value: unknown): Json => (isRecord(value) ? value : {});

/** A list, or an empty one. */
export const array = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A text, or an empty one. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
