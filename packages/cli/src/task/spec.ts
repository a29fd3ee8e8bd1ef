import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { writeShape } from '../shared/write-shape.ts';
import { createTaskFlags, ownTaskFlags } from './flags.ts';

const handlers = () => import('./handler.ts');
const taskSmallId = s.integer('Small id of the task.');

/** The commands on tasks. */
export const taskCommands = {
  'create-task-entry': command({
    brief: 'Register a task: a kind of work that nodes offer and buyers buy.',
    examples: [
      'db create-task-entry --role 0 --model-name "meta-llama/Llama-3.1-8B-Instruct" --security-level 1 --minimum-reputation-score 50',
      'db create-task-entry --role 1 --model-name BAAI/bge-m3 --security-level 0',
    ],
    next: 'db register-node',
    access: 'write',
    flags: createTaskFlags,
    output: writeShape('db.create-task-entry', {
      task_small_id: taskSmallId,
      task_badge_id: s.objectId('The badge that may deprecate and remove the task.'),
      role: s.integer('Role, 0 to 7.'),
      model_name: s.orNull(s.text('Model, null when none was named.')),
      security_level: s.integer('Security level, 0 to 2.'),
      minimum_reputation_score: s.integer('Reputation a node needs.'),
    }),
    load: async () => (await handlers()).createTaskEntry,
  }),
  'deprecate-task': command({
    brief: 'Announce that a task ends: in two epochs it closes to subscriptions and purchases; open stacks go on.',
    examples: ['db deprecate-task --task-badge 0xTASK_BADGE', 'db deprecate-task --task-small-id 1'],
    next: 'db remove-deprecated-task --task-small-id 1',
    access: 'write',
    flags: ownTaskFlags,
    output: writeShape('db.deprecate-task', {
      task_small_id: taskSmallId,
      deprecated_epoch: s.integer('First epoch in which it takes no subscriptions and purchases.'),
      removable_from_epoch: s.integer('First epoch in which it can be removed, once no stack is open.'),
    }),
    load: async () => (await handlers()).deprecateTask,
  }),
  'remove-deprecated-task': command({
    brief: 'Remove a task deprecated two epochs ago that has no open stacks.',
    examples: ['db remove-deprecated-task --task-badge 0xTASK_BADGE', 'db remove-deprecated-task --task-small-id 1'],
    next: 'task list',
    access: 'write',
    flags: ownTaskFlags,
    output: writeShape('db.remove-deprecated-task', { task_small_id: taskSmallId }),
    load: async () => (await handlers()).removeDeprecatedTask,
  }),
};
