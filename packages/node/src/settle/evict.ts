/** Slots of nodes that may no longer serve: every draw of the task pays for passing over them. */
import { findNode, findTask, getSubscription } from '@atoma/sdk';
import * as z from 'zod';
import type { DutyRow } from '../store/types.ts';
import { intend } from './calls.ts';
import type { SettleContext } from './settle-context.ts';

const fallenNodes = z.object({ nodes: z.string().regex(/^\d{1,20}(,\d{1,20})*$/) });

/**
 * Takes nodes that lost reputation out of the tasks this node sells in, where they are below what the task asks. The storage that their
 * slots took pays for it.
 */
export const evictFallen = async (settle: SettleContext, { stack, data }: DutyRow): Promise<void> => {
  const { atoma, node } = settle;
  for (const nodeSmallId of fallenNodes.parse(JSON.parse(data)).nodes.split(',').map(BigInt)) {
    const reputation = (await findNode(atoma, { nodeSmallId }))?.reputation ?? 0;
    for (const { task: taskSmallId } of settle.offers()) {
      const task = await findTask(atoma, { taskSmallId });
      if (!task || reputation >= task.minimumReputationScore) continue;
      if (!(await getSubscription(atoma, { taskSmallId, nodeSmallId }))) continue;
      await intend(settle, 'evict', `${stack}/${taskSmallId}/${nodeSmallId}`, {
        task: String(taskSmallId),
        node: String(nodeSmallId),
      });
    }
  }
  await node.store.endDuty('evict', stack, 'done');
};
