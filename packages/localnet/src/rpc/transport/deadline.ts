import { rpcError } from '../rpc-errors.ts';

const MS_BY_UNIT: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** Longest delay a timer takes, in ms; a longer deadline is none. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Milliseconds of a `grpc-timeout` header (`<up to 8 digits><unit>`); undefined without a header. */
export const parseTimeout = (header: string | null | undefined): number | undefined => {
  if (header === null || header === undefined) return undefined;
  const match = /^(\d{1,8})([HMSmun])$/.exec(header);
  if (!match) throw rpcError('BAD_FIELD', { field: 'grpc-timeout', reason: header });
  return Number(match[1]) * (MS_BY_UNIT[match[2] as string] as number);
};

/** The caller's signal, also aborted once the deadline passes. */
export const withDeadline = (signal: AbortSignal, timeoutMs: number | undefined): AbortSignal => {
  if (timeoutMs === undefined || timeoutMs > MAX_TIMER_MS) return signal;
  return AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(timeoutMs))]);
};

/** A switch of one call, also thrown by a signal that lives as long as the server. */
export interface CallSwitch {
  readonly signal: AbortSignal;
  readonly abort: (reason: unknown) => void;
  /** Lets go of the longer-lived signal; to be called once the call is over. */
  readonly release: () => void;
}

/** Follows `parent` by a listener that `release` removes: `AbortSignal.any` would pile up on a signal that lives on. */
export const switchUnder = (parent: AbortSignal): CallSwitch => {
  const own = new AbortController();
  const follow = () => own.abort(parent.reason);
  if (parent.aborted) follow();
  parent.addEventListener('abort', follow, { once: true });
  return {
    signal: own.signal,
    abort: (reason) => own.abort(reason),
    release: () => parent.removeEventListener('abort', follow),
  };
};
