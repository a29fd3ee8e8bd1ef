import { objectId, optional, smallId } from '../kernel/flags.ts';

/** Flags of everything below `atoma db`. */
export const marketFlags = {
  package: optional(objectId('package id of the market (default: the recorded one)')),
  db: optional(objectId('object id of the AtomaDb (default: found from the package)')),
  tomaPackage: optional(objectId('package id of the TOMA coin (default: the recorded one)')),
};

/** Which of the wallet's nodes acts. */
export const nodeFlags = {
  nodeBadge: optional(objectId('node badge to act with (default: found)')),
  nodeSmallId: optional(smallId('small id of the node to act for', 'node')),
};

/** Which of the wallet's tasks is meant. */
export const taskBadgeFlags = {
  taskBadge: optional(objectId('task badge; found from --task-small-id, or the only one, when left out')),
  taskSmallId: optional(smallId('small id of the task', 'task')),
};

/** Which of the wallet's stacks is meant. */
export const stackBadgeFlags = {
  stackBadge: optional(objectId('stack badge; found from --stack-small-id, or the only one, when left out')),
  stackSmallId: optional(smallId('small id of the stack', 'stack')),
};

/** The manager badge to act with. */
export const managerFlags = {
  managerBadge: optional(objectId('manager badge (default: found)')),
};
