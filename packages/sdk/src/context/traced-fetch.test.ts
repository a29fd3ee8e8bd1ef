/** Calls to a ledger of another process belong to the trace that causes them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inSpan, readWhole, setTracer } from '@atoma/base';
import { type OtlpTracer, openOtlpTracer } from '@atoma/base/otlp';
import { closeLedger, openLedger, serveLedger } from '@atoma/localnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from './client.ts';
import { tracedFetch } from './traced-fetch.ts';

interface Sent {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: unknown }[];
}

const spans: Sent[] = [];
const collector = createServer(async (incoming, outgoing) => {
  spans.push(...(JSON.parse(String(await readWhole(incoming))).resourceSpans[0].scopeSpans[0].spans as Sent[]));
  outgoing.end('{}');
});
let ledger: Awaited<ReturnType<typeof openLedger>>;
let tracer: OtlpTracer;
let served: Awaited<ReturnType<typeof serveLedger>>;
beforeAll(async () => {
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  tracer = openOtlpTracer({ url, headers: {}, service: 'test' });
  setTracer(tracer);
  ledger = await openLedger({ seed: 'traced' });
  served = await serveLedger(ledger, { port: 0 });
});
afterAll(async () => {
  setTracer(undefined);
  await served.close();
  closeLedger(ledger);
  collector.closeAllConnections();
  collector.close();
});

test('a call is a span of its client and one of the ledger, in one trace; outside of a trace there is none', async () => {
  const client = createClient({ network: 'localnet', url: served.url });
  const untraced = await client.core.getReferenceGasPrice();
  const traced = await inSpan('work', { kind: 'internal', root: true }, () => client.core.getReferenceGasPrice());
  expect(traced).toEqual(untraced);
  await tracer.close();
  const work = spans.find(({ name }) => name === 'work');
  const call = spans.find(({ kind }) => kind === 3);
  const answer = spans.find(({ kind }) => kind === 2);
  expect(spans).toHaveLength(3);
  expect(call).toMatchObject({ name: 'POST /sui.rpc.v2.LedgerService/GetEpoch', parentSpanId: work?.spanId });
  expect(answer).toMatchObject({ name: call?.name, parentSpanId: call?.spanId, traceId: work?.traceId });
  expect(answer?.attributes).toContainEqual({ key: 'atoma.part', value: { stringValue: 'ledger' } });
  expect(call?.attributes).toContainEqual({ key: 'http.response.status_code', value: { intValue: '200' } });
});

test('a path that is no call is not repeated in a span', async () => {
  const before = spans.length;
  await fetch(`${served.url}/a secret/path`, {
    method: 'POST',
    headers: {
      'content-type': 'application/grpc-web+proto',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
  }).then((answer) => answer.text());
  await tracer.close();
  expect(spans).toHaveLength(before);
});

test.each([
  ['http://127.0.0.1:9000', undefined, true],
  ['http://[::1]:9000', undefined, true],
  ['https://fullnode.testnet.sui.io:443', undefined, false],
  ['http://localhost.example:9000', undefined, false],
  ['https://node.example', true, true],
  ['http://localhost:9000', false, false],
])('a full node at %s (told: %s) is sent the trace: %s', async (url, tellsTrace, isTold) => {
  const sent: Headers[] = [];
  const kept = globalThis.fetch;
  globalThis.fetch = async (_, init) => {
    sent.push(new Headers(init?.headers));
    throw new TypeError('not reached');
  };
  try {
    const client = createClient({ network: 'any', url, ...(tellsTrace === undefined ? {} : { tellsTrace }) });
    const call = inSpan('work', { kind: 'internal', root: true }, () => client.core.getReferenceGasPrice());
    await expect(call).rejects.toThrow();
  } finally {
    globalThis.fetch = kept;
  }
  expect(sent.map((headers) => headers.has('traceparent'))).toContain(isTold);
  expect(new Set(sent.map((headers) => headers.has('traceparent'))).size).toBe(1);
});

test('a request keeps its own headers beside those of the trace', async () => {
  const sent: Headers[] = [];
  const calls = tracedFetch(async (_, init) => {
    sent.push(new Headers(init?.headers));
    return new Response();
  }, true);
  const asked = new Request('http://127.0.0.1/a', { method: 'POST', headers: { authorization: 'Bearer own' } });
  await inSpan('work', { kind: 'internal', root: true }, () => calls(asked));
  await inSpan('work', { kind: 'internal', root: true }, () => calls(asked, { headers: { accept: 'text/plain' } }));
  const told = sent.map((headers) => ['authorization', 'accept', 'traceparent'].filter((name) => headers.has(name)));
  expect(told).toEqual([
    ['authorization', 'traceparent'],
    ['accept', 'traceparent'],
  ]);
});
