import { readFileSync } from 'node:fs';

/** Differs after every start of the machine; `unknown` where the system does not tell. */
export const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
};
