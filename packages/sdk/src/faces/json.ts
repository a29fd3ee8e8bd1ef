/** Members of what clients send, read without trust. */
import { defineErrors } from '@atoma/base';

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** A JSON object, or one without members. */
export const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** A list, or an empty one. */
export const array = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A text, or an empty one. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Members whose value is neither undefined nor null. */
export const given = (members: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));

/** A request of another API cannot be asked of a chat model. */
export const faceError = defineErrors('FACE', {
  UNSUPPORTED: { message: '{param} is not supported here: {why}', hint: 'Remove it, or use /v1/chat/completions.' },
  BODY: { message: '{param}: {why}', hint: 'See `param` for the member at fault.' },
});
