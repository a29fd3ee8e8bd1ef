import type { Atoma } from '../context/atoma.ts';
import { selectBadge } from '../internal/select-badge.ts';
import type { SmallIdInput } from '../values/ids.ts';

/** Names a task of the sender. Without either: the sender's only one. */
export interface TaskSelector {
  /** Object id of its badge. */
  readonly taskBadgeId?: string;
  readonly taskSmallId?: SmallIdInput;
}

/** Badge id of the sender's task. Throws `SDK_NO_BADGE`, `SDK_AMBIGUOUS_BADGE`. */
export const taskBadge = (atoma: Atoma, selector: TaskSelector): Promise<string> =>
  selectBadge(atoma, 'task', { badgeId: selector.taskBadgeId, smallId: selector.taskSmallId });
