/** Calls to a ledger of another process belong to the trace that causes them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inSpan, readWhole, setTracer } from '@atoma/base';
import { type OtlpTracer, openOtlpTracer } from '@atoma/base/otlp';
import { closeLedger, openLedger, serveLedger } from '@atoma/localnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from './client.ts';

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
