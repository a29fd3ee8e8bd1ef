/** The story: a hundred paid answers, settled, attested and claimed; then a node that cheats, and what becomes of it. */
import { advanceEpoch } from '@atoma/localnet';
import type { Daemon } from '@atoma/node';
import { type AtomaEvent, type EventKind, type EventOf, formatAmount, getStack } from '@atoma/sdk';
import { cliError } from '../kernel/cli-errors.ts';
import { grouped } from '../kernel/lines.ts';
import { checkEverySettlement } from '../up/cheat.ts';
import type { UpParts } from '../up/open-parts.ts';
import { type BookLine, bookLines, compareBooks, readBooks } from './books.ts';
import type { Cast } from './cast.ts';
import { demoError } from './demo-errors.ts';
import { type Answered, askMany, type Target } from './requests.ts';
import type { Story } from './story.ts';

/** Requests of the honest part. */
export const REQUESTS = 100;
/** Requests a cheat answers. */
const CHEATED = 4;
/** Most rounds of all daemons in which everybody has done what it owes. */
const ROUNDS = 6;

/** What the story needs. */
export interface Scene {
  readonly parts: UpParts;
  readonly story: Story;
  /** What the cheat sells, and serves in its place. */
  readonly cast: Pick<Cast, 'model' | 'instead'>;
  /** Has these nodes, and no others, answer with another model from now on. */
  readonly corrupt: (nodes: readonly bigint[]) => void;
}

const targetOf = ({ endpoint }: UpParts, model: string): Target => ({
  baseUrl: endpoint.baseUrl,
  key: endpoint.key,
  model,
});

const daemonOf = ({ daemons }: UpParts, node: bigint): Daemon =>
  daemons.find(({ settle }) => settle.nodeId === node) as Daemon;

const kindOf = <Kind extends EventKind>(events: readonly AtomaEvent[], kind: Kind): EventOf<Kind> | undefined =>
  events.find((event): event is AtomaEvent & EventOf<Kind> => event.kind === kind);

const required = <Kind extends EventKind>(events: readonly AtomaEvent[], kind: Kind, what: string): EventOf<Kind> => {
  const found = kindOf(events, kind);
  if (!found) throw demoError('MISSING', { what });
  return found;
};

/** Rounds of all daemons until the event is there, `count` times; gives the last one. */
const roundsUntil = async <Kind extends EventKind>(
  scene: Scene,
  kind: Kind,
  what: string,
  count = 1,
): Promise<EventOf<Kind>> => {
  const { parts, story } = scene;
  let seen = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const daemon of parts.daemons) await daemon.tick();
    const events = (await story.catchUp()).filter((event) => event.kind === kind);
    seen += events.length;
    const found = kindOf(events, kind);
    if (found && seen >= count) return found;
  }
  const full = parts.daemons.flatMap((daemon) => daemon.alarms()).find(({ kind: alarm }) => alarm === 'no_room');
  if (full) throw cliError('DISK_FULL', { path: full.detail.path ?? '', why: full.detail.why ?? '' });
  throw demoError('MISSING', { what });
};

const pass = ({ parts, story }: Scene, epochs: number, why: string): void => {
  const { epoch } = advanceEpoch(parts.market.ledger, epochs);
  const passed = epochs === 1 ? 'an epoch passes' : `${epochs} epochs pass`;
  story.tell('time', `${passed} (${why}): it is epoch ${epoch}`, `chain advance --epochs ${epochs}`);
};

/** What a part of the story came to. */
export interface Served {
  readonly stack: bigint;
  readonly server: Daemon;
  readonly all: Answered;
}

/** Sends `count` requests; the first one makes the gateway buy a stack, whose node is told to `onBought`. */
const serve = async (
  scene: Scene,
  model: string,
  count: number,
  onBought: (node: bigint) => void = () => {},
): Promise<Served> => {
  const target = targetOf(scene.parts, model);
  const first = await askMany(target, 1, 0);
  const bought = required(await scene.story.catchUp(), 'StackCreatedEvent', 'The purchase of a stack');
  const [question, answer] = first.sample;
  scene.story.tell('buyer', `asks "${question}" and gets "${answer}"`, `chat "${question}"`);
  onBought(bought.data.selectedNodeId);
  const rest = await askMany(target, count - 1, 1);
  const all: Answered = {
    ...rest,
    count,
    units: first.units + rest.units,
    cost: first.cost + rest.cost,
    elapsedMs: first.elapsedMs + rest.elapsedMs,
    sample: first.sample,
  };
  const { units, cost, elapsedMs } = all;
  scene.story.tell(
    'buyer',
    `${count} answers in ${(elapsedMs / 1000).toFixed(2)} s: ${grouped(units)} units, ${formatAmount(cost)}; the node signed a receipt for each, the gateway checked it`,
  );
  return { stack: bought.data.stackSmallId, server: daemonOf(scene.parts, bought.data.selectedNodeId), all };
};

/** Settles the stack; the buyer's gateway compares the claim with its receipts. */
const settle = async (scene: Scene, { stack, server, all }: Served): Promise<void> => {
  const { parts, story } = scene;
  await server.settleStack(stack);
  await server.tick();
  const { data } = required(await story.catchUp(), 'StackTrySettleEvent', `The settlement of stack ${stack}`);
  if (data.numClaimedComputeUnits !== all.units)
    throw demoError('BOOKS', {
      why: `${data.numClaimedComputeUnits} units claimed, ${all.units} answered`,
    });
  const steps = await parts.endpoint.buyer.watchOnce();
  const finding = steps.find((step) => step.stack === stack)?.finding;
  story.tell(
    'gateway',
    `compares the claim with its own receipts: ${finding?.claimed} units claimed, ${finding?.known} received: ${finding?.finding}`,
    'watch',
  );
};

/** A purchase that goes well. */
const honestStack = async (scene: Scene): Promise<Served> => {
  const { story } = scene;
  story.chapter(`${REQUESTS} paid requests`);
  const served = await serve(scene, scene.parts.market.plan.models[0]?.name ?? '', REQUESTS);
  story.chapter('Settled, checked, paid');
  await settle(scene, served);
  await roundsUntil(scene, 'NewStackSettlementAttestationEvent', 'The attestation');
  const { terms } = await getStack(scene.parts.market.buyer, { stackSmallId: served.stack });
  pass(scene, Number(terms.window), 'the window in which anybody may dispute');
  const { data } = await roundsUntil(scene, 'StackSettlementTicketClaimedEvent', 'The claim');
  if (data.nodeFee !== served.all.cost)
    throw demoError('BOOKS', {
      why: `${data.nodeFee} base units paid for answers that cost ${served.all.cost}`,
    });
  return served;
};

/** A purchase at a node that sells one model and answers with another. */
const cheatedStack = async (scene: Scene) => {
  const { story, cast } = scene;
  story.chapter('A node cheats');
  // Who will be drawn is not known before the first answer, which a check may be about.
  scene.corrupt(scene.parts.daemons.map(({ settle: { nodeId } }) => nodeId));
  const served = await serve(scene, cast.model, CHEATED, (node) => {
    scene.corrupt([node]);
    story.tell(`node ${node}`, `sold ${cast.model} and answers with ${cast.instead}; its receipts look in order`);
  });
  await settle(scene, served);
  story.chapter('Caught');
  const dispute = await roundsUntil(scene, 'StackAttestationDisputeEvent', 'The dispute');
  const { jurors } = dispute.data;
  pass(scene, 1, 'for the buyer to show what it holds; votes are sealed from now on');
  await roundsUntil(scene, 'DisputeVoteCommittedEvent', 'The votes', jurors.length);
  pass(scene, 1, 'the buyer has had its time; votes are opened');
  const { data } = await roundsUntil(scene, 'DisputeResolvedEvent', 'The verdict');
  return { served, jurors, verdict: data };
};

/** Every settlement is checked by another node: the story would otherwise have to wait for one that is. */
const sampleAlways = async ({ parts, story }: Scene): Promise<void> => {
  await checkEverySettlement(parts.market.publisher);
  await story.catchUp();
};

/** What the story came to. */
export interface Played {
  readonly honest: Served;
  readonly cheat: Awaited<ReturnType<typeof cheatedStack>>;
  readonly books: readonly BookLine[];
  readonly supply: bigint;
}

/** Plays it all. */
export const play = async (scene: Scene): Promise<Played> => {
  const { parts, story } = scene;
  story.chapter('A market in one process');
  story.tell(
    'market',
    `ledger, contract, gateway, faucet and ${parts.daemons.length} nodes with wallets, ledgers and HTTP ports of their own`,
    'up',
  );
  await sampleAlways(scene);
  story.tell(
    'manager',
    'so that every settlement is checked here; by default those of stacks used to two thirds are, others in proportion',
  );
  const before = await readBooks(parts);
  const honest = await honestStack(scene);
  const cheat = await cheatedStack(scene);
  story.chapter('The same in three books');
  const { stacks } = await compareBooks(parts);
  for (const { stack, gateway, nodeLedger, claimed } of stacks)
    story.tell(
      `stack ${stack}`,
      `the gateway’s receipts ${grouped(gateway)} units = the node’s ledger ${grouped(nodeLedger ?? 0n)} = claimed on chain ${grouped(claimed ?? 0n)}`,
      'reconcile',
    );
  const after = await readBooks(parts);
  return { honest, cheat, books: bookLines(parts, before, after), supply: after.supply ?? 0n };
};
