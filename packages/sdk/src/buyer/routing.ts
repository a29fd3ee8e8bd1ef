/** Whose offers a request may take: what the policy, a key and the request itself say, as one answer. */
import type { Task } from '../reads/tasks.ts';
import { endpointRoles } from '../wire/endpoints.ts';
import { buyerError } from './buyer-errors.ts';
import type { OwnStack } from './stack-book.ts';
import type { BuyerPolicy } from './types.ts';

/** The part of a policy that says from whom to buy, and at what price. */
export type Terms = Pick<BuyerPolicy, 'levels' | 'tasks' | 'nodePolicy' | 'price' | 'maxPrice'>;

/** What is asked for by a request. */
export interface Purpose {
  readonly model: string;
  readonly endpoint: string;
  readonly vision: boolean;
}

/** Terms with a key's or a request's own in place of the policy's. Throws `BUYER_LEVELS_MIXED`. */
export const termsOf = (policy: BuyerPolicy, own: Partial<Terms> = {}): Terms => {
  const { levels, tasks, nodePolicy, price, maxPrice } = own;
  const terms = {
    levels: levels ?? policy.levels,
    tasks: tasks ?? policy.tasks,
    nodePolicy: nodePolicy ?? policy.nodePolicy,
    // Null says that there is no limit.
    price: price === undefined ? policy.price : price,
    maxPrice: maxPrice === undefined ? policy.maxPrice : maxPrice,
  };
  if (terms.levels.includes(2) && terms.levels.some((level) => level !== 2))
    throw buyerError('LEVELS_MIXED', { levels: terms.levels.join(', ') });
  return terms;
};

/** Whether stacks of a task serve the model at the endpoint. */
export const taskServes = (task: Pick<Task, 'role' | 'modelName'>, want: Purpose): boolean =>
  (endpointRoles[want.endpoint] ?? []).includes(task.role) &&
  (!want.vision || task.role === 2) &&
  (want.vision || task.role !== 2 || task.modelName === want.model) &&
  (task.modelName === null || task.modelName === want.model);

/** Whether a task may be bought from: it names its model, or is named itself. Anybody can make a task that names none. */
export const taskAllowed = (task: Task, { levels, tasks }: Terms): boolean =>
  task.deprecatedEpoch === null &&
  levels.includes(task.securityLevel) &&
  (tasks.length === 0 ? task.modelName !== null : tasks.includes(task.taskSmallId));

/** Whether an own stack serves the model at the endpoint within the terms. */
export const stackAllowed = (own: OwnStack, want: Purpose, { levels, tasks, price, maxPrice }: Terms): boolean =>
  levels.includes(own.level) &&
  (tasks.length === 0 || tasks.includes(own.task)) &&
  [price, maxPrice].every((limit) => limit === null || own.price <= limit) &&
  taskServes({ role: own.role, modelName: own.model === '' ? null : own.model }, want);
