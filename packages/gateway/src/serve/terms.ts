/** What a key says about whose offers its requests may take. */
import type { Terms } from '@atoma/sdk';
import type { KeyRow } from '../store/types.ts';

/** Terms of a key; what it leaves open is the gateway's policy. */
export const termsOf = ({ maxPrice }: KeyRow): Partial<Terms> => (maxPrice === null ? {} : { maxPrice });
