import type { MoveFailure } from '../../types.ts';

/** What generated code and natives throw: a plain record, because an Error would capture a stack. */
export interface Stop {
  readonly stop: MoveFailure['kind'];
  /** Abort code or vector sub-status. */
  readonly code?: number | bigint;
  /** Number of the instruction in the machine's site table; -1 when there is none. */
  readonly site: number;
  readonly detail?: string;
}

/** True for what stops a call by design. */
export const isStop = (error: unknown): error is Stop =>
  typeof error === 'object' && error !== null && 'stop' in error && 'site' in error;

/** Stops the call. */
export const stop = (kind: Stop['stop'], site: number, code?: number | bigint, detail?: string): never => {
  const record: Stop = {
    stop: kind,
    site,
    ...(code === undefined ? {} : { code }),
    ...(detail === undefined ? {} : { detail }),
  };
  throw record;
};

/** Sub-statuses of vector errors. */
export const VectorError = { outOfBounds: 1, popEmpty: 2, unpackParity: 3, tooLong: 4 } as const;
