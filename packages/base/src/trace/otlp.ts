/**
 * Spans for an OpenTelemetry collector: OTLP over HTTP in JSON (opentelemetry-proto 1, trace/v1), with W3C trace context 1. Spans wait in
 * memory, at most 2,048; what a collector does not take is dropped: traces never hold work up.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { AtomaError, defineErrors } from '../errors.ts';
import type { Span, SpanFacts, SpanStart, Tracer } from './trace.ts';

const traceError = defineErrors('TRACE', {
  BAD_ENDPOINT: {
    message: '{name} is not an http or https address.',
    hint: 'Set it to the address of an OpenTelemetry collector, such as http://127.0.0.1:4318, or unset it.',
  },
  BAD_HEADERS: {
    message: '{name} cannot be read: a percent sign in it begins no encoded character.',
    hint: 'Write it as key=value pairs with commas between them, values percent-encoded, or unset it.',
  },
});

/** Where spans go. */
export interface OtlpTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly service: string;
}

/** A tracer and how it ends. */
export interface OtlpTracer extends Tracer {
  /** Sends what waits, and stops. */
  readonly close: () => Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

const BASE = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const TRACES = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
const HEADERS = 'OTEL_EXPORTER_OTLP_HEADERS';
const TRACES_HEADERS = 'OTEL_EXPORTER_OTLP_TRACES_HEADERS';

/** True when the environment names a collector for traces. */
export const wantsTraces = (env: Env): boolean =>
  env.OTEL_SDK_DISABLED !== 'true' && env.OTEL_TRACES_EXPORTER !== 'none' && Boolean(env[TRACES] || env[BASE]);

/** Headers as `key=value` pairs, values percent-encoded. Throws TRACE_BAD_HEADERS. */
const headersOf = (env: Env): Readonly<Record<string, string>> => {
  const name = env[TRACES_HEADERS] === undefined ? HEADERS : TRACES_HEADERS;
  const pairs = (env[name] ?? '').split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at).trim().toLowerCase(), pair.slice(at + 1).trim()] as const];
  });
  try {
    return Object.fromEntries(pairs.map(([key, value]) => [key, decodeURIComponent(value)]));
  } catch (cause) {
    throw traceError('BAD_HEADERS', { name }, cause);
  }
};

/** The target that OpenTelemetry's environment variables name. Throws TRACE_BAD_ENDPOINT, TRACE_BAD_HEADERS. */
export const otlpTarget = (env: Env): OtlpTarget => {
  const name = env[TRACES] ? TRACES : BASE;
  const text = env[name] ?? '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw traceError('BAD_ENDPOINT', { name });
  if (name === BASE) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return { url: url.href, headers: headersOf(env), service: env.OTEL_SERVICE_NAME || 'atoma' };
};

interface Context {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

/** Reads a `traceparent`; undefined when it is not valid. */
export const parseTraceparent = (text: string | undefined): Context | undefined => {
  const [, version, traceId = '', spanId = '', flags = '', more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
};

const KINDS = { internal: 1, server: 2, client: 3 } as const;
const MOST_WAITING = 2_048;
const BATCH = 256;
const PAUSE_MS = 1_000;
const SEND_MS = 10_000;

const typed = (value: string | number | boolean) => {
  if (typeof value === 'string') return { stringValue: value };
  return typeof value === 'boolean' ? { boolValue: value } : { intValue: String(Math.round(value)) };
};
const attributesOf = (facts: SpanFacts) => Object.entries(facts).map(([key, value]) => ({ key, value: typed(value) }));

const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1_000)) * 1_000n);
const nowMs = (): number => performance.timeOrigin + performance.now();

/** Sends batches, one after another. */
const createSender = ({ url, headers, service }: OtlpTarget) => {
  let waiting: object[] = [];
  let timer: NodeJS.Timeout | undefined;
  let sending = Promise.resolve();
  const post = async (spans: readonly object[]): Promise<void> => {
    const resource = { attributes: attributesOf({ 'service.name': service }) };
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'atoma' }, spans }] }] });
    const signal = AbortSignal.timeout(SEND_MS);
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal,
      redirect: 'error',
    });
    await answer.body?.cancel();
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const spans = waiting;
    waiting = [];
    if (spans.length > 0) sending = sending.then(() => post(spans)).catch(() => undefined); // dropped: see above
    return sending;
  };
  const add = (span: object): void => {
    if (waiting.length >= MOST_WAITING) return;
    waiting.push(span);
    if (waiting.length === BATCH) void flush();
    else timer ??= setTimeout(() => void flush(), PAUSE_MS).unref();
  };
  return { add, flush };
};

/** Makes a tracer that sends to a collector. */
export const openOtlpTracer = (target: OtlpTarget): OtlpTracer => {
  const active = new AsyncLocalStorage<Context>();
  const sender = createSender(target);
  const begin = (name: string, kind: number, parent: Context | undefined, facts: SpanFacts) => {
    const [spanId, traceId] = [randomBytes(8).toString('hex'), parent?.traceId ?? randomBytes(16).toString('hex')];
    const context: Context = { traceId, spanId, sampled: parent?.sampled ?? true };
    const from = nowMs();
    const all: Record<string, string | number | boolean> = { ...facts };
    let failed = false;
    const span: Span & { end(): void } = {
      note: (more) => void Object.assign(all, more),
      fail: (type) => {
        failed = true;
        all['error.type'] = type;
      },
      end: () => {
        if (!context.sampled) return;
        const times = { startTimeUnixNano: nanos(from), endTimeUnixNano: nanos(nowMs()) };
        const above = parent ? { parentSpanId: parent.spanId } : {};
        const status = failed ? { code: 2 } : {};
        sender.add({ traceId, spanId, ...above, name, kind, ...times, attributes: attributesOf(all), status });
      },
    };
    return { context, span };
  };
  const inSpan = async <T>(name: string, start: SpanStart, work: (span: Span) => Promise<T>): Promise<T> => {
    const parent = active.getStore();
    if (!parent && !start.root) return work({ note: () => {}, fail: () => {} });
    const { context, span } = begin(name, KINDS[start.kind], parent, start.facts ?? {});
    try {
      return await active.run(context, () => work(span));
    } catch (error) {
      span.fail(error instanceof AtomaError ? error.code : error instanceof Error ? error.name : 'thrown');
      throw error;
    } finally {
      span.end();
    }
  };
  return {
    inSpan,
    serve: (parent, name, facts, work) => {
      const { context, span } = begin(name, KINDS.server, parseTraceparent(parent), facts);
      active.run(context, work);
      return span;
    },
    headers: () => {
      const context = active.getStore();
      if (!context) return {};
      return { traceparent: `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}` };
    },
    close: () => sender.flush(),
  };
};
