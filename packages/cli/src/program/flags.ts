import { toggle } from '../kernel/flags.ts';

/** Flags of `atoma uninstall`. */
export const uninstallFlags = { yes: toggle('do not ask') };
