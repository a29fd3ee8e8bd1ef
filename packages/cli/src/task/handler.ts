import {
  createTask,
  deprecateTask as deprecate,
  removeDeprecatedTask as remove,
  roleName,
  securityLevelName,
} from '@atoma/sdk';
import { given } from '../chain/given.ts';
import { perform } from '../chain/perform.ts';
import type { Handler } from '../kernel/command.ts';
import { toJsonFields } from '../kernel/json-value.ts';
import type { createTaskFlags, ownTaskFlags } from './flags.ts';

/** `atoma db create-task-entry` */
export const createTaskEntry: Handler<typeof createTaskFlags> = (run, flags) => {
  const { role, modelName, securityLevel, minimumReputationScore } = flags;
  return perform(run, createTask, given({ role, modelName, securityLevel, minimumReputationScore }), {
    headline: ({ taskSmallId }) => `task ${taskSmallId} registered`,
    rows: (task) => [
      ['role', `${task.role} (${roleName(task.role)})`],
      ['model', task.modelName ?? 'any'],
      ['level', `${task.securityLevel} (${securityLevelName(task.securityLevel)})`],
      ['reputation', `${task.minimumReputationScore} or more`],
      ['task badge', task.taskBadgeId],
    ],
  });
};

const ownTask = ({ taskBadge, taskSmallId }: { taskBadge: string | undefined; taskSmallId: bigint | undefined }) =>
  given({ taskBadgeId: taskBadge, taskSmallId });

/** `atoma db deprecate-task` */
export const deprecateTask: Handler<typeof ownTaskFlags> = (run, flags) =>
  perform(run, deprecate, ownTask(flags), {
    headline: ({ taskSmallId, epoch }) =>
      `task ${taskSmallId} ends: no subscriptions or purchases from epoch ${epoch} on`,
    rows: ({ removableFromEpoch }, when) => [['removable', `from ${when(removableFromEpoch)}, once no stack is open`]],
    data: ({ epoch, ...rest }) => ({ ...toJsonFields(rest), deprecated_epoch: Number(epoch) }),
  });

/** `atoma db remove-deprecated-task` */
export const removeDeprecatedTask: Handler<typeof ownTaskFlags> = (run, flags) =>
  perform(run, remove, ownTask(flags), { headline: ({ taskSmallId }) => `task ${taskSmallId} removed` });
