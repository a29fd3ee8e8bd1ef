import type { Atoma } from '../context/atoma.ts';
import { selectBadge } from '../internal/select-badge.ts';
import type { SmallIdInput } from '../values/ids.ts';

/** Names a stack of the sender. Without either: the sender's only one. */
export interface StackSelector {
  /** Object id of its badge. */
  readonly stackBadgeId?: string;
  readonly stackSmallId?: SmallIdInput;
}

/** Badge id of the sender's stack. Throws `SDK_NO_BADGE`, `SDK_AMBIGUOUS_BADGE`. */
export const stackBadge = (atoma: Atoma, selector: StackSelector): Promise<string> =>
  selectBadge(atoma, 'stack', { badgeId: selector.stackBadgeId, smallId: selector.stackSmallId });
