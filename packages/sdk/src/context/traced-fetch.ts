/** `fetch` for calls to a chain that continues the active trace in a span. Outside of a trace it is `fetch` itself. */
import { inSpan, traceHeaders } from '@atoma/base';

const isTraced = (): boolean => 'traceparent' in traceHeaders();

/** Wraps a `fetch`. */
export const tracedFetch =
  (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  (input, init) => {
    if (!isTraced()) return fetch(input, init);
    const { host, pathname } = new URL(input instanceof Request ? input.url : input);
    const facts = { 'rpc.system': 'grpc', 'server.address': host, 'url.path': pathname };
    return inSpan(`POST ${pathname}`, { kind: 'client', facts }, async (span) => {
      const headers = new Headers(init?.headers);
      for (const [name, value] of Object.entries(traceHeaders())) headers.set(name, value);
      const answer = await fetch(input, { ...init, headers });
      span.note({ 'http.response.status_code': answer.status });
      return answer;
    });
  };
