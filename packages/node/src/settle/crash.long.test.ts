import { once } from 'node:events';
import {
  BASE_UNITS,
  executedResult,
  faucet,
  findTicket,
  getDispute,
  getTicket,
  showDisputeEvidence,
  startAttestationDispute,
} from '@atoma/sdk';
import { expect, test } from 'vitest';
import type { Daemon } from '../daemon.ts';
import type { Store } from '../store/types.ts';
import { askOnce, lyingEngine } from '../testing/fleet.ts';
import { type KillerFleet, killSteps, openKillerFleet } from '../testing/killer.ts';

/** Some twenty processes start one after the other. */
const PATIENCE_MS = 300_000;

const sorted = (list: readonly { data: { stackSmallId: bigint; numClaimedComputeUnits: bigint } }[]) =>
  list
    .map(({ data }) => [data.stackSmallId, data.numClaimedComputeUnits])
    .sort((a, b) => Number((a[0] as bigint) - (b[0] as bigint)));

/** What must hold of the ledger of a daemon that was killed and went on. */
const soundLedger = async (store: Store): Promise<void> => {
  expect((await store.listOutbox()).filter((row) => row.state !== 'confirmed')).toEqual([]);
  expect((await store.totals()).openRows).toBe(0);
  expect(await store.checkInvariants({ chain: true })).toEqual([]);
  await store.close();
};

/** Kills the daemon at each step of a kind of transaction, then lets it finish. */
const killAtEach = async (fleet: KillerFleet, daemon: Daemon, steps: readonly string[]): Promise<void> => {
  for (const step of steps) expect([step, await fleet.run(daemon, step)]).toEqual([step, 'SIGKILL']);
  expect(await fleet.run(daemon, '')).toBeNull();
};

test(
  'killed at every step of settling and claiming, each stack is settled once and claimed once',
  async () => {
    const steps = ['settle:before-freeze', 'settle:intent', ...killSteps('settle')];
    const fleet = await openKillerFleet({ nodes: 1 });
    const [server] = fleet.daemons as [Daemon];
    const money = await fleet.money();
    const stacks: { id: bigint; units: bigint }[] = [];
    for (let i = 0; i <= steps.length; i++) {
      const { stack } = await fleet.buy(200_000n);
      await server.tick();
      await askOnce(fleet, stack, server, 'what is a stack?');
      stacks.push({ id: stack, units: (await server.store.findStack(stack))?.consumed as bigint });
    }
    const operator = server.settle.atoma;
    await fleet.leave(server);
    const before = await fleet.toma(operator);
    for (const [i, step] of steps.entries())
      expect([step, await fleet.run(server, step, [stacks[i]?.id as bigint])]).toEqual([step, 'SIGKILL']);
    const ids = stacks.map(({ id }) => id);
    expect(await fleet.run(server, '', ids)).toBeNull();
    for (const id of ids) expect(await findTicket(fleet.buyer, { stackSmallId: id })).not.toBeNull();
    fleet.market.nextEpoch(2);
    await killAtEach(fleet, server, ['claim:before-intent', ...killSteps('claim')]);
    const expected = stacks.map(({ id, units }) => [id, units]);
    expect(sorted(await fleet.events('StackTrySettleEvent'))).toEqual(expected);
    expect(sorted(await fleet.events('StackSettlementTicketClaimedEvent'))).toEqual(expected);
    const fees = stacks.reduce((sum, { units }) => sum + units * fleet.price, 0n);
    expect(await fleet.toma(operator)).toBe(before + fees);
    expect(await fleet.money()).toBe(money);
    const store = fleet.open(server);
    expect((await store.listOutbox()).filter((row) => row.kind === 'claim')).toHaveLength(1);
    for (const id of ids) expect((await store.findStack(id))?.state).toBe('closed');
    await soundLedger(store);
    await fleet.close();
  },
  PATIENCE_MS,
);

test(
  'killed at every step of an attestation, the attester attests once',
  async () => {
    const fleet = await openKillerFleet({ nodes: 3, level: 1, alwaysAttest: true });
    const money = await fleet.money();
    const { stack, server } = await fleet.buy();
    await fleet.tick();
    for (const prompt of ['one', 'two']) await askOnce(fleet, stack, server, prompt);
    await server.settleStack(stack);
    await server.tick();
    const [drawn] = (await getTicket(fleet.buyer, { stackSmallId: stack })).attesters;
    const attester = fleet.byNode(drawn as bigint);
    await fleet.leave(attester);
    await killAtEach(fleet, attester, killSteps('attest'));
    expect(await fleet.events('NewStackSettlementAttestationEvent')).toHaveLength(1);
    expect((await getTicket(fleet.buyer, { stackSmallId: stack })).state).toBe('clean');
    fleet.market.nextEpoch(2);
    await fleet.tick(2);
    expect(await fleet.events('StackSettlementTicketClaimedEvent')).toHaveLength(1);
    expect(await fleet.money()).toBe(money);
    expect(await fleet.run(attester, '')).toBeNull();
    const store = fleet.open(attester);
    expect((await store.listDuties()).map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
      'attest done',
      'finalize done',
    ]);
    await soundLedger(store);
    await fleet.close();
  },
  PATIENCE_MS,
);

test(
  'killed at every step of disputing answers of another model, the attester disputes once and wins',
  async () => {
    let liar: number | undefined;
    const engine = (i: number) => lyingEngine('question', () => liar === i);
    const fleet = await openKillerFleet({ nodes: 7, level: 1, alwaysAttest: true, engine });
    const money = await fleet.money();
    const { stack, server } = await fleet.buy();
    liar = fleet.daemons.indexOf(server);
    await fleet.tick();
    await askOnce(fleet, stack, server, 'a single question');
    await server.settleStack(stack);
    await server.tick();
    const [settled] = await fleet.events('StackTrySettleEvent');
    const attester = fleet.byNode(settled?.data.requestedAttestationNodes[0] as bigint);
    await fleet.leave(attester);
    await killAtEach(fleet, attester, killSteps('attest'));
    const disputes = await fleet.events('StackAttestationDisputeEvent');
    expect(disputes.map(({ data }) => data.challengerNodeId)).toEqual([attester.settle.nodeId]);
    for (let epoch = 0; epoch < 2; epoch++) {
      fleet.market.nextEpoch();
      await fleet.tick(4);
    }
    const [resolved, ...more] = await fleet.events('DisputeResolvedEvent');
    expect(more).toEqual([]);
    expect(resolved?.data).toMatchObject({ outcome: 0, slashedJurors: [] });
    expect(await fleet.run(attester, '')).toBeNull();
    expect(await fleet.money()).toBe(money);
    await soundLedger(fleet.open(attester));
    await fleet.close();
  },
  PATIENCE_MS,
);

/** A settled stack that nobody attests; its server has left. */
const unattested = async (fleet: KillerFleet): Promise<{ readonly stack: bigint; readonly server: Daemon }> => {
  const { stack, server } = await fleet.buy();
  await server.tick();
  await askOnce(fleet, stack, server, 'nobody attests this');
  await server.settleStack(stack);
  await server.tick();
  await fleet.leave(server);
  return { stack, server };
};

test(
  'killed at every step of replacing silent attesters and of opening, each happens once',
  async () => {
    // Who was silent has too little reputation to sit on a jury: after the third nobody is left but one.
    const fleet = await openKillerFleet({ nodes: 5, level: 1, alwaysAttest: true, minimumReputation: 50 });
    const money = await fleet.money();
    const { server } = await unattested(fleet);
    fleet.market.nextEpoch(2);
    await killAtEach(fleet, server, killSteps('redraw'));
    expect(await fleet.events('AttestersRedrawnEvent')).toHaveLength(1);
    fleet.market.nextEpoch(2);
    expect(await fleet.run(server, '')).toBeNull();
    fleet.market.nextEpoch(2);
    await killAtEach(fleet, server, [...killSteps('redraw'), ...killSteps('open')]);
    const redrawn = await fleet.events('AttestersRedrawnEvent');
    expect(redrawn.map(({ data }) => [data.silentNodes.length, data.newNodes.length])).toEqual([
      [1, 1],
      [1, 1],
      [1, 0],
    ]);
    expect(await fleet.events('StackOpenedEvent')).toHaveLength(1);
    fleet.market.nextEpoch(2);
    expect(await fleet.run(server, '')).toBeNull();
    expect(await fleet.events('StackSettlementTicketClaimedEvent')).toHaveLength(1);
    expect(await fleet.money()).toBe(money);
    await soundLedger(fleet.open(server));
    await fleet.close();
  },
  PATIENCE_MS,
);

test(
  'killed at every step of seating the jury of an audit, of its vote and of its end, each happens once',
  async () => {
    const fleet = await openKillerFleet({ nodes: 5, level: 1, alwaysAttest: true });
    const money = await fleet.money();
    const { stack, server } = await unattested(fleet);
    for (let silence = 1; silence <= 3; silence++) {
      fleet.market.nextEpoch(2);
      if (silence < 3) expect(await fleet.run(server, '')).toBeNull();
    }
    await killAtEach(fleet, server, killSteps('redraw'));
    const { jurors, challenger } = await getDispute(fleet.buyer, { stackSmallId: stack });
    expect([jurors.length, BigInt(challenger)]).toEqual([3, 0n]);
    const serving = await fleet.stay(server);
    const juror = fleet.byNode(jurors[0] as bigint);
    await fleet.leave(juror);
    fleet.market.nextEpoch();
    await killAtEach(fleet, juror, killSteps('commit_vote'));
    await fleet.tick(2);
    fleet.market.nextEpoch();
    await fleet.tick(2);
    await killAtEach(fleet, juror, [...killSteps('reveal_vote'), ...killSteps('resolve')]);
    const [resolved, ...more] = await fleet.events('DisputeResolvedEvent');
    expect(more).toEqual([]);
    expect(resolved?.data).toMatchObject({ outcome: 1, slashedJurors: [] });
    expect(resolved?.data.paidJurors).toHaveLength(3);
    for (const kind of ['DisputeVoteCommittedEvent', 'DisputeVoteRevealedEvent'] as const)
      expect(await fleet.events(kind)).toHaveLength(3);
    serving.kill('SIGKILL');
    await once(serving, 'exit');
    fleet.market.nextEpoch(2);
    expect(await fleet.run(server, '')).toBeNull();
    expect(await fleet.events('StackSettlementTicketClaimedEvent')).toHaveLength(1);
    expect(await fleet.money()).toBe(money);
    for (const each of [server, juror]) await soundLedger(fleet.open(each));
    await fleet.close();
  },
  PATIENCE_MS,
);

test(
  'killed at every step of a vote, the juror commits once and reveals what it committed to',
  async () => {
    const fleet = await openKillerFleet({ nodes: 6 });
    const money = await fleet.money();
    const { stack, server } = await fleet.buy();
    await fleet.tick();
    await askOnce(fleet, stack, server, 'an honest answer');
    await server.settleStack(stack);
    await fleet.tick(2);
    const wrong = new Uint8Array(32).fill(1);
    const start = { stackSmallId: stack, attestationCommitment: wrong };
    const { jurors, disputeEpoch } = executedResult(await startAttestationDispute(fleet.buyer, start));
    const juror = fleet.byNode(jurors[0] as bigint);
    const subject = `${stack}/${disputeEpoch}`;
    await fleet.leave(juror);
    fleet.market.nextEpoch();
    await killAtEach(fleet, juror, killSteps('commit_vote'));
    expect((await getDispute(fleet.buyer, { stackSmallId: stack })).committed).toEqual([juror.settle.nodeId]);
    const before = fleet.open(juror);
    const committed = JSON.parse((await before.findOutbox('commit_vote', subject))?.frozen ?? '{}') as {
      salt: string;
    };
    await before.close();
    await fleet.tick(2);
    await killAtEach(fleet, juror, ['reveal_vote:before-intent', ...killSteps('reveal_vote')]);
    await fleet.tick(2);
    const own = (await fleet.events('DisputeVoteRevealedEvent')).filter(
      ({ data }) => data.jurorNodeId === juror.settle.nodeId,
    );
    expect(own).toHaveLength(1);
    const [resolved, ...more] = await fleet.events('DisputeResolvedEvent');
    expect(more).toEqual([]);
    expect(resolved?.data).toMatchObject({ outcome: 1, slashedJurors: [] });
    expect(resolved?.data.paidJurors).toHaveLength(5);
    const store = fleet.open(juror);
    const revealed = JSON.parse((await store.findOutbox('reveal_vote', subject))?.frozen ?? '{}') as {
      salt: string;
    };
    expect(committed.salt).toMatch(/^.{44}$/);
    expect(revealed.salt).toBe(committed.salt);
    await soundLedger(store);
    expect(await fleet.money()).toBe(money);
    await fleet.close();
  },
  PATIENCE_MS,
);

test.each([
  ['signed and not sent', 'built', 1],
  ['about to be sent', 'submitted', 1],
  ['on chain', 'executed', 2],
] as const)(
  'killed with a vote %s while the owner shows evidence, the juror votes anew, once, and reveals that vote',
  async (_, step, commits) => {
    const fleet = await openKillerFleet({ nodes: 6 });
    const stranger = fleet.market.publisher;
    executedResult(await faucet(stranger, { amount: BASE_UNITS }));
    const money = await fleet.money();
    const { stack, server } = await fleet.buy();
    await fleet.tick();
    await askOnce(fleet, stack, server, 'an honest answer');
    await server.settleStack(stack);
    await fleet.tick(2);
    const start = { stackSmallId: stack, attestationCommitment: new Uint8Array(32).fill(1) };
    const { jurors } = executedResult(await startAttestationDispute(stranger, start));
    const juror = fleet.byNode(jurors[0] as bigint);
    await fleet.leave(juror);
    fleet.market.nextEpoch();
    expect(await fleet.run(juror, `commit_vote:${step}`)).toBe('SIGKILL');
    await fleet.tick(2);
    const { disputeEpoch } = executedResult(await showDisputeEvidence(fleet.buyer, { stackSmallId: stack }));
    fleet.market.nextEpoch();
    await killAtEach(fleet, juror, killSteps('commit_vote'));
    await fleet.tick(2);
    await killAtEach(fleet, juror, ['reveal_vote:before-intent', ...killSteps('reveal_vote')]);
    await fleet.tick(2);
    const of = async (kind: 'DisputeVoteCommittedEvent' | 'DisputeVoteRevealedEvent') =>
      (await fleet.events(kind)).filter(({ data }) => data.jurorNodeId === juror.settle.nodeId).length;
    expect([await of('DisputeVoteCommittedEvent'), await of('DisputeVoteRevealedEvent')]).toEqual([commits, 1]);
    const [resolved, ...more] = await fleet.events('DisputeResolvedEvent');
    expect(more).toEqual([]);
    expect(resolved?.data).toMatchObject({ outcome: 1, slashedJurors: [], ownerBondReturned: 0n });
    expect(resolved?.data.paidJurors).toHaveLength(5);
    const store = fleet.open(juror);
    const frozen = async (kind: 'commit_vote' | 'reveal_vote') =>
      JSON.parse((await store.findOutbox(kind, `${stack}/${disputeEpoch}`))?.frozen ?? '{}') as { salt?: string };
    expect((await frozen('reveal_vote')).salt).toMatch(/^.{44}$/);
    expect((await frozen('reveal_vote')).salt).toBe((await frozen('commit_vote')).salt);
    await soundLedger(store);
    expect(await fleet.money()).toBe(money);
    await fleet.close();
  },
  PATIENCE_MS,
);
