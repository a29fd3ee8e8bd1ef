/** Reading parsed JSON of servers without trusting its shape. */

import { array, isRecord, type Json, record } from '@atoma/sdk';

export { array, isRecord, type Json, record };

/** A text that is not empty. */
export const filled = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** A whole number from 0 on. */
export const whole = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
