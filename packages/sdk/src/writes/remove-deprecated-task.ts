import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type TaskSelector, taskBadge } from './task-selector.ts';

/** What {@link removeDeprecatedTask} takes. */
export type RemoveDeprecatedTaskParameters = TaskSelector;

/** The removed task. */
export interface RemoveDeprecatedTaskResult {
  readonly taskSmallId: bigint;
}

const LABEL = 'db remove-deprecated-task';

/** Removes a task two epochs after its deprecation, once it has no open stacks. Its badge is destroyed. */
export const removeDeprecatedTask = defineWrite<RemoveDeprecatedTaskParameters, RemoveDeprecatedTaskResult>({
  label: LABEL,
  build: async (atoma, tx, selector) => {
    tx.add(db.removeDeprecatedTask(...market(atoma), await taskBadge(atoma, selector)));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'TaskRemovedEvent', LABEL),
});
