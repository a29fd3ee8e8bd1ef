import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type TaskSelector, taskBadge } from './task-selector.ts';

/** What {@link deprecateTask} takes. */
export type DeprecateTaskParameters = TaskSelector;

/** The deprecated task. */
export interface DeprecateTaskResult {
  readonly taskSmallId: bigint;
  /** First epoch in which it takes no subscriptions and purchases any more. */
  readonly epoch: bigint;
  /** First epoch in which it can be removed. */
  readonly removableFromEpoch: bigint;
}

const LABEL = 'db deprecate-task';

/** Announces that a task ends two epochs from now: it then takes no subscriptions and purchases any more, and can be removed. */
export const deprecateTask = defineWrite<DeprecateTaskParameters, DeprecateTaskResult>({
  label: LABEL,
  build: async (atoma, tx, selector) => {
    tx.add(db.deprecateTask(...market(atoma), await taskBadge(atoma, selector)));
  },
  parse: (ran, atoma) => {
    const { taskSmallId, epoch } = theOnly(ran, atoma, 'TaskDeprecatedEvent', LABEL);
    return { taskSmallId, epoch, removableFromEpoch: epoch };
  },
});
