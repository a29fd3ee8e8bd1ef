import { toggle } from '../kernel/flags.ts';

/** Flags of `bench`. */
export const benchFlags = {
  quick: toggle('few repetitions, and no engine comparison'),
};
