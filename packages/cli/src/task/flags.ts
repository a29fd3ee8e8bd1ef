import { integer, optional, role, securityLevel, text } from '../kernel/flags.ts';
import { marketFlags, taskBadgeFlags } from '../shared/flags.ts';

/** Flags of `db create-task-entry`. */
export const createTaskFlags = {
  role: role(
    'what the task does: 0 chat completions, 1 embeddings, 2 vision, 3 image generation, 4 text to speech, 5 speech to text, 6 fine tuning, 7 training',
  ),
  modelName: optional(text('model the nodes must serve, at most 128 bytes of ASCII', 'NAME')),
  securityLevel: optional(securityLevel('0 none, 1 sampling consensus, 2 confidential compute (default 0)')),
  minimumReputationScore: optional(
    integer('reputation a node needs, 0 to 100; a new node has 50 (default 0)', '0..100', 0, 100, 'points'),
  ),
  ...marketFlags,
};

/** Flags of the commands on one task of the wallet's. */
export const ownTaskFlags = { ...taskBadgeFlags, ...marketFlags };
