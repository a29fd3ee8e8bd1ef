import { type Dispatch, orAborted } from './dispatch.ts';
import { answerWebCall, bodyLimit, readBody, webContentType, webFailure } from './grpc-web.ts';
import { methodAt } from './proto.ts';

const isWeb = (contentType: string): boolean => contentType.startsWith('application/grpc-web');

/** A web stream over the pieces of a reply; cancelling it, or the caller's abort, ends the source at once. */
const streamOf = (pieces: AsyncIterable<Buffer>, caller: AbortSignal, stop: AbortController): ReadableStream => {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream({
    start: (controller) => {
      caller.addEventListener(
        'abort',
        () => {
          controller.error(caller.reason);
          stop.abort(caller.reason);
        },
        { once: true, signal: stop.signal },
      );
    },
    pull: async (controller) => {
      const next = await iterator.next();
      if (caller.aborted) return;
      if (next.done) controller.close();
      else controller.enqueue(new Uint8Array(next.value));
    },
    cancel: async (reason) => {
      stop.abort(reason);
      await iterator.return?.();
    },
  });
};

const respond = (body: Uint8Array | ReadableStream, text: boolean): Response =>
  new Response(body as Uint8Array<ArrayBuffer> | ReadableStream, { headers: { 'content-type': webContentType(text) } });

interface Incoming {
  readonly url: string;
  readonly headers: Headers;
  readonly signal: AbortSignal;
  readonly body: () => Promise<Uint8Array>;
}

const serve = async (dispatch: Dispatch, request: Incoming): Promise<Response> => {
  const contentType = request.headers.get('content-type') ?? '';
  if (!isWeb(contentType)) return new Response(null, { status: 415 });
  const text = contentType.includes('-text');
  const path = pathOf(request.url);
  // Only streams outlive this function and need a switch of their own; combining signals costs more than a small call.
  const stop = methodAt(path)?.serverStreaming ? new AbortController() : undefined;
  try {
    const reply = await answerWebCall(dispatch, {
      path,
      text,
      timeout: request.headers.get('grpc-timeout'),
      body: await request.body(),
      signal: stop ? AbortSignal.any([request.signal, stop.signal]) : request.signal,
    });
    if (Buffer.isBuffer(reply)) return respond(reply, text);
    return respond(streamOf(reply, request.signal, stop ?? new AbortController()), text);
  } catch (error) {
    return respond(webFailure(text, error), text);
  }
};

const pathOf = (url: string): string => /^[a-z]+:\/\/[^/]*([^?#]*)/.exec(url)?.[1] ?? url;

/** The server as a function of `Request`. */
export const requestHandler =
  (dispatch: Dispatch): ((request: Request) => Promise<Response>) =>
  (request) =>
    serve(dispatch, {
      url: request.url,
      headers: request.headers,
      signal: request.signal,
      body: async () => {
        const text = (request.headers.get('content-type') ?? '').includes('-text');
        return request.body ? readBody(request.body as AsyncIterable<Uint8Array>, bodyLimit(text)) : new Uint8Array();
      },
    });

const bytesOf = (body: unknown): Uint8Array | undefined => {
  if (typeof body === 'string') return Buffer.from(body, 'latin1');
  if (body instanceof Uint8Array) return body;
  return body instanceof ArrayBuffer ? new Uint8Array(body) : undefined;
};

const NEVER = new AbortController().signal;

/** The server as a `fetch`: no sockets. Rejects with `signal.reason` when the caller aborts. */
export const fetchHandler = (dispatch: Dispatch): typeof fetch => {
  const handle = requestHandler(dispatch);
  return async (input, init) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : NEVER);
    signal.throwIfAborted();
    const bytes = input instanceof Request ? undefined : bytesOf(init?.body);
    const work = bytes
      ? serve(dispatch, {
          url: String(input),
          headers: init?.headers instanceof Headers ? init.headers : new Headers(init?.headers ?? {}),
          signal,
          body: async () => bytes,
        })
      : handle(new Request(input, init));
    return signal === NEVER ? work : orAborted(work, signal);
  };
};
