import { toggle } from '../kernel/flags.ts';

/** Flags of `demo`. */
export const demoFlags = {
  stay: toggle('Keep the market afterwards and show it in a browser until Ctrl-C.'),
};
