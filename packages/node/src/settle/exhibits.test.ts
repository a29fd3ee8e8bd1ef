import { executedResult, getDispute, inputsUnavailable, messageSigner, startAttestationDispute } from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { expect, test } from 'vitest';
import type { Daemon } from '../daemon.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import type { Store } from '../store/types.ts';
import { askOnce, type Fleet, openFleet } from '../testing/fleet.ts';
import { wireIds } from '../testing/serving-fixture.ts';
import { inquire } from './outgoing.ts';

/** A ledger that may show some readers less than it has. */
const twoFaced = (hides: () => boolean): Store => {
  const store = openSqliteStore({ path: ':memory:', durability: 'process' });
  return {
    ...store,
    listLeaves: async (stack, from, limit) => {
      const leaves = await store.listLeaves(stack, from, limit);
      return hides() ? leaves.slice(0, -1) : leaves;
    },
  };
};

/** A settled stack that its buyer disputes; returns its jurors. */
const disputed = async (fleet: Fleet): Promise<{ stack: bigint; server: Daemon; jurors: readonly Daemon[] }> => {
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  for (const prompt of ['one', 'two']) await askOnce(fleet, stack, server, prompt);
  await server.settleStack(stack);
  await fleet.tick(2);
  const start = { stackSmallId: stack, attestationCommitment: new Uint8Array(32).fill(1) };
  const { jurors } = executedResult(await startAttestationDispute(fleet.buyer, start));
  return { stack, server, jurors: jurors.map(fleet.byNode) };
};

/** What a vote for inputs that cannot be had shows. */
const unavailable = Buffer.from(inputsUnavailable()).toString('hex');

const votesOf = async (fleet: Fleet) =>
  (await fleet.events('DisputeVoteRevealedEvent')).map(({ data }) => ({
    root: Buffer.from(data.historyRoot).toString('hex'),
    units: data.numComputeUnits,
  }));

test('jurors show each other what the accused signed, before they vote', async () => {
  const fleet = await openFleet({ nodes: 6 });
  const { stack, jurors } = await disputed(fleet);
  await fleet.tick(2);
  for (const juror of jurors) {
    const lines = (await juror.store.listEvidence(stack)).filter(({ kind }) => kind === 'exhibit');
    expect(new Set(lines.map(({ digest }) => digest)).size).toBe(1);
    expect(lines.length).toBeGreaterThan(0);
  }
  expect((await getDispute(fleet.buyer, { stackSmallId: stack })).committed).toEqual([]);
  fleet.market.nextEpoch();
  await fleet.tick(4);
  const votes = await votesOf(fleet);
  expect(votes).toHaveLength(5);
  expect(new Set(votes.map(({ root }) => root)).size).toBe(1);
  expect(votes[0]?.root).not.toBe(unavailable);
  await fleet.close();
});

test('an accused that shows jurors different transcripts has shown none', async () => {
  let reader: Daemon | undefined;
  let hiding = false;
  let owner: Daemon | undefined;
  const fleet = await openFleet({
    nodes: 6,
    daemon: (i) => ({ store: twoFaced(() => hiding && owner !== undefined && fleet.daemons.indexOf(owner) === i) }),
  });
  const { stack, server, jurors } = await disputed(fleet);
  owner = server;
  for (const juror of jurors) {
    reader = juror;
    hiding = juror === jurors[0];
    await reader.tick();
  }
  hiding = false;
  const seen = (await (jurors[1] as Daemon).store.listEvidence(stack)).filter(({ kind }) => kind === 'exhibit');
  expect(new Set(seen.map(({ digest }) => digest)).size).toBe(2);
  const accused = messageSigner(server.settle.atoma.signer as never).address;
  expect(seen.some(({ source }) => source === accused)).toBe(false);
  fleet.market.nextEpoch();
  await fleet.tick(4);
  const votes = await votesOf(fleet);
  expect(votes).toHaveLength(5);
  expect(new Set(votes.map(({ root }) => root))).toEqual(new Set([unavailable]));
  await fleet.close();
});

test('evidence is taken from those concerned, in lines that are some, and not without end', async () => {
  const fleet = await openFleet({ nodes: 6 });
  const { stack, jurors } = await disputed(fleet);
  const [juror] = jurors as [Daemon];
  const push = (body: string, signer = fleet.buyer.signer as Signer) =>
    inquire({
      ...wireIds(fleet.market),
      url: `http://127.0.0.1:${juror.port}`,
      node: juror.settle.nodeId,
      stack,
      path: `/v1/disputes/${stack}/evidence`,
      signer: messageSigner(signer),
      now: Date.now(),
      body: new TextEncoder().encode(body),
      allowPrivate: true,
      limit: 10_000,
      timeoutMs: 20_000,
    }).then((bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as { taken: number });
  const refused = (status: number) =>
    expect.objectContaining({ code: 'NODE_INQUIRY', details: expect.objectContaining({ status }) });
  await expect(push('neither a row nor an exhibit')).rejects.toEqual(refused(400));
  await expect(push('{}', fleet.market.actor().signer as Signer)).rejects.toEqual(refused(403));
  const row = (index: number) =>
    `${JSON.stringify({ index, envelope: 'AAAA', signature: 'AAAA', authority: 0, body: 'A'.repeat(20 * 1024 * 1024), cut: null })}\n`;
  for (let i = 0; i < 3; i++) expect(await push(row(i))).toMatchObject({ taken: 1 });
  await expect(push(row(4))).rejects.toEqual(refused(413));
  await expect(push(row(5) + row(6))).rejects.toEqual(refused(413));
  await fleet.close();
});
