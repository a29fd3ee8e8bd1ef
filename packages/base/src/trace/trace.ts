/**
 * Spans of what a request causes, in OpenTelemetry's terms. Until a tracer is set nothing is measured, and requests carry the
 * `traceparent` they came with.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Facts about a span. Never text of prompts or answers, addresses of clients, or keys. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

/** A span that has not ended. */
export interface Span {
  /** Adds facts. */
  readonly note: (facts: SpanFacts) => void;
  /** Marks it as failed; `type` is a code, never a message. */
  readonly fail: (type: string) => void;
}

/** How a span begins. */
export interface SpanStart {
  readonly kind: 'client' | 'internal';
  readonly facts?: SpanFacts;
  /** Begins a trace where none is active; without it there is a span only inside of one. */
  readonly root?: boolean;
}

/** What makes spans. */
export interface Tracer {
  readonly inSpan: <T>(name: string, start: SpanStart, work: (span: Span) => Promise<T>) => Promise<T>;
  /** Begins a server's span, a child of `parent` (a `traceparent`) where that is valid; runs `work` in it; gives what ends it. */
  readonly serve: (
    parent: string | undefined,
    name: string,
    facts: SpanFacts,
    work: () => void,
  ) => Span & { end(): void };
  /** `traceparent` of the active span; empty outside of one. */
  readonly headers: () => Readonly<Record<string, string>>;
}

let tracer: Tracer | undefined;
const silent: Span = { note: () => {}, fail: () => {} };
const none: Readonly<Record<string, string>> = {};

/** Sets the tracer of this process, or removes it. */
export const setTracer = (next: Tracer | undefined): void => {
  tracer = next;
};

/** Whether spans are made: what tells about them need not be put together otherwise. */
export const isTracing = (): boolean => tracer !== undefined;

/** Does some work in a span. */
export const inSpan = <T>(name: string, start: SpanStart, work: (span: Span) => Promise<T>): Promise<T> =>
  tracer ? tracer.inSpan(name, start, work) : work(silent);

/** Headers that continue the active trace at another server. */
export const traceHeaders = (): Readonly<Record<string, string>> => tracer?.headers() ?? none;

/** Serves a request in a span that ends with its answer. */
export const inServerSpan = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  facts: SpanFacts & { readonly 'url.path': string },
  work: () => void,
): void => {
  if (!tracer) {
    work();
    return;
  }
  const { method = '' } = incoming;
  const parent = incoming.headers.traceparent;
  const name = `${method} ${facts['url.path']}`;
  const span = tracer.serve(
    typeof parent === 'string' ? parent : undefined,
    name,
    { ...facts, 'http.request.method': method },
    work,
  );
  outgoing.once('close', () => {
    const { statusCode } = outgoing;
    span.note({ 'http.response.status_code': statusCode });
    if (statusCode >= 500) span.fail(String(statusCode));
    else if (!outgoing.writableFinished) span.fail('closed');
    span.end();
  });
};
