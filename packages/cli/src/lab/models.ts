/**
 * Daemons that serve a language model, and one that cheats: every answer, sketch, check and vote is what it is on a network. The node
 * that is drawn has the fault; the others check with the model that was sold.
 */
import {
  createLog,
  type Daemon,
  defaultPolicy,
  type Engine,
  type EngineEvent,
  openSqliteStore,
  startDaemon,
} from '@atoma/node';
import { findTicket, listEvents, signRequest, wireIdsOf } from '@atoma/sdk';
import { type ShippedModels, shippedModels } from '../demo/shipped.ts';
import { epochOf, reachEpoch } from './chain.ts';
import { labError } from './errors.ts';
import type { ModelFault } from './fault-names.ts';
import type { LabMarket } from './market.ts';
import { type Bought, buy, isFaulty, type StackEnd, type StackPlay } from './play.ts';

/** Plays stacks; `close` ends the daemons. */
export interface ModelPlay {
  readonly next: (market: LabMarket) => Promise<StackPlay>;
  readonly close: () => Promise<void>;
}

/** The models a scenario is played with. Throws `LAB_NO_MODEL`. */
export const labModels = (name: ModelFault): ShippedModels => {
  const models = shippedModels();
  if (!models) throw labError('NO_MODEL', { name });
  return models;
};

const QUESTIONS = ['What is a receipt?', 'what is 7 minus 1?', 'Tell a story about a rabbit.'];
const ENDPOINT = '/v1/chat/completions';
const MAX_UNITS = 400n;
/** Epochs a stack has to come to its end, and rounds of every daemon in each. */
const [MOST_EPOCHS, ROUNDS] = [12, 4];
const CHECK_MS = 600_000;

type Run = Engine['run'];

/** The first half of each answer, as if that were all. */
const truncated = (run: Run): Run =>
  async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
    const events: EngineEvent[] = [];
    for await (const event of run(request, limit, signal)) events.push(event);
    const deltas = events.filter((event) => event.type === 'delta');
    const kept = new Set(deltas.slice(0, Math.ceil(deltas.length / 2)));
    for (const event of events) {
      if (event.type === 'delta' && !kept.has(event)) continue;
      if (event.type !== 'finish') yield event;
      else {
        const { steps: _, ...end } = event;
        yield end;
      }
    }
  };

/** Other words, with the steps of the right ones. */
const altered = (run: Run): Run =>
  async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
    for await (const event of run(request, limit, signal))
      yield event.type === 'delta' && event.content !== undefined
        ? { ...event, content: event.content.replaceAll('e', 'a') }
        : event;
  };

/** The values of another question's answer, under the right words. */
const replayed = (run: Run): Run =>
  async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
    const messages = [{ role: 'user', content: 'What is Atoma?' }];
    const stolen: (readonly number[])[] = [];
    for await (const event of run({ ...request, body: { ...request.body, messages } }, limit, signal))
      if (event.type === 'delta' || event.type === 'finish')
        stolen.push(...(event.steps ?? []).map(({ values }) => values));
    let position = 0;
    for await (const event of run(request, limit, signal))
      yield (event.type === 'delta' || event.type === 'finish') && event.steps
        ? { ...event, steps: event.steps.map((step) => ({ ...step, values: stolen[position++] ?? step.values })) }
        : event;
  };

/** How the cheat answers; undefined: honestly. */
const cheatOf = async (fault: ModelFault, models: ShippedModels, sold: Engine): Promise<Engine | undefined> => {
  switch (fault) {
    case 'model-honest':
      return undefined;
    case 'model-quantised':
      return models.instead('quantised');
    case 'model-smaller':
      return models.instead('smaller');
    case 'model-truncated':
      return { ...sold, run: truncated(sold.run) };
    case 'model-altered':
      return { ...sold, run: altered(sold.run) };
    case 'model-replayed':
      return { ...sold, run: replayed(sold.run) };
  }
};

const ask = async ({ buyer }: LabMarket, model: string, { stack, server }: Bought, port: number): Promise<bigint> => {
  let units = 0n;
  for (const content of QUESTIONS) {
    const body = new TextEncoder().encode(JSON.stringify({ model, messages: [{ role: 'user', content }] }));
    const { headers } = await signRequest({
      ...wireIdsOf(server.atoma),
      ...{ stack, node: server.id, signer: buyer.signer },
      ...{ endpoint: ENDPOINT, model, body, maxUnits: MAX_UNITS },
    });
    const answer = await fetch(`http://127.0.0.1:${port}${ENDPOINT}`, {
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

/** How disputes end, by the contract's numbers. */
const outcomes: readonly StackEnd[] = ['convicted', 'acquitted', 'unavailable', 'noMajority'];

const endOf = async ({ chain }: LabMarket, stack: bigint): Promise<StackEnd> => {
  const { events } = await listEvents(chain.publisher, { kind: 'DisputeResolvedEvent', order: 'descending' });
  const resolved = events.find((event) => event.kind === 'DisputeResolvedEvent' && event.data.stackSmallId === stack);
  return resolved?.kind === 'DisputeResolvedEvent' ? (outcomes[resolved.data.outcome] as StackEnd) : 'paid';
};

/** Starts a daemon for each node of the market. */
export const playModels = async (market: LabMarket, models: ShippedModels): Promise<ModelPlay> => {
  const { scenario, nodes } = market;
  const sold = await models.sold();
  const cheat = await cheatOf(scenario.fault as ModelFault, models, sold);
  let cheating: bigint | undefined;
  const daemons = new Map<bigint, Daemon>();
  for (const { id, atoma } of nodes) {
    const run: Run = (request, ...rest) =>
      (cheat && cheating === id && !request.steps?.claimed ? cheat : sold).run(request, ...rest);
    const daemon = await startDaemon({
      atoma,
      nodeSmallId: id,
      engines: [{ ...sold, run, close: async () => undefined }],
      store: openSqliteStore({ path: ':memory:', durability: 'process' }),
      pollMs: 0,
      takeover: true,
      policy: { ...defaultPolicy, allowPrivateNodes: true, checkMs: CHECK_MS },
      log: createLog('silent'),
    });
    await daemon.announce(`http://127.0.0.1:${daemon.port}`);
    daemons.set(id, daemon);
  }
  const rounds = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) for (const daemon of daemons.values()) await daemon.tick();
  };
  const next = async (all: LabMarket): Promise<StackPlay> => {
    const from = epochOf(all.chain);
    const bought = await buy(all);
    const { stack, server } = bought;
    const daemon = daemons.get(server.id) as Daemon;
    await rounds(1);
    const cheats = cheat !== undefined && isFaulty(scenario, server.id);
    if (cheats) cheating = server.id;
    const units = await ask(all, models.name, bought, daemon.port);
    cheating = undefined;
    await daemon.settleStack(stack);
    await daemon.tick();
    const open = () => findTicket(all.chain.publisher, { stackSmallId: stack });
    if (!(await open())) throw labError('REFUSED', { call: `settling stack ${stack}`, why: 'there is no ticket' });
    for (let epoch = 0; epoch < MOST_EPOCHS && (await open()); epoch++) {
      await rounds(ROUNDS);
      reachEpoch(all.chain, epochOf(all.chain) + 1n);
    }
    const end = await endOf(all, stack);
    return {
      ...{ stack, node: server.id, end, caught: end === 'convicted' },
      epochs: Number(epochOf(all.chain) - from),
      steps: [
        `stack ${stack} bought, served by node ${server.id}`,
        `${QUESTIONS.length} questions answered for ${units} units${cheats ? ', not by what was sold' : ''}`,
        end === 'paid' ? 'attested, and paid' : `disputed by a drawn attester: ${end}`,
      ],
      slashed: [],
    };
  };
  return {
    next,
    close: async () => {
      for (const daemon of daemons.values()) await daemon.stop({ graceMs: 100 });
      for (const engine of new Set([sold, cheat])) await engine?.close();
    },
  };
};
