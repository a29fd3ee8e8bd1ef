/** What a key says about whose offers its requests may take. */
import type { Terms } from '@atoma/sdk';
import type { KeyRow } from '../store/types.ts';

/** Terms of a key; what it leaves open is the gateway's policy. */
export const termsOf = ({ price, maxPrice, levels, tasks, nodePolicy }: KeyRow): Partial<Terms> => ({
  ...(price === null ? {} : { price }),
  ...(maxPrice === null ? {} : { maxPrice }),
  ...(levels.length === 0 ? {} : { levels }),
  ...(tasks.length === 0 ? {} : { tasks }),
  ...(nodePolicy === null ? {} : { nodePolicy }),
});
