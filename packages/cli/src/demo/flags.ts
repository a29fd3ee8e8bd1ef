import { toggle } from '../kernel/flags.ts';

/** Flags of `demo`. */
export const demoFlags = {
  stay: toggle('Keep the market in the end, and show it in a browser until Ctrl-C.'),
};
