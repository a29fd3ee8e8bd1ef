import { toHex } from '@atoma/base';

/** Whether two byte strings are the same. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/** Lower-case hex with `0x`. */
export const toHex0x = (bytes: Uint8Array): string => `0x${toHex(bytes)}`;
