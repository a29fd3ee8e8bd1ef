/** What an owner pays for the rows it names: their price for each juror that sits, not for each that could. */
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { expect, test } from 'vitest';
import type { Atoma } from '../context/atoma.ts';
import { objectId, openShownChain, termsWith } from '../testing/shown-chain.ts';
import { showDisputeEvidence } from './show-dispute-evidence.ts';

test('rows cost their price for each juror of the dispute, and nothing without a jury', async () => {
  const chain = openShownChain(new Ed25519Keypair());
  const listCoins = async () => ({ objects: [], hasNextPage: false, cursor: null });
  const deployment = { ...chain.atoma.deployment, tomaOriginalPackageId: objectId(8) };
  const poor: Atoma = {
    ...chain.atoma,
    deployment,
    client: { ...chain.atoma.client, listCoins } as unknown as Atoma['client'],
  };
  chain.show('stacks', 7n, { price: 10_000_000n, terms: termsWith({ jurors: 5n }) });
  const build = (jurors: bigint[]) => {
    chain.show('disputes', 7n, { jurors, waits: true });
    return showDisputeEvidence.build(poor, { stackSmallId: 7n, rows: [1], namedUnits: 90n });
  };
  await expect(build([1n, 2n, 3n])).rejects.toMatchObject({
    ...{ code: 'SDK_INSUFFICIENT_TOMA', details: { need: '2.7 TOMA' } },
  });
  expect((await build([])).getData().commands.map(({ MoveCall }) => MoveCall?.function)).toEqual([
    ...['zero', 'show_dispute_evidence', 'destroy_zero'],
  ]);
});
