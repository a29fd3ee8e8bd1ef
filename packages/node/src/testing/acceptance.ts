/** What the scenarios of acceptance share: a buyer, signed requests, and the words of their answers. */
import { type BuyerEvent, createBuyer, openJournal, type SignedRequest, signRequest } from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { MODEL, type NodeProcess, type ProcessFleet } from './processes.ts';
import { wireIds } from './serving-fixture.ts';

/** Time a scenario may take on a busy machine, ms. */
export const PATIENCE_MS = 300_000;
/** How to wait for what comes soon. */
export const soon = { timeout: 60_000, interval: 100 };
/** Units of a stack. */
export const N = 1_000_000n;
/** The endpoint asked. */
export const endpoint = '/v1/chat/completions';

/** JSON as bytes. */
export const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
/** A chat request of these tests. */
export const question = (more: object = {}) => ({
  model: MODEL,
  messages: [{ role: 'user', content: 'what is a receipt?' }],
  ...more,
});

/** A request signed for a stack, and how to send it. */
export const signed = async (
  fleet: ProcessFleet,
  stack: bigint,
  server: NodeProcess,
  value: object,
  timestampMs?: number,
) => {
  const body = encode(value);
  const request: SignedRequest = await signRequest({
    ...wireIds(fleet.market),
    stack,
    node: server.id,
    signer: fleet.buyer.signer as Signer,
    endpoint,
    model: MODEL,
    body,
    maxUnits: 4_000n,
    ...(timestampMs === undefined ? {} : { timestampMs }),
  });
  const send = (
    to = server,
    more: { headers?: Record<string, string>; body?: Uint8Array; signal?: AbortSignal } = {},
  ) =>
    fetch(to.url + endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...request.headers, ...more.headers },
      body: (more.body ?? body) as Uint8Array<ArrayBuffer>,
      ...(more.signal ? { signal: more.signal } : {}),
    });
  return { ...request, send };
};
/** Status and error code of an answer. */
export const codeOf = async (response: Response): Promise<[number, string]> => [
  response.status,
  ((await response.json()) as { error: { code: string } }).error.code,
];
/** A buyer with a journal in memory, and the events of one kind it told. */
export const makeBuyer = async (fleet: ProcessFleet, more: object = {}) => {
  const events: BuyerEvent[] = [];
  const buyer = await createBuyer({
    atoma: fleet.buyer,
    journal: await openJournal({ path: ':memory:' }),
    policy: { allowPrivateNodes: true, stackUnits: N, pauseMs: [5, 50], attempts: 3, answerMs: 20_000, ...more },
    onEvent: (event) => events.push(event),
  });
  return { buyer, of: (kind: BuyerEvent['kind']) => events.filter((event) => event.kind === kind) };
};
