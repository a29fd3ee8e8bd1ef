import { GrpcStatusCode, RpcError, type SuiGrpcClientOptions } from '@mysten/sui/grpc';
import { withDeadline } from './deadline.ts';
import { type Dispatch, orAborted, type RpcReply } from './dispatch.ts';
import { Status, statusOf } from './status.ts';

/** What `SuiGrpcClient` takes as `transport`. */
export type RpcTransport = NonNullable<Extract<SuiGrpcClientOptions, { transport: unknown }>['transport']>;

type Unary = RpcTransport['unary'];
type Streaming = RpcTransport['serverStreaming'];
type Options = Parameters<Unary>[2];

const NEVER = new AbortController().signal;
const FINE = { code: 'OK', detail: 'OK' };

const signalOf = ({ abort, timeout }: Options): AbortSignal => {
  const ms = timeout instanceof Date ? timeout.getTime() - Date.now() : timeout;
  return withDeadline(abort ?? NEVER, ms === undefined ? undefined : Math.max(ms, 0));
};

const pathOf = (method: Parameters<Unary>[0]): string => `/${method.service.typeName}/${method.name}`;

/** What the caller's own abort is called, whatever it gave as reason. */
const abortStatus = ({ reason }: AbortSignal) => ({
  code: reason instanceof Error && reason.name === 'TimeoutError' ? Status.DEADLINE_EXCEEDED : Status.CANCELLED,
  message: reason instanceof Error ? reason.message : String(reason),
  metadata: {},
});

const rpcErrorOf = (thrown: unknown, method: Parameters<Unary>[0], signal: AbortSignal): RpcError => {
  const { code, message, metadata } = signal.aborted ? abortStatus(signal) : statusOf(thrown);
  const error = new RpcError(message, GrpcStatusCode[code], { ...metadata });
  error.methodName = method.name;
  error.serviceName = method.service.typeName;
  return error;
};

const settled = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => {}); // the client may await any one of a call's promises and leave the others alone
  return promise;
};

const unary = (dispatch: Dispatch, [method, input, options]: Parameters<Unary>) => {
  const signal = signalOf(options);
  const run = async () => {
    try {
      signal.throwIfAborted();
      const call = { path: pathOf(method), message: method.I.toBinary(input), signal };
      const reply = await orAborted(dispatch(call), signal);
      return method.O.fromBinary(reply.kind === 'unary' ? reply.message : new Uint8Array());
    } catch (thrown) {
      throw rpcErrorOf(thrown, method, signal);
    }
  };
  const response = settled(run());
  const after = <T>(value: T) => settled(response.then(() => value));
  const call = { method, requestHeaders: options.meta ?? {}, request: input };
  const promises = { headers: after({}), response, status: after(FINE), trailers: after({}) };
  const finished = response.then((message) => ({
    ...call,
    headers: {},
    response: message,
    status: FINE,
    trailers: {},
  }));
  finished.catch(() => {});
  // biome-ignore lint/suspicious/noThenProperty: protobuf-ts calls are awaited themselves
  return { ...call, ...promises, then: finished.then.bind(finished) };
};

/** Starts the call at once, as a request over HTTP would: a subscription begins now, not when it is first read. */
const openStream = (dispatch: Dispatch, [method, input]: Parameters<Streaming>, signal: AbortSignal) => {
  const start = async () => {
    signal.throwIfAborted();
    return orAborted(dispatch({ path: pathOf(method), message: method.I.toBinary(input), signal }), signal);
  };
  return settled(start());
};

async function* messagesOf(opened: Promise<RpcReply>, [method]: Parameters<Streaming>, signal: AbortSignal) {
  try {
    const reply = await opened;
    if (reply.kind !== 'stream') return;
    const iterator = reply.messages[Symbol.asyncIterator]();
    try {
      while (true) {
        const next = await orAborted(iterator.next(), signal);
        if (next.done) return;
        yield method.O.fromBinary(next.value);
      }
    } finally {
      const ending = iterator.return?.(); // a handler that waits on something else must not hold up the caller
      if (!signal.aborted) await ending;
      else ending?.catch(() => {});
    }
  } catch (thrown) {
    throw rpcErrorOf(thrown, method, signal);
  }
}

/** The stream in both forms clients use: iteration, or callbacks; whichever is asked for first reads it. */
const outputStream = <Message extends object>(messages: AsyncGenerator<Message>, end: (error?: Error) => void) => {
  async function* iterate() {
    try {
      yield* messages;
      end();
    } catch (error) {
      end(error as Error);
      throw error;
    }
  }
  type Next = (message: Message | undefined, error: Error | undefined, complete: boolean) => void;
  const listeners = new Set<Next>();
  const tell: Next = (...news) => {
    for (const listener of listeners) listener(...news);
  };
  const pump = async () => {
    try {
      for await (const message of iterate()) tell(message, undefined, false);
      tell(undefined, undefined, true);
    } catch (error) {
      tell(undefined, error as Error, false);
    }
  };
  const onNext = (listener: Next) => {
    if (listeners.size === 0) void pump();
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return {
    [Symbol.asyncIterator]: iterate,
    onNext,
    onMessage: (callback: (message: Message) => void) => onNext((message) => message && callback(message)),
    onError: (callback: (error: Error) => void) => onNext((_message, error) => error && callback(error)),
    onComplete: (callback: () => void) => onNext((_message, _error, complete) => complete && callback()),
  };
};

const serverStreaming = (dispatch: Dispatch, parameters: Parameters<Streaming>) => {
  const [method, input, options] = parameters;
  const done = Promise.withResolvers<void>();
  const end = (error?: Error) => (error ? done.reject(error) : done.resolve());
  const status = settled(done.promise.then(() => FINE));
  const trailers = settled(done.promise.then(() => ({})));
  const call = { method, requestHeaders: options.meta ?? {}, request: input };
  const signal = signalOf(options);
  const opened = openStream(dispatch, parameters, signal);
  const headers = settled(opened.then(() => ({})));
  const finished = settled(status.then(() => ({ ...call, headers: {}, status: FINE, trailers: {} })));
  const responses = outputStream(messagesOf(opened, parameters, signal), end);
  // biome-ignore lint/suspicious/noThenProperty: protobuf-ts calls are awaited themselves
  return { ...call, headers, responses, status, trailers, then: finished.then.bind(finished) };
};

const unsupported = (): never => {
  throw new RpcError('client streams are not supported', 'UNIMPLEMENTED');
};

/** The server as a client transport: messages go over as bytes, without HTTP, frames or base64. */
export const inProcessTransport = (dispatch: Dispatch): RpcTransport => ({
  mergeOptions: (options) => ({ ...options }),
  unary: ((...parameters: Parameters<Unary>) => unary(dispatch, parameters)) as unknown as Unary,
  serverStreaming: ((...parameters: Parameters<Streaming>) =>
    serverStreaming(dispatch, parameters)) as unknown as Streaming,
  clientStreaming: unsupported,
  duplex: unsupported,
});
