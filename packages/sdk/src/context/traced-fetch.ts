/** `fetch` for calls to a chain that continues the active trace in a span. Outside of a trace it is `fetch` itself. */
import { inSpan, traceHeaders } from '@atoma/base';

const isTraced = (): boolean => 'traceparent' in traceHeaders();

/** The headers of a call, as `fetch` takes them, with those of the trace. */
const withTrace = (...[input, init]: Parameters<typeof fetch>): Headers => {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  for (const [name, value] of Object.entries(traceHeaders())) headers.set(name, value);
  return headers;
};

/** Wraps a `fetch`. `tells`: the chain is told of the trace (`traceparent`), which says when calls belong together. */
export const tracedFetch =
  (fetch: typeof globalThis.fetch, tells: boolean): typeof globalThis.fetch =>
  (input, init) => {
    if (!isTraced()) return fetch(input, init);
    const { host, pathname } = new URL(input instanceof Request ? input.url : input);
    const facts = { 'rpc.system': 'grpc', 'server.address': host, 'url.path': pathname };
    return inSpan(`POST ${pathname}`, { kind: 'client', facts }, async (span) => {
      const answer = await fetch(input, tells ? { ...init, headers: withTrace(input, init) } : init);
      span.note({ 'http.response.status_code': answer.status });
      return answer;
    });
  };
