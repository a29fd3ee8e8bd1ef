import { getBalances } from '../reads/balances.ts';
import { outboxContract } from '../testing/outbox-contract.ts';
import { BASE_UNITS } from '../values/amounts.ts';
import { faucet } from '../writes/faucet.ts';
import { createOutbox } from './buyer-outbox.ts';
import { openJournal } from './journal/sqlite.ts';

const AMOUNT = 7n * BASE_UNITS;

outboxContract('buyer', async (_, atoma) => {
  const journal = await openJournal({ path: ':memory:' });
  return {
    send: async (at) => {
      const outbox = createOutbox({
        atoma,
        journal,
        book: { take: async () => undefined },
        now: Date.now,
        onStep: (step) => {
          if (step !== 'intent') at(step);
        },
      });
      await outbox.run({
        kind: 'purchase',
        subject: 'x',
        frozen: '{}',
        cost: 0n,
        build: () => faucet.build(atoma, { amount: AMOUNT }),
        changes: async () => [],
      });
    },
    effects: async () => Number((await getBalances(atoma)).toma / AMOUNT),
    done: async () => (await journal.findOutbox('purchase', 'x'))?.stage === 'confirmed',
  };
});
