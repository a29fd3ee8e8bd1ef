import type { NodeConfig } from '@atoma/node';
import type { Session } from '../chain/session.ts';
import type { Run } from '../kernel/command.ts';
import { chainChecks, machineChecks } from './checks.ts';
import { attempt, type Check } from './doctor-check.ts';
import { engineChecks } from './engine-checks.ts';
import { nodeFiles } from './node-files.ts';

/** Every check of a node, on a chain opened by `open`; none keeps the others from being made. */
export const allChecks = async (
  run: Run,
  config: NodeConfig,
  open: () => Promise<Session>,
): Promise<readonly Check[]> => [
  ...(await attempt('machine', async () => machineChecks(nodeFiles(run.settings).directory))),
  ...(await attempt('engines', () => engineChecks(config))),
  ...(await attempt('chain', async () => chainChecks((await open()).atoma, config))),
];
