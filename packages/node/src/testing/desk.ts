/**
 * A node at work without a chain and without sockets: its walk, ledger, meter, keys and engines are real; the stacks the chain would show
 * are given. What it answers is there within milliseconds.
 */
import { messageSigner, type SignedRequest, type SignRequestParameters, signRequest } from '@atoma/sdk';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import type { ChainStack, ChainView } from '../chain/view.ts';
import type { NodeContext, ServeLimits } from '../context.ts';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import { createEngineSet } from '../engine/set.ts';
import type { Engine } from '../engine/types.ts';
import { createLog } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import type { Reply } from '../serve/answer.ts';
import type { IncomingWork } from '../serve/authenticate.ts';
import { ok } from '../serve/problem.ts';
import { createWorkHandler } from '../serve/work.ts';
import { createServing, type ServingParameters } from '../serving.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import type { StackTerms, Store } from '../store/types.ts';
import { stackTerms } from './ledger-fixtures.ts';

/** Key `n` of the tests. */
export const keyOf = (n: number): Ed25519Keypair => Ed25519Keypair.fromSecretKey(new Uint8Array(32).fill(n));

/** Where and when every desk stands. */
export const DESK = { chainId: new Uint8Array(32).fill(1), packageId: new Uint8Array(32).fill(2), node: 1n } as const;

/** The clock of a desk when it opens, ms since 1970. */
export const NOON = 1_800_000_000_000;

/** An answer as its reader has it. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** What a request differs in from a plain one. */
export type Change = Partial<SignRequestParameters> & {
  readonly to?: string;
  readonly raw?: Uint8Array;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly query?: string;
  readonly signal?: AbortSignal;
};

/** A desk, and the buyer that asks it. */
export interface Desk {
  readonly node: NodeContext;
  readonly store: Store;
  readonly buyer: Ed25519Keypair;
  /** Stacks the chain shows, by id; one that is asked for and not among them is unknown. */
  readonly shown: Map<bigint, ChainStack>;
  /** Time of day, ms since 1970; may be moved. */
  readonly clock: { now: number };
  /** Lets the chain show a stack of the buyer's, and gives its id. */
  readonly sell: (terms?: Partial<StackTerms>) => bigint;
  readonly sign: (
    stack: bigint,
    body: object,
    change?: Change,
  ) => Promise<SignedRequest & { readonly body: Uint8Array }>;
  /** Hands a signed request over; `readAll` gives what its reader gets. */
  readonly send: (request: SignedRequest & { readonly body: Uint8Array }, change?: Change) => Promise<Reply>;
  readonly post: (stack: bigint, body: object, change?: Change) => Promise<Answered>;
  readonly close: () => Promise<void>;
}

/** Reads an answer to its end. */
export const readAll = async ({ status, headers, body }: Reply): Promise<Answered> => {
  const parts: Uint8Array[] = [];
  if (body instanceof Uint8Array) parts.push(body);
  else for await (const piece of body.pieces) parts.push(Buffer.from(piece));
  const bytes = Buffer.concat(parts);
  return { status, headers, bytes, text: bytes.toString('utf8') };
};

/** A chat of one question. */
export const chatOf = (content: string, more: object = {}) => ({
  model: 'atoma/demo-chat',
  messages: [{ role: 'user', content }],
  ...more,
});

/** Opens a desk whose node signs with key 2 and whose buyer signs with key 3. */
export const openDesk = async (
  options: { readonly engines?: readonly Engine[]; readonly limits?: Partial<ServeLimits> } & Partial<
    Pick<ServingParameters, 'confidential' | 'notReady' | 'log' | 'chain' | 'store' | 'identity'>
  > = {},
): Promise<Desk> => {
  const { engines = [createBuiltinEngine()], ...rest } = options;
  const store = options.store ?? openSqliteStore({ path: ':memory:', durability: 'process' });
  const [signer, buyer] = [messageSigner(keyOf(2)), keyOf(3)];
  const shown = new Map<bigint, ChainStack>();
  const clock = { now: NOON };
  let asked = 0;
  const chain: ChainView = {
    readStack: async (stack) => shown.get(stack) ?? null,
    badgeHolder: async () => null,
    purchasedBadge: async () => null,
  };
  const set = await createEngineSet(engines);
  const serving = createServing({
    identity: { ...DESK, url: '', instance: 'desk', version: '0', signer },
    ...{ store, engines: set, chain, log: createLog('silent'), metrics: createMetrics(), now: () => clock.now },
    ...rest,
  });
  const work = createWorkHandler(serving.node);
  const sign: Desk['sign'] = async (stack, value, change = {}) => {
    const body = change.raw ?? Buffer.from(JSON.stringify(value));
    const { to: endpoint = '/v1/chat/completions' } = change;
    const model = (value as { model?: string }).model ?? '';
    // The same in every run: what a model by formula answers follows from the request.
    const requestId = new Uint8Array(16).fill(++asked);
    const plain = {
      ...DESK,
      stack,
      signer: buyer,
      endpoint,
      model,
      maxUnits: 1_000n,
      timestampMs: clock.now,
      requestId,
    };
    return { ...(await signRequest({ ...plain, ...change, body })), body };
  };
  const send: Desk['send'] = (request, change = {}) => {
    const headers: Readonly<Record<string, string | undefined>> = {
      'content-type': 'application/json',
      ...request.headers,
      ...change.headers,
    };
    const incoming: IncomingWork = {
      endpoint: change.to ?? request.envelope.endpoint,
      query: change.query ?? '',
      header: (name) => headers[name],
      readBody: async () => ok(request.body),
      signal: change.signal ?? new AbortController().signal,
    };
    return work(incoming);
  };
  return {
    ...{ node: serving.node, store, buyer, shown, clock, sign, send },
    sell: (terms = {}) => {
      const id = terms.id ?? BigInt(shown.size + 1);
      const model = 'atoma/demo-chat';
      const all = { ...stackTerms(id, terms.units ?? 100_000n), owner: buyer.toSuiAddress(), model, ...terms };
      shown.set(id, { terms: all, node: DESK.node, nodeAddress: signer.address });
      return id;
    },
    post: async (stack, value, change) => readAll(await send(await sign(stack, value, change), change)),
    close: async () => {
      await set.close();
      await store.close();
    },
  };
};
