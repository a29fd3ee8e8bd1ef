import type { Atoma } from '../context/atoma.ts';
import { Subscription as SubscriptionRow, Task as TaskRow } from '../generated/bindings/atoma/task.ts';
import {
  allRows,
  findRows,
  type ListRowsParameters,
  listRows,
  optionalEpoch,
  readRow,
  tableId,
} from '../internal/rows.ts';
import { sdkError } from '../sdk-errors.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

const SAMPLING = 1;
const FOUND = 50;

/** A task of the market. */
export interface Task {
  readonly taskSmallId: bigint;
  /** Number of the role, see `roles`. */
  readonly role: number;
  readonly modelName: string | null;
  /** Number of the level, see `securityLevels`. */
  readonly securityLevel: number;
  readonly minimumReputationScore: number;
  /** First epoch in which it takes no subscriptions and purchases, announced two epochs before; null while none is announced. */
  readonly deprecatedEpoch: bigint | null;
  readonly openStacks: bigint;
  /** Nodes subscribed. */
  readonly subscribers: bigint;
  /** Least price of a purchase, base units of TOMA a compute unit: `task::least_price` of the contract. */
  readonly leastPrice: bigint;
}

/** A node's offer on a task. */
export interface Subscription {
  readonly taskSmallId: bigint;
  readonly nodeSmallId: bigint;
  /** Base units of TOMA a compute unit. */
  readonly pricePerComputeUnit: bigint;
  /** Most compute units of one stack. */
  readonly maxNumComputeUnits: bigint;
}

/** Names a task. */
export interface TaskParameters {
  readonly taskSmallId: SmallIdInput;
}

/** The contract's rule, for display and offers: half of where the bucket begins in which the cheapest quarter of the offers ends. */
const leastPrice = ({ level, bucketSizes, subscriptions }: TaskRow): bigint => {
  if (level !== SAMPLING) return 1n;
  let [bucket, cheaper] = [0, bucketSizes[0] ?? 0n];
  while (4n * cheaper < subscriptions.size) cheaper += bucketSizes[++bucket] ?? subscriptions.size;
  const half = 2n ** BigInt(bucket) / 2n;
  return half > 0n ? half : 1n;
};

const toTask = (taskSmallId: bigint, row: TaskRow): Task => ({
  taskSmallId,
  role: row.role,
  modelName: row.modelName,
  securityLevel: row.level,
  minimumReputationScore: row.minimumReputation,
  deprecatedEpoch: optionalEpoch(row.deprecatedEpoch),
  openStacks: row.openStacks,
  subscribers: row.subscriptions.size,
  leastPrice: leastPrice(row),
});

/** All tasks, ordered by small id. */
export const listTasks = async (atoma: Atoma, parameters?: ListRowsParameters): Promise<readonly Task[]> =>
  (await listRows(atoma, 'tasks', TaskRow, parameters)).map(({ id, row }) => toTask(id, row));

/** What is looked for in names; letters of either case are the same. */
export interface SearchParameters {
  readonly text: string;
  /** At most this many. Default 50. */
  readonly limit?: number;
}

/** Tasks whose model's name holds a text, in no order: looked for a page at a time. */
export const searchTasks = async (
  atoma: Atoma,
  { text, limit = FOUND }: SearchParameters,
): Promise<readonly Task[]> => {
  const words = text.toLowerCase();
  const fits = ({ modelName }: TaskRow): boolean => modelName?.toLowerCase().includes(words) ?? false;
  return (await findRows(atoma, 'tasks', TaskRow, { limit, fits })).map(({ id, row }) => toTask(id, row));
};

const taskRow = async (atoma: Atoma, id: bigint): Promise<TaskRow | null> =>
  readRow(atoma, await tableId(atoma, 'tasks'), TaskRow, id);

/** A task, or null. */
export const findTask = async (atoma: Atoma, parameters: TaskParameters): Promise<Task | null> => {
  const id = smallId(parameters.taskSmallId);
  const row = await taskRow(atoma, id);
  return row && toTask(id, row);
};

/** A task. Throws `SDK_TASK_NOT_FOUND`. */
export const getTask = async (atoma: Atoma, parameters: TaskParameters): Promise<Task> => {
  const task = await findTask(atoma, parameters);
  if (!task) throw sdkError('TASK_NOT_FOUND', { id: String(parameters.taskSmallId) });
  return task;
};

const toSubscription = (taskSmallId: bigint, nodeSmallId: bigint, row: SubscriptionRow): Subscription => ({
  taskSmallId,
  nodeSmallId,
  pricePerComputeUnit: row.price,
  maxNumComputeUnits: row.maxUnits,
});

const cheapestFirst = (a: Subscription, b: Subscription): number => {
  if (a.pricePerComputeUnit !== b.pricePerComputeUnit) return a.pricePerComputeUnit < b.pricePerComputeUnit ? -1 : 1;
  return a.nodeSmallId < b.nodeSmallId ? -1 : 1;
};

/** Offers on a task, cheapest first. Throws `SDK_TASK_NOT_FOUND`. */
export const listSubscriptions = async (atoma: Atoma, parameters: TaskParameters): Promise<readonly Subscription[]> => {
  const id = smallId(parameters.taskSmallId);
  const row = await taskRow(atoma, id);
  if (!row) throw sdkError('TASK_NOT_FOUND', { id });
  const rows = await allRows(atoma, row.subscriptions.id, SubscriptionRow);
  return rows.map((each) => toSubscription(id, each.id, each.row)).sort(cheapestFirst);
};

/** Names a node's offer on a task. */
export interface SubscriptionParameters extends TaskParameters {
  readonly nodeSmallId: SmallIdInput;
}

/** A node's offer on a task; null when it is not subscribed. Throws `SDK_TASK_NOT_FOUND`. */
export const getSubscription = async (
  atoma: Atoma,
  parameters: SubscriptionParameters,
): Promise<Subscription | null> => {
  const [taskId, nodeId] = [smallId(parameters.taskSmallId), smallId(parameters.nodeSmallId)];
  const task = await taskRow(atoma, taskId);
  if (!task) throw sdkError('TASK_NOT_FOUND', { id: taskId });
  const row = await readRow(atoma, task.subscriptions.id, SubscriptionRow, nodeId);
  return row && toSubscription(taskId, nodeId, row);
};
