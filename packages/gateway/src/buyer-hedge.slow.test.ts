/** Failover `fast`: a node that is slow to begin is overtaken by another, and both are paid for no more than they did. */
import { type BuyerEvent, createBuyer, executedResult, findStack, openJournal, updateNodeUrl } from '@atoma/sdk';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { openRehearsal } from './testing/rehearsal.ts';
import { startProxy } from './testing/tamper.ts';

const model = 'atoma/demo-chat';
const policy = {
  allowPrivateNodes: true,
  autoPurchase: false,
  pauseMs: [5, 20] as const,
  attempts: 2,
  answerMs: 60_000,
};

test.each([false, true])('a slow node is overtaken (stream: %s)', async (stream) => {
  const market = await openRehearsal(`hedge ${stream}`);
  const task = await market.task({ model });
  const [slow, quick] = [await market.addNode(), await market.addNode()];
  await market.subscribe(slow, task, 100n);
  await market.subscribe(quick, task, 100n);
  const proxy = await startProxy(() => slow.url());
  executedResult(await updateNodeUrl(slow.operator, { nodeSmallId: slow.id, url: proxy.url }));
  const atoma = await market.wallet();
  const bought = new Map<bigint, bigint>();
  while (bought.size < 2) {
    const stack = await market.buyStack(atoma, task, 300_000n, 100n);
    bought.set((await findStack(atoma, { stackSmallId: stack }))?.selectedNodeSmallId ?? 0n, stack);
  }
  const events: BuyerEvent[] = [];
  const journal = await openJournal({ path: ':memory:' });
  const buyer = await createBuyer({
    atoma,
    journal,
    policy: { ...policy, failover: 'fast', hedgeMs: 60 },
    onEvent: (event) => events.push(event),
  });
  const client = new OpenAI(buyer.openai());
  const ask = { model, messages: [{ role: 'user' as const, content: 'hello' }], max_tokens: 30 };
  proxy.mischief.holds = true;
  for (let i = 0; i < 2; i++) {
    let text = '';
    if (stream)
      for await (const chunk of await client.chat.completions.create({ ...ask, stream: true }))
        text += chunk.choices[0]?.delta.content ?? '';
    else text = (await client.chat.completions.create(ask)).choices[0]?.message.content ?? '';
    expect(text).toHaveLength(30);
  }
  const receipts = events.filter((event) => event.kind === 'receipt');
  expect(receipts.filter(({ node }) => node === quick.id)).toHaveLength(2);
  await expect.poll(async () => (await journal.listRequests({ stages: ['open'] })).length).toBe(0);
  for (const node of [slow, quick])
    for (const stack of await node.store.listStacks()) {
      const meters = await journal.meters(stack.id);
      expect(stack.consumed).toBeLessThanOrEqual(meters.charged + meters.exposure);
      expect(stack.consumed).toBeGreaterThanOrEqual(meters.charged);
    }
  await buyer.close();
  await proxy.close();
  await market.close();
});
