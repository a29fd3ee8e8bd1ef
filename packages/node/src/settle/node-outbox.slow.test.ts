import { getEpoch, listEvents } from '@atoma/sdk';
import { outboxContract } from '../../../sdk/src/testing/outbox-contract.ts';
import { createLog } from '../observe/log.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { registerRichNode } from '../testing/serving-fixture.ts';
import { intend } from './calls.ts';
import { runOutbox } from './node-outbox.ts';
import type { SettleContext } from './settle-context.ts';

const URL = 'https://node.example';

outboxContract('node', async (market, atoma) => {
  const nodeId = await registerRichNode(atoma);
  const store = openSqliteStore({ path: ':memory:', durability: 'process' });
  const node = { store, now: Date.now, log: createLog('silent') } as SettleContext['node'];
  return {
    send: async (at) => {
      const observe = (step: string): void => {
        const [, name] = step.split(':');
        if (name === 'built' || name === 'submitted' || name === 'executed' || name === 'confirmed') at(name);
      };
      const settle = { atoma, node, nodeId, observe, alarm: () => undefined } as unknown as SettleContext;
      await intend(settle, 'url', '1', { url: URL });
      await runOutbox(settle, await getEpoch(atoma));
    },
    effects: async () =>
      (await listEvents(market.publisher, { kind: 'NodeUrlUpdatedEvent' })).events.filter(
        (event) => event.kind === 'NodeUrlUpdatedEvent' && event.data.url === URL,
      ).length,
    done: async () => (await store.findOutbox('url', '1'))?.state === 'confirmed',
  };
});
