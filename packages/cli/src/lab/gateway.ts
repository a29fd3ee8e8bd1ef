/** A gateway that replays what it carried: captured requests are sent again to a real daemon, unchanged and altered. */
import { createBuiltinEngine, createLog, type Daemon, openSqliteStore, startDaemon } from '@atoma/node';
import { CHAT, getStack, headerNames, signRequest, wireIdsOf } from '@atoma/sdk';
import { epochOf, eventOf, reachEpoch } from './lab-chain.ts';
import { labError } from './lab-errors.ts';
import { type LabMarket, type LabNode, purchase } from './lab-market.ts';
import type { StackPlay } from './play-stack.ts';

/** Plays replays; `close` settles what was really used. */
export interface ReplayPlay {
  readonly next: (market: LabMarket) => Promise<StackPlay>;
  readonly close: () => Promise<void>;
}

const MODEL = 'atoma/demo-chat';
const REPLAYS = 3;
const MAX_UNITS = 400n;

interface Answer {
  readonly status: number;
  readonly replayed: boolean;
  readonly receipt: string;
}

const send = async (port: number, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<Answer> => {
  const answer = await fetch(`http://127.0.0.1:${port}${CHAT}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: body as Uint8Array<ArrayBuffer>,
  });
  await answer.arrayBuffer();
  return {
    status: answer.status,
    replayed: answer.headers.get(headerNames.replayed) === '1',
    receipt: answer.headers.get(headerNames.receipt) ?? '',
  };
};

const buyStack = async (market: LabMarket): Promise<bigint> => {
  const did = await purchase(market);
  return eventOf(did, 'StackCreatedEvent')?.data.stackSmallId ?? 0n;
};

const startNode = ({ atoma, id }: LabNode): Promise<Daemon> =>
  startDaemon({
    atoma,
    nodeSmallId: id,
    engines: [createBuiltinEngine()],
    store: openSqliteStore({ path: ':memory:', durability: 'process' }),
    pollMs: 0,
    takeover: true,
    log: createLog('silent'),
  });

const meters = async (daemon: Daemon, stack: bigint): Promise<string> => {
  const row = await daemon.store.findStack(stack);
  return row ? `${row.nextLeaf} ${row.consumed} ${row.reserved}` : '';
};

/** Starts the one node of the market as a real daemon and buys the stack whose requests are replayed. */
export const playReplay = async (market: LabMarket): Promise<ReplayPlay> => {
  const [node] = market.nodes;
  if (!node || market.nodes.length !== 1)
    throw labError('BAD_SCENARIO', { file: market.scenario.name, why: 'replaying-gateway is played with nodes: 1' });
  const daemon = await startNode(node);
  let stack = await buyStack(market);
  let played = 0;
  const next = async (): Promise<StackPlay> => {
    const row = await daemon.store.findStack(stack);
    if (row && row.units - row.consumed < MAX_UNITS) stack = await buyStack(market);
    played += 1;
    const body = new TextEncoder().encode(
      JSON.stringify({ model: MODEL, max_tokens: 8, messages: [{ role: 'user', content: `request ${played}` }] }),
    );
    const { headers } = await signRequest({
      ...wireIdsOf(node.atoma),
      stack,
      node: node.id,
      signer: market.buyer.signer,
      endpoint: CHAT,
      model: MODEL,
      body,
      maxUnits: MAX_UNITS,
    });
    const first = await send(daemon.port, headers, body);
    const before = await meters(daemon, stack);
    const again: Answer[] = [];
    for (let i = 0; i < REPLAYS; i++) again.push(await send(daemon.port, headers, body));
    const altered = new TextEncoder().encode(JSON.stringify({ model: MODEL, messages: [] }));
    const edited = await send(daemon.port, headers, altered);
    const same = again.every((one) => one.status === 200 && one.replayed && one.receipt === first.receipt);
    const unchanged = (await meters(daemon, stack)) === before;
    return {
      stack,
      node: node.id,
      end: 'refused',
      caught: first.status === 200 && !first.replayed && same && edited.status === 401 && unchanged,
      epochs: 0,
      steps: [
        `request ${played} answered and receipted`,
        `sent again ${REPLAYS} times: ${same ? 'the same answer and receipt' : 'another answer'}, ${unchanged ? 'nothing charged' : 'charged again'}`,
        `sent with another body: status ${edited.status}`,
      ],
      slashed: [],
    };
  };
  const close = async (): Promise<void> => {
    const { terms } = await getStack(node.atoma, { stackSmallId: stack });
    await daemon.drain();
    await daemon.tick();
    reachEpoch(market.chain, epochOf(market.chain) + terms.window);
    await daemon.tick();
    await daemon.tick();
    await daemon.stop({ graceMs: 100 });
  };
  return { next, close };
};
