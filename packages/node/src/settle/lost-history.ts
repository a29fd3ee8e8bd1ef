/** A database that knows nothing, at a node that has served before. */
import type { ChainView } from '../chain/view.ts';
import type { SettleContext } from './settle-context.ts';
import { syncEvents } from './sync.ts';

/** Setting that tells how far the look for lost history has come; absent in databases that never needed one. */
const SETTING = 'lost_history';

const isEmpty = async ({ node: { store } }: SettleContext): Promise<boolean> =>
  (await store.cursor()).cursor === null && (await store.listStacks()).length === 0;

/**
 * A node that announced its address has served before: where its database knows nothing, its stacks may have receipts it cannot know,
 * and a second receipt for one place would cost the bond. They wait for their owners' receipts, or for the operator's word that there
 * are none. To be called before the port opens. Rejects when the chain cannot be read.
 */
export const quarantineLostHistory = async (settle: SettleContext, chain: ChainView): Promise<void> => {
  const { store } = settle.node;
  if ((await store.getSetting(SETTING)) !== 'looking') {
    if (!(await isEmpty(settle))) return;
    await store.putSetting(SETTING, 'looking');
  }
  await syncEvents(settle, chain);
  for (const { id } of await store.listStacks(['open'])) {
    await store.moveStack(id, ['open'], 'quarantine');
    settle.alarm('history_lost', { stack: String(id) });
  }
  await store.putSetting(SETTING, 'looked');
};
