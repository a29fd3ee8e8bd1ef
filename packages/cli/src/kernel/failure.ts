import { AtomaError } from '@atoma/base';
import { cliError, cliExits, type ExitCode, exitCodes } from './errors.ts';

/** A failure as it is shown: to people as three lines, to programs as `{"error": {...}}`. */
export interface Failure {
  /** Stable name: `AREA_NAME`, or the contract's own error name (`ENoNodesEligibleForTask`). */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** True when the same command may succeed later. */
  readonly retryable: boolean;
  readonly exit: ExitCode;
}

const byClass = {
  usage: exitCodes.usage,
  notFound: exitCodes.notFound,
  key: exitCodes.permission,
  network: exitCodes.network,
  funds: exitCodes.insufficientFunds,
  failed: exitCodes.failed,
} as const satisfies Record<string, ExitCode>;

const exitOf = async (error: AtomaError): Promise<ExitCode> => {
  const own = cliExits.get(error.code);
  if (own !== undefined) return own;
  const { errorClass } = await import('@atoma/sdk');
  return byClass[errorClass(error)];
};

const asAtomaError = async (error: unknown): Promise<AtomaError> => {
  if (error instanceof AtomaError) return error;
  const name = error instanceof Error ? error.name : '';
  if (/Rpc|Grpc|Abort|Fetch|Timeout/.test(name)) return (await import('@atoma/sdk')).toAtomaError(error);
  return cliError('INTERNAL', { why: error instanceof Error ? error.message : String(error) }, error);
};

/** Describes whatever was thrown. */
export const toFailure = async (thrown: unknown): Promise<Failure> => {
  const error = await asAtomaError(thrown);
  const { message, hint } = error;
  const base = { message, hint, exit: await exitOf(error) };
  if (error.code !== 'CLI_ABORTED') return { ...base, code: error.code, retryable: error.retryable };
  return { ...base, code: String(error.details.name), retryable: error.details.retryable === 'true' };
};
