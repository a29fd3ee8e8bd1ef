/** A new market follows its seed: keys, ids, addresses and draws; the epoch people see begins now. */
import { acquireStack, executedResult, getEpoch, listEvents } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { openUpMarket } from './market.ts';
import { builtinModels } from './plan.ts';
import { freePorts } from './ports.ts';

const made = async (seed: string) => {
  const market = await openUpMarket({
    nodes: 3,
    level: 0,
    seed,
    epochMs: 60_000,
    price: 100n,
    models: builtinModels,
    engine: null,
    file: null,
    directory: null,
  });
  try {
    const { buyer, deployment, nodes } = market;
    const want = { taskSmallId: 1n, numComputeUnits: 1_000_000n, pricePerComputeUnit: 100n };
    const drawn = [];
    for (let i = 0; i < 5; i++) drawn.push(executedResult(await acquireStack(buyer, want)).selectedNodeSmallId);
    const { events } = await listEvents(buyer);
    const { startMs } = await getEpoch(buyer);
    expect(Math.abs(Date.now() - startMs)).toBeLessThan(3_600_000);
    return {
      package: deployment.packageId,
      buyer: buyer.sender,
      ports: nodes.map(({ port }) => port),
      digests: events.map(({ digest }) => digest),
      drawn,
    };
  } finally {
    market.close();
  }
};

test('the same seed makes the same market and draws the same nodes; another seed another market', async () => {
  const first = await made('a');
  expect(await made('a')).toEqual(first);
  const other = await made('b');
  for (const name of ['package', 'buyer', 'ports', 'digests'] as const) expect(other[name]).not.toEqual(first[name]);
});

test('ports are all different and free, also where one of the wanted ones is taken', async () => {
  const { createServer } = await import('node:net');
  const wanted = await freePorts(4, 'ports');
  expect(new Set(wanted).size).toBe(4);
  const taker = createServer();
  await new Promise<void>((resolve) => taker.listen(wanted[1], '127.0.0.1', resolve));
  const [first, second, ...rest] = await freePorts(4, 'ports');
  await new Promise((resolve) => taker.close(resolve));
  expect([first, ...rest]).toEqual([wanted[0], ...wanted.slice(2)]);
  expect(second).not.toBe(wanted[1]);
});
