import { toHex } from '@atoma/base';

/** Whether two byte strings are the same. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
};

/** Lower-case hex with `0x`. */
export const toHex0x = (bytes: Uint8Array): string => `0x${toHex(bytes)}`;
