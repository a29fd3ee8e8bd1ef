import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openHttpClient, readWhole } from '../index.ts';
import { type OtlpTracer, openOtlpTracer, otlpTarget, parseTraceparent, wantsTraces } from './otlp.ts';
import { inServerSpan, inSpan, setTracer, traceHeaders } from './trace.ts';

interface Sent {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly status: { readonly code?: number };
}

const closers: (() => void)[] = [];
afterEach(() => {
  setTracer(undefined);
  for (const close of closers.splice(0)) close();
});

/** A server; gives its address. */
const serve = async (handle: Parameters<typeof createServer>[1]): Promise<string> => {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** A collector, what it was sent, and a tracer that is in force. */
const collector = async (status = 200) => {
  const spans: Sent[] = [];
  const heads: IncomingMessage[] = [];
  const url = await serve(async (incoming, outgoing) => {
    heads.push(incoming);
    const { resourceSpans } = JSON.parse(String(await readWhole(incoming))) as {
      resourceSpans: { scopeSpans: { spans: Sent[] }[] }[];
    };
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    outgoing.writeHead(status).end('{}');
  });
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b,x=1' };
  const tracer: OtlpTracer = openOtlpTracer(otlpTarget(env));
  setTracer(tracer);
  return { spans, heads, tracer };
};

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('a trace goes from a client’s header through a server to the next one, and its spans to the collector', async () => {
  const { spans, heads, tracer } = await collector();
  const seen: unknown[] = [];
  const last = await serve((incoming, outgoing) => {
    seen.push(incoming.headers.traceparent);
    outgoing.writeHead(503).end();
  });
  const client = openHttpClient({});
  closers.push(client.close);
  const first = await serve((incoming, outgoing) => {
    const answer = async () => {
      const call = { url: last, path: '/deep?prompt=secret', method: 'GET' as const, headers: { traceparent: PARENT } };
      await inSpan('work', { kind: 'internal' }, async () => (await client.send(call)).resume());
      outgoing.end('done');
    };
    inServerSpan(incoming, outgoing, { 'url.path': '/top' }, () => void answer());
  });
  expect(await (await fetch(`${first}/top`, { headers: { traceparent: PARENT } })).text()).toBe('done');
  await tracer.close();
  const [call, work, server] = ['GET /deep', 'work', 'GET /top'].map((name) =>
    spans.find((each) => each.name === name),
  );
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set(['0af7651916cd43dd8448eb211c80319c']));
  expect(server).toMatchObject({ parentSpanId: 'b7ad6b7169203331', kind: 2, status: {} });
  expect(work).toMatchObject({ parentSpanId: server?.spanId, kind: 1 });
  expect(call).toMatchObject({ parentSpanId: work?.spanId, kind: 3 });
  expect(call?.attributes).toContainEqual({ key: 'http.response.status_code', value: { intValue: '503' } });
  expect(seen).toEqual([`00-0af7651916cd43dd8448eb211c80319c-${call?.spanId}-01`]);
  expect(JSON.stringify(spans)).not.toContain('secret');
  expect(heads[0]?.url).toBe('/v1/traces');
  expect(heads[0]?.headers).toMatchObject({ 'api-key': 'a b', x: '1', 'content-type': 'application/json' });
});

test('failures are codes, what is not sampled is not sent, and work outside of a trace begins none', async () => {
  const { spans, tracer } = await collector();
  const fault = Object.assign(new TypeError('text of a prompt'));
  await expect(inSpan('a', { kind: 'client', root: true }, () => Promise.reject(fault))).rejects.toBe(fault);
  await inSpan('b', { kind: 'client' }, async () => expect(traceHeaders()).toEqual({}));
  const quiet = PARENT.replace(/01$/, '00');
  let carried = {};
  tracer.serve(quiet, 'c', {}, () => (carried = traceHeaders())).end();
  expect(carried).toEqual({
    traceparent: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/),
  });
  await tracer.close();
  expect(spans).toMatchObject([{ name: 'a', status: { code: 2 } }]);
  expect(spans[0]?.attributes).toEqual([{ key: 'error.type', value: { stringValue: 'TypeError' } }]);
});

test('a collector that is down or refuses holds nothing up', async () => {
  const { tracer } = await collector(500);
  for (const close of closers.splice(0)) close();
  expect(await inSpan('a', { kind: 'internal', root: true }, async () => 5)).toBe(5);
  await tracer.close();
});

test('without a tracer work runs as it is', async () => {
  expect(await inSpan('a', { kind: 'internal', root: true }, async () => traceHeaders())).toEqual({});
});

test.each([
  ['', undefined],
  [PARENT, { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true }],
  [`${PARENT}-more`, undefined],
  [
    `cc${PARENT.slice(2)}-more`,
    { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  ],
  [`ff${PARENT.slice(2)}`, undefined],
  [PARENT.toUpperCase(), undefined],
  [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, undefined],
  [`00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`, undefined],
])('traceparent %j', (text, expected) => {
  expect(parseTraceparent(text)).toEqual(expected);
});

test('OpenTelemetry’s variables decide', () => {
  expect(wantsTraces({})).toBe(false);
  expect(wantsTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: 'x', OTEL_SDK_DISABLED: 'true' })).toBe(false);
  expect(wantsTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: 'x', OTEL_TRACES_EXPORTER: 'none' })).toBe(false);
  expect(wantsTraces({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'x' })).toBe(true);
  const target = otlpTarget({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.example/otlp/', OTEL_SERVICE_NAME: 'node-7' });
  expect(target).toEqual({ url: 'https://c.example/otlp/v1/traces', headers: {}, service: 'node-7' });
  expect(otlpTarget({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c.example/in' }).url).toBe('http://c.example/in');
  for (const wrong of ['c.example:4318', 'file:///x', 'nothing'])
    expect(() => otlpTarget({ OTEL_EXPORTER_OTLP_ENDPOINT: wrong })).toThrow(/not an http or https/);
  const broken = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c.example', OTEL_EXPORTER_OTLP_HEADERS: 'api-key=50%' };
  expect(() => otlpTarget(broken)).toThrow(/OTEL_EXPORTER_OTLP_HEADERS cannot be read/);
});
