/** The buyer's OpenAI-compatible address of a market in one process: one wallet pays, one key opens. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Buyer, type BuyerEvent, createBuyer, openJournal } from '@atoma/sdk';
import { upError } from './errors.ts';
import { pollMsOf } from './fleet.ts';
import type { UpMarket } from './market.ts';
import { secretOf } from './plan.ts';

/** A running endpoint. */
export interface Endpoint {
  readonly baseUrl: string;
  readonly key: string;
  readonly close: () => Promise<void>;
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A key of its own for each market in memory; a kept market keeps its key. */
const keyOf = ({ plan }: UpMarket): string =>
  `atk_up_${plan.directory === null ? randomBytes(24).toString('base64url') : secretOf(plan.seed, 'api key').slice(2, 50)}`;

const isAllowed = (request: IncomingMessage, key: string): boolean => {
  const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  return given !== undefined && timingSafeEqual(hash(given), hash(key));
};

const wrongKey = {
  error: {
    code: 'key_invalid',
    message: 'This key opens nothing here',
    type: 'invalid_request_error',
    param: null,
    hint: 'Use the key `atoma up` printed, as Authorization: Bearer KEY',
    retryable: 'no',
  },
};

const toRequest = (request: IncomingMessage, signal: AbortSignal): Request => {
  const url = `http://127.0.0.1${request.url}`;
  const type = request.headers['content-type'];
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
  return new Request(url, {
    method: request.method ?? 'GET',
    headers,
    signal,
    ...(hasBody ? { body: Readable.toWeb(request) as ReadableStream<Uint8Array>, duplex: 'half' } : {}),
  } as RequestInit);
};

const send = async (response: ServerResponse, answer: Response): Promise<void> => {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body)
    for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>)
      if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve));
  response.end();
};

const serve = async (buyer: Buyer, key: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (!isAllowed(request, key)) return send(response, Response.json(wrongKey, { status: 401 }));
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  await send(response, await buyer.fetch(toRequest(request, gone.signal)));
};

/** Starts the endpoint on `port` (0: any free one). */
export const openEndpoint = async (
  market: UpMarket,
  options: { readonly port: number; readonly onEvent: (event: BuyerEvent) => void },
): Promise<Endpoint> => {
  const { plan } = market;
  const journal = await openJournal({
    path: plan.directory === null ? ':memory:' : join(plan.directory, 'buyer.db'),
    durability: 'process',
  });
  const buyer = createBuyer({
    atoma: market.buyer,
    journal,
    policy: { allowPrivateNodes: true, levels: [plan.level] },
    onEvent: options.onEvent,
  });
  const key = keyOf(market);
  const server = createServer((request, response) => {
    serve(buyer, key, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(upError('PORT', { port: options.port, why: cause.message }, cause)));
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { readonly port: number };
  const stop = new AbortController();
  const watching = buyer
    .watch({ pollMs: pollMsOf(plan.epochMs), signal: stop.signal })
    .catch((error: unknown) => options.onEvent({ kind: 'fault', what: 'watchtower', why: String(error) }));
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    key,
    close: async () => {
      stop.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await watching;
      await buyer.close();
    },
  };
};
