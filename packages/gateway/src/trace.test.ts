/** One trace of a request: a client's header, gateway, node, engine and ledger. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readWhole, setTracer } from '@atoma/base';
import { openOtlpTracer } from '@atoma/base/otlp';
import { expect, test } from 'vitest';
import { createUpstreamEngine } from '../../node/src/engine/upstream/engine.ts';
import { openDesk } from './testing/desk.ts';
import { openRehearsal } from './testing/rehearsal.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

test('a request is one trace from its client to engine and ledger, without a word of it', async () => {
  const [bodies, atEngine]: [string[], unknown[]] = [[], []];
  const server = createServer(async (incoming, outgoing) => {
    const body = String(await readWhole(incoming));
    if (incoming.url === '/v1/traces') bodies.push(body);
    else if (incoming.method === 'POST') atEngine.push(incoming.headers.traceparent);
    const choices = [{ index: 0, message: { role: 'assistant', content: 'a hidden answer' }, finish_reason: 'stop' }];
    const usage = { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 };
    outgoing
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ id: 'a', object: 'chat.completion', model: 'm', choices, usage, data: [{ id: 'm' }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const model = {
    name: 'm',
    upstreamName: 'm',
    roles: [0],
    contextLength: 4096,
    tokenizer: 'bytes' as const,
    profile: null,
  };
  const engine = createUpstreamEngine({
    models: [{ ...model, targets: [{ url, concurrency: 4 }] }],
    limits: { probeMs: 60_000 },
  });
  const market = await openRehearsal('trace');
  const node = await market.addNode({ engines: [engine] });
  await market.subscribe(node, await market.task({ role: 0, model: 'm' }), 100n);
  const desk = await openDesk(market);
  const tracer = openOtlpTracer({ url: `${url}/v1/traces`, headers: {}, service: 'test' });
  setTracer(tracer);
  try {
    const ask = { model: 'm', messages: [{ role: 'user', content: 'a hidden question' }], max_tokens: 40 };
    const response = await desk.post(await desk.key(), ask, { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('a hidden answer')]);
  } finally {
    setTracer(undefined);
    await desk.close();
    await market.close();
    await engine.close();
  }
  await tracer.close();
  server.closeAllConnections();
  server.close();
  const sent = bodies.join('\n');
  for (const word of ['hidden', 'question', 'atk_']) expect(sent).not.toContain(word);
  type Sent = { name: string; traceId: string; spanId: string; parentSpanId?: string; attributes: unknown[] };
  const spans = bodies.flatMap((body) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans as Sent[]);
  const here = spans.filter(({ traceId }) => traceId === TRACE);
  const byId = new Map(here.map((span) => [span.spanId, span]));
  /** Names of a span and of those above it. */
  const way = (span: Sent | undefined): readonly string[] =>
    span ? [...way(byId.get(span.parentSpanId ?? '')), span.name] : [];
  const ways = here.map((span) => way(span).join(' > '));
  const top = 'POST /v1/chat/completions > buy an answer';
  expect(ways).toContain(`${top} > execute a transaction`);
  expect(ways).toContain(
    `${top} > POST /v1/chat/completions > POST /v1/chat/completions > engine > POST /v1/chat/completions`,
  );
  const last = here.find((span) => way(span).at(-2) === 'engine');
  expect(atEngine.at(-1)).toBe(`00-${TRACE}-${last?.spanId}-01`);
});
