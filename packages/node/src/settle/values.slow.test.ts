/** Level 1 on a real model that does not repeat its answers bit by bit. The cheat with such a model: `values.long.test.ts`, and the demo's. */
import { getTicket } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { openFleet } from '../testing/fleet.ts';
import { SOLD } from '../testing/models.ts';
import { honestOf, NODES, openEngines, QUESTIONS, sell } from '../testing/sold-values.ts';

openEngines();

test('honest nodes attest each other, though they compute other bits', async () => {
  const fleet = await openFleet({ nodes: NODES, level: 1, alwaysAttest: true, model: SOLD, engine: honestOf });
  try {
    const { stack, receipts } = await sell(fleet);
    // The receipt covers the content together with the digest of its steps.
    expect(receipts.map(({ signed }) => signed.work?.length)).toEqual(QUESTIONS.map(() => 32));
    await fleet.tick(2);
    expect(await getTicket(fleet.buyer, { stackSmallId: stack })).toMatchObject({ state: 'clean' });
    expect(await fleet.events('StackAttestationDisputeEvent')).toEqual([]);
  } finally {
    await fleet.close();
  }
});
