/**
 * Real daemons, and somebody who breaks the rules: every answer, check, message and vote is what it is on a network. The node that is
 * drawn has the fault; the others check with the model that was sold.
 */
import { createLog, type Daemon, defaultPolicy, type Engine, openSqliteStore, startDaemon } from '@atoma/node';
import { accusation, CHAT, disputeOutcomes, findEvent, findTicket, signRequest, wireIdsOf } from '@atoma/sdk';
import * as db from '@atoma/sdk/bindings';
import { type Cast, closeCast } from './cheats.ts';
import { coalition } from './coalition.ts';
import type { FaultName } from './fault-names.ts';
import { insurance } from './insured.ts';
import { call, epochOf, reachEpoch } from './lab-chain.ts';
import { labError } from './lab-errors.ts';
import type { LabMarket } from './lab-market.ts';
import { type Bought, buy, isFaulty, type StackEnd, type StackPlay } from './play-stack.ts';
import { hashOf } from './random.ts';

/** Plays stacks; `close` ends the daemons. */
export interface DaemonPlay {
  readonly next: (market: LabMarket) => Promise<StackPlay>;
  readonly close: () => Promise<void>;
}

const QUESTIONS = ['What is a receipt?', 'what is 7 minus 1?', 'Tell a story about a rabbit.'];
const MAX_UNITS = 400n;
/** Epochs a stack has to come to its end, and rounds of every daemon in each. */
const [MOST_EPOCHS, ROUNDS] = [12, 4];
const CHECK_MS = 600_000;
/** Where nobody answers. */
const NOWHERE = 'http://127.0.0.1:9';

const ask = async ({ buyer }: LabMarket, model: string, { stack, server }: Bought, port: number): Promise<bigint> => {
  let units = 0n;
  for (const content of QUESTIONS) {
    const body = new TextEncoder().encode(JSON.stringify({ model, messages: [{ role: 'user', content }] }));
    const { headers } = await signRequest({
      ...wireIdsOf(server.atoma),
      ...{ stack, node: server.id, signer: buyer.signer },
      ...{ endpoint: CHAT, model, body, maxUnits: MAX_UNITS },
    });
    const answer = await fetch(`http://127.0.0.1:${port}${CHAT}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    const text = await answer.text();
    if (!answer.ok) throw labError('REFUSED', { call: 'a request', why: text });
    units += BigInt(answer.headers.get('atoma-units') ?? 0);
  }
  return units;
};

/** A buyer without reason accuses the node that served it, with a made-up root. */
const frame = async ({ chain, buyer }: LabMarket, stack: bigint): Promise<void> => {
  const claim = accusation({ proof: hashOf('made up', stack), challenger: buyer.address });
  await call(chain, buyer, db.startAttestationDispute, buyer.purse, stack, claim, [], 0n, []);
};

/** How a stack ended, and who had disputed it. */
interface Ended {
  readonly end: StackEnd;
  readonly said: string;
}

const endOf = async ({ chain: { publisher } }: LabMarket, stack: bigint): Promise<Ended> => {
  const isOf = ({ data }: { readonly data: { readonly stackSmallId: bigint } }): boolean => data.stackSmallId === stack;
  const resolved = await findEvent(publisher, 'DisputeResolvedEvent', 'descending', isOf);
  if (!resolved) return { end: 'paid', said: 'attested, and paid' };
  const started = await findEvent(publisher, 'StackAttestationDisputeEvent', 'descending', isOf);
  const drawn = started !== undefined && started.data.challengerNodeId !== 0n;
  const end = disputeOutcomes[resolved.data.outcome] as StackEnd;
  return { end, said: `disputed by ${drawn ? 'a drawn attester' : 'the buyer'}: ${end}` };
};

/** How a stack ends on which a fault is found out that no conviction ends. */
const foundOut: Partial<Record<FaultName, StackEnd>> = {
  'daemon-hiding': 'unavailable',
  'daemon-hiding-once': 'acquitted',
  'daemon-framing-buyer': 'acquitted',
  'daemon-framing-coalition': 'acquitted',
};

/** Starts a daemon for each node of the market. */
export const playDaemons = async (market: LabMarket, cast: Cast): Promise<DaemonPlay> => {
  const { scenario, nodes, chain } = market;
  const { fault } = scenario;
  const { sold, cheat } = cast;
  const hides = fault === 'daemon-hiding' || fault === 'daemon-hiding-once';
  let cheating: bigint | undefined;
  const daemons = new Map<bigint, Daemon>();
  for (const { id, atoma } of nodes) {
    const run: Engine['run'] = (request, ...rest) =>
      (cheat && cheating === id && !request.steps?.claimed ? cheat : sold).run(request, ...rest);
    const daemon = await startDaemon({
      atoma,
      nodeSmallId: id,
      engines: [{ ...sold, run, close: async () => undefined }],
      store: openSqliteStore({ path: ':memory:', durability: 'process' }),
      pollMs: 0,
      takeover: true,
      policy: { ...defaultPolicy, allowPrivateNodes: true, checkMs: CHECK_MS, giveUpMs: 0 },
      log: createLog('silent'),
    });
    await daemon.announce(`http://127.0.0.1:${daemon.port}`);
    daemons.set(id, daemon);
  }
  const isDisputed = async (stack: bigint): Promise<boolean> =>
    (await findTicket(chain.publisher, { stackSmallId: stack }))?.state === 'disputed';

  const next = async (all: LabMarket): Promise<StackPlay> => {
    const from = epochOf(chain);
    const bought = await buy(all);
    const { stack, server } = bought;
    const daemon = daemons.get(server.id) as Daemon;
    const isCheat = isFaulty(scenario, server.id);
    const byHand =
      fault === 'daemon-framing-coalition'
        ? coalition(all, stack, server.id)
        : fault === 'daemon-insured-jury' && isCheat
          ? insurance(all, stack, daemon)
          : undefined;
    const rounds = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++)
        for (const [id, each] of daemons) {
          if (byHand?.holds(id)) await byHand.vote(id);
          else await each.tick();
          await byHand?.look();
        }
    };
    await rounds(1);
    if (isCheat) cheating = server.id;
    const units = await ask(all, cast.model, bought, daemon.port);
    cheating = undefined;
    let hidden = hides && isCheat;
    if (hidden) await daemon.announce(NOWHERE);
    const appear = async (): Promise<void> => {
      if (hidden) await daemon.announce(`http://127.0.0.1:${daemon.port}`);
      hidden = false;
    };
    await daemon.settleStack(stack);
    await daemon.tick();
    const open = () => findTicket(chain.publisher, { stackSmallId: stack });
    if (!(await open())) throw labError('REFUSED', { call: `settling stack ${stack}`, why: 'there is no ticket' });
    if (fault === 'daemon-framing-buyer') await frame(all, stack);
    if (fault === 'daemon-framing-coalition') {
      const drawn = (await open())?.attesters.some((id) => id !== null && byHand?.holds(id));
      if (!drawn) await frame(all, stack);
    }
    for (let epoch = 0; epoch < MOST_EPOCHS && (await open()); epoch++) {
      await rounds(ROUNDS);
      if (fault === 'daemon-hiding-once' && hidden && (await isDisputed(stack))) await appear();
      reachEpoch(chain, epochOf(chain) + 1n);
    }
    await appear();
    const { end, said } = await endOf(all, stack);
    return {
      ...{ stack, node: server.id, end, caught: end === (foundOut[fault] ?? 'convicted') },
      epochs: Number(epochOf(chain) - from),
      steps: [
        `stack ${stack} bought, served by node ${server.id}`,
        `${QUESTIONS.length} questions answered for ${units} units${cheat && isCheat ? ', not by what was sold' : ''}`,
        ...(hides && isCheat ? [`node ${server.id} shows its inputs to nobody before a jury sits`] : []),
        ...(byHand?.told() ?? []),
        said,
      ],
      slashed: [],
    };
  };
  return {
    next,
    close: async () => {
      for (const daemon of daemons.values()) await daemon.stop({ graceMs: 100 });
      await closeCast(cast);
    },
  };
};
