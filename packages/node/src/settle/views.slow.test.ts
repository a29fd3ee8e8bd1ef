/** What a jury arrives at when the accused shows values of another model, and the challenger's view of them is lost or bent. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toHex } from '@atoma/base';
import { executedResult, getTicket, startAttestationDispute } from '@atoma/sdk';
import { expect, test } from 'vitest';
import type { Daemon } from '../daemon.ts';
import type { TokenStep } from '../engine/types.ts';
import { decodeRow, encodeRow } from '../serve/transcript.ts';
import { traceOf } from '../sketch/trace.ts';
import { askOnce, type Fleet, openFleet } from '../testing/fleet.ts';
import { FORMULA, formulaEngine, formulaProfile } from '../testing/steps-engine.ts';
import type { View } from './holding.ts';

/** A market where the node that is drawn serves another model. */
const accused = async (prepare: (daemon: Daemon) => void = () => undefined) => {
  let cheat = -1;
  const fleet = await openFleet({
    nodes: 7,
    level: 1,
    alwaysAttest: true,
    model: FORMULA,
    engine: (i) => formulaEngine((claimed) => ({ weights: cheat === i && !claimed ? 5 : 0, noise: i })),
  });
  for (const daemon of fleet.daemons) prepare(daemon);
  const { stack, server } = await fleet.buy();
  cheat = fleet.daemons.indexOf(server);
  await fleet.tick();
  for (const question of ['a', 'b']) await askOnce(fleet, stack, server, question);
  await server.settleStack(stack);
  await server.tick();
  await fleet.tick(2);
  expect(await getTicket(fleet.buyer, { stackSmallId: stack })).toMatchObject({ state: 'disputed' });
  const [dispute] = await fleet.events('StackAttestationDisputeEvent');
  return { fleet, stack, dispute: dispute?.data as NonNullable<typeof dispute>['data'] };
};

const decide = async (fleet: Fleet) => {
  // The jury votes, and waits for what the buyer may show; then it reveals.
  for (let epoch = 0; epoch < 2; epoch++) {
    fleet.market.nextEpoch();
    for (let round = 0; round < 4; round++) await fleet.tick();
  }
  const [resolved] = await fleet.events('DisputeResolvedEvent');
  return resolved?.data;
};

const keptBy = async ({ store }: Daemon, stack: bigint) =>
  (await store.listEvidence(stack)).filter(({ kind }) => kind === 'transcript');

test('a challenger that was killed after its accusation still gives the view it rests on, until the stack ends', async () => {
  // Nothing a checker holds in memory outlives a request: as if each were killed and started again all the time.
  const { fleet, stack, dispute } = await accused(({ node }) => {
    node.relayed.get = () => undefined;
  });
  const challenger = fleet.byNode(dispute.challengerNodeId);
  expect(await keptBy(challenger, stack)).toHaveLength(1);
  challenger.settle.holdings.clear();
  expect(await decide(fleet)).toMatchObject({ outcome: 0, nodeFee: 0n, slashedJurors: [] });
  await fleet.tick();
  expect(await keptBy(challenger, stack)).toEqual([]);
  await fleet.close();
});

test('values that are no numbers cost nobody anything, whoever computes them', async () => {
  const broken = new Set<number>();
  const fleet = await openFleet({
    nodes: 5,
    level: 1,
    alwaysAttest: true,
    model: FORMULA,
    engine: (i) => formulaEngine(() => ({ weights: broken.has(i) ? Number.NaN : 0, noise: i })),
  });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  const places = fleet.daemons.map((_, i) => i);
  const own = fleet.daemons.indexOf(server);
  broken.add(own);
  expect(await askOnce(fleet, stack, server, 'a')).toBe('error backend_error');
  expect(await server.store.findStack(stack)).toMatchObject({ consumed: 0n, reserved: 0n, nextLeaf: 0 });
  broken.clear();
  expect(await askOnce(fleet, stack, server, 'a')).toContain('eight');
  await server.settleStack(stack);
  await server.tick();
  // A checker that cannot compute accuses nobody: it waits, and attests when it can.
  for (const i of places) if (i !== own) broken.add(i);
  await fleet.tick(2);
  expect(await getTicket(fleet.buyer, { stackSmallId: stack })).toMatchObject({ state: 'awaiting' });
  broken.clear();
  await fleet.tick(2);
  expect(await getTicket(fleet.buyer, { stackSmallId: stack })).toMatchObject({ state: 'clean' });
  await fleet.close();
});

test('values that only an evaluation in one go rounds otherwise cost an honest node nothing', async () => {
  const fleet = await openFleet({
    nodes: 5,
    level: 1,
    alwaysAttest: true,
    model: FORMULA,
    engine: (i) => formulaEngine((claimed, stepwise) => ({ weights: claimed && !stepwise ? 5 : 0, noise: i })),
  });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  for (const question of ['a', 'b']) await askOnce(fleet, stack, server, question);
  await server.settleStack(stack);
  await server.tick();
  await fleet.tick(2);
  expect(await getTicket(fleet.buyer, { stackSmallId: stack })).toMatchObject({ state: 'clean' });
  await fleet.close();
});

/** A view of rows that nobody's values are near. */
const bentView = (view: View, by: number): View =>
  new Map(
    [...view.keys()].map((row) => {
      const steps = Array.from({ length: 8 }, (_, token) => ({
        token,
        values: Array.from({ length: 64 }, (__, pair) => Math.sin(by + row + token * 9 + pair)),
      }));
      return [row, (traceOf([steps], formulaProfile) as { readonly trace: Uint8Array }).trace];
    }),
  );

test.each([
  ['or from the challenger', false],
  ['when the challenger gives none of them any more', true],
])(
  'jurors who were given another view than the accusation rests on get that one from each other %s',
  async (_, gone) => {
    const { fleet, stack, dispute } = await accused();
    await fleet.tick();
    const holdings = dispute.jurors.map((juror) => fleet.byNode(juror).settle.holdings.get(stack));
    expect(holdings.map((holding) => holding?.views().length)).toEqual(holdings.map(() => 1));
    for (const [i, holding] of holdings.slice(1).entries()) {
      const views = holding?.views() as View[];
      views.splice(0, 1, bentView(views[0] as View, i));
    }
    const { node, store } = fleet.byNode(dispute.challengerNodeId);
    if (gone) {
      node.relayed.get = () => undefined;
      Object.assign(store, { listEvidence: async () => [] });
    }
    expect(await decide(fleet)).toMatchObject({ outcome: 0, nodeFee: 0n, slashedJurors: [] });
    expect(await fleet.events('DisputeVoteRevealedEvent')).toHaveLength(dispute.jurors.length);
    await fleet.close();
  },
);

test('a jury whose challenger shows its view asks nobody else for one, and looks at the rows once', async () => {
  const { fleet, stack, dispute } = await accused();
  await fleet.tick();
  const asked: bigint[] = [];
  for (const juror of dispute.jurors) {
    const { relayed } = fleet.byNode(juror).node;
    const find = relayed.get.bind(relayed);
    relayed.get = (about) => {
      asked.push(juror);
      return find(about);
    };
  }
  expect(await decide(fleet)).toMatchObject({ outcome: 0 });
  expect(asked).toEqual([]);
  expect(fleet.byNode(dispute.jurors[0] as bigint).settle.checks.find(stack)?.findings).toContainEqual(
    expect.objectContaining({ verdict: 'other', own: expect.stringContaining('eight') }),
  );
  await fleet.close();
});

/** What a machine of the sold model makes of a row. */
const valuesOf = async (challenge: string, noise: number): Promise<Uint8Array> => {
  const steps: TokenStep[] = [];
  const request = {
    ...({
      endpoint: '/v1/chat/completions',
      model: FORMULA,
      body: {},
      file: null,
      seed: 1,
      n: 1,
      stream: false,
    } as const),
    steps: { challenge, claimed: [[0]] },
  };
  const engine = formulaEngine(() => ({ weights: 0, noise }));
  for await (const event of engine.run(request, { maxPerChoice: 8, cut: null }, new AbortController().signal))
    if (event.type === 'delta') steps.push(...(event.steps ?? []));
  return (traceOf([steps], formulaProfile) as { readonly trace: Uint8Array }).trace;
};

/** Stands before a server, and shows whoever asks for its rows other values of them; the address to announce. */
const showingEachOther = async (server: Daemon) => {
  let asked = 0;
  const front = createServer(async (request, response) => {
    const { 'content-length': _length, host: _host, connection: _connection, ...headers } = request.headers;
    const reply = await fetch(`http://127.0.0.1:${server.port}${request.url}`, {
      headers: headers as Record<string, string>,
    });
    const noise = 10 + asked++ / 2;
    const lines = (await reply.text()).split('\n').filter((line) => line !== '');
    for (const row of lines.map(decodeRow)) {
      const reference = await valuesOf(toHex(row.entry.requestHash), noise);
      response.write(`${encodeRow({ ...row, reference })}\n`);
    }
    response.end();
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  await server.announce(`http://127.0.0.1:${(front.address() as AddressInfo).port}`);
  return { asked: () => asked, close: () => front.close() };
};

test.each([
  ['an attester that joins binds them all', true],
  ['nobody joins: they go by the first one’s', false],
])(
  'a liar whose friend disputes with garbage splits no jury by showing each juror other values; %s',
  async (_, joins) => {
    let cheat = -1;
    const fleet = await openFleet({
      nodes: 8,
      level: 1,
      alwaysAttest: joins,
      model: FORMULA,
      engine: (i) => formulaEngine((claimed) => ({ weights: cheat === i && !claimed ? 5 : 0, noise: i })),
    });
    const { stack, server } = await fleet.buy();
    cheat = fleet.daemons.indexOf(server);
    await fleet.tick();
    for (const question of ['a', 'b']) await askOnce(fleet, stack, server, question);
    await server.settleStack(stack);
    await server.tick();
    const front = await showingEachOther(server);
    const attestationCommitment = new Uint8Array(32).fill(7);
    const of = { stackSmallId: stack, attestationCommitment };
    const { jurors } = executedResult(await startAttestationDispute(fleet.buyer, of));
    await fleet.tick(2);
    expect((await fleet.events('DisputeJoinedEvent')).length > 0).toBe(joins);
    const resolved = await decide(fleet);
    expect(resolved).toMatchObject({ outcome: 0, nodeFee: 0n, slashedJurors: [] });
    expect([resolved?.paidJurors.length, (resolved?.joinedShare ?? 0n) > 0n]).toEqual([jurors.length, joins]);
    expect(front.asked()).toBeGreaterThan(jurors.length - 1);
    front.close();
    await fleet.close();
  },
);
