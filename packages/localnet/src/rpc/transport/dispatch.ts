import { rpcError } from '../rpc-errors.ts';
import { type Method, methodAt } from './proto.ts';

/** What a handler may know of its call. */
export interface CallContext {
  /** Aborted when the caller goes away or its deadline passes. */
  readonly signal: AbortSignal;
}

/** A method's implementation: takes the decoded request, returns a message draft, or a stream of them. */
export type Handler = (request: never, call: CallContext) => unknown;

/** Handlers of one service by method name. */
export type ServiceHandlers = Readonly<Record<string, Handler>>;

/** All services by full name, each made when its first method is called. */
export type Services = Readonly<Record<string, () => ServiceHandlers>>;

/** One call as every transport hands it over: the path and the protobuf bytes of the request. */
export interface RpcCall {
  readonly path: string;
  readonly message: Uint8Array;
  readonly signal: AbortSignal;
}

/** Protobuf bytes of the reply, or of each reply of a stream. */
export type RpcReply =
  | { readonly kind: 'unary'; readonly message: Uint8Array }
  | { readonly kind: 'stream'; readonly messages: AsyncIterable<Uint8Array> };

/** Answers a call; rejects with an error of the catalogues. Streams may throw later, while they are read. */
export type Dispatch = (call: RpcCall) => Promise<RpcReply>;

const decode = (method: Method, message: Uint8Array): object => {
  try {
    return method.I.fromBinary(message);
  } catch (cause) {
    throw rpcError('BAD_MESSAGE', { type: method.I.typeName }, cause);
  }
};

const encode = (method: Method, reply: unknown): Uint8Array => method.O.toBinary(method.O.create(reply as object));

/** A stream cut short by its signal ends with the signal's reason, not as if it were complete. */
async function* encodeEach(method: Method, replies: AsyncIterable<unknown>, signal: AbortSignal) {
  for await (const reply of replies) yield encode(method, reply);
  signal.throwIfAborted();
}

/** Rejects with the signal's reason as soon as it aborts, whatever `work` does. */
export const orAborted = <T>(work: T | Promise<T>, signal: AbortSignal): T | Promise<T> => {
  if (!(work instanceof Promise)) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
};

/** The server without any transport: decodes, calls the handler, encodes. */
export const createDispatch = (services: Services): Dispatch => {
  const open = new Map<string, ServiceHandlers>();
  const handlersOf = (service: string): ServiceHandlers | undefined => {
    if (!open.has(service) && Object.hasOwn(services, service)) open.set(service, services[service]!());
    return open.get(service);
  };
  return async ({ path, message, signal }) => {
    const [, service = '', name = ''] = path.split('/');
    const method = methodAt(path);
    const handler = method && handlersOf(service)?.[name];
    if (!method || !handler) throw rpcError('NOT_SERVED', { path });
    signal.throwIfAborted();
    const reply = handler(decode(method, message) as never, { signal });
    if (method.serverStreaming)
      return { kind: 'stream', messages: encodeEach(method, reply as AsyncIterable<unknown>, signal) };
    return { kind: 'unary', message: encode(method, await orAborted(reply, signal)) };
  };
};
