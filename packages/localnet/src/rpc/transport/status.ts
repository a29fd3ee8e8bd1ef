import { type AtomaError, isAtomaError } from '@atoma/base';

/** gRPC status codes used by this server (google.rpc.Code). */
export const Status = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

/** How a call ended: what goes into the trailers. */
export interface CallStatus {
  readonly code: number;
  readonly message: string;
  /** Further trailers: stable error code and hint of this project's catalogues. Values are percent-encoded text. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const statusByCode: Readonly<Record<string, number>> = {
  RPC_BODY_TOO_LARGE: Status.RESOURCE_EXHAUSTED,
  RPC_COMPRESSED: Status.UNIMPLEMENTED,
  RPC_DEADLINE: Status.DEADLINE_EXCEEDED,
  RPC_NOT_SERVED: Status.UNIMPLEMENTED,
  RPC_UNSUPPORTED: Status.UNIMPLEMENTED,
  RPC_NOT_COMMITTED: Status.FAILED_PRECONDITION,
  RPC_SHUTTING_DOWN: Status.UNAVAILABLE,
  RPC_ROLLED_BACK: Status.ABORTED,
  LEDGER_CLOSED: Status.UNAVAILABLE,
  LEDGER_BUSY: Status.UNAVAILABLE,
  LEDGER_UNSUPPORTED: Status.UNIMPLEMENTED,
  LEDGER_STORAGE: Status.INTERNAL,
  LEDGER_DATA_CORRUPT: Status.INTERNAL,
  LEDGER_FRAMEWORK_BAD: Status.INTERNAL,
  LEDGER_GASLESS_RATE: Status.RESOURCE_EXHAUSTED,
  LEDGER_FAUCET_EMPTY: Status.RESOURCE_EXHAUSTED,
};

const codeOf = (error: AtomaError): number => {
  const known = statusByCode[error.code];
  if (known !== undefined) return known;
  if (error.code.startsWith('RPC_'))
    return error.code.endsWith('_NOT_FOUND') ? Status.NOT_FOUND : Status.INVALID_ARGUMENT;
  if (error.code.startsWith('LEDGER_') || error.code.startsWith('ENGINE_')) return Status.INVALID_ARGUMENT;
  return Status.INTERNAL;
};

/** The status a thrown value travels under. Faults outside the catalogues are INTERNAL and keep their message. */
export const statusOf = (error: unknown): CallStatus => {
  if (isAtomaError(error))
    return {
      code: codeOf(error),
      message: error.message,
      metadata: { 'error-code': error.code, 'error-hint': encodeURIComponent(error.hint) },
    };
  if (error instanceof Error && error.name === 'AbortError') return { code: Status.CANCELLED, message: 'cancelled' };
  if (error instanceof Error && error.name === 'TimeoutError')
    return { code: Status.DEADLINE_EXCEEDED, message: 'deadline exceeded' };
  return { code: Status.INTERNAL, message: error instanceof Error ? error.message : String(error) };
};
