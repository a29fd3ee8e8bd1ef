import { AtomaError, connectionFault } from '@atoma/base';
import { cliError, cliExits } from './cli-errors.ts';
import { hintOf } from './command-hints.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { systemFault } from './system-faults.ts';

/** A failure as it is shown: to people as four lines, to programs as `{"error": {...}}`. */
export interface Failure {
  /** Stable name: `AREA_NAME`, or the contract's own error name (`ENoNodesEligibleForTask`). */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** True when the same command may succeed later. */
  readonly retryable: boolean;
  /** Its page of the documentation, as `atoma docs` takes it; empty for an abort of somebody else's package. */
  readonly page: string;
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

/** Failures this program sees as a matter of keys, not of finding things. */
const ownExits: Readonly<Record<string, ExitCode>> = {
  SDK_NO_BADGE: exitCodes.permission,
  SDK_OLDER_GENERATION: exitCodes.failed,
  NODE_CONFIG: exitCodes.usage,
  NODE_KEY: exitCodes.permission,
  NODE_NOT_REGISTERED: exitCodes.permission,
  GATEWAY_KEY_UNKNOWN: exitCodes.notFound,
  GATEWAY_KEY_FIELD: exitCodes.usage,
};

const exitOf = async (error: AtomaError): Promise<ExitCode> => {
  const own = cliExits.get(error.code) ?? ownExits[error.code];
  if (own !== undefined) return own;
  const { errorClass } = await import('./sdk-errors.ts');
  return byClass[errorClass(error)];
};

/** What a file given by the person did not allow is said by the command itself. */
const saysItself = /^CLI_(FILE_UN(?:READ|WRIT)ABLE|BAD_|HOME_)/;

/** Faults that are the same whatever a part of the program was doing when it met them. */
const aboutDisk = /^CLI_(DISK_FULL|READ_ONLY|NO_PERMISSION|WRONG_KIND)$/;

const asAtomaError = async (error: unknown, home: string): Promise<AtomaError> => {
  if (error instanceof AtomaError) {
    const disk = saysItself.test(error.code) ? undefined : systemFault(error.cause, home);
    return disk && aboutDisk.test(disk.code) ? disk : error;
  }
  const system = systemFault(error, home);
  if (system) return system;
  const connection = connectionFault(error);
  if (connection !== undefined) return cliError('NO_CONNECTION', { why: connection }, error);
  const name = error instanceof Error ? error.name : '';
  if (/Rpc|Grpc|Abort|Fetch|Timeout/.test(name)) return (await import('./sdk-errors.ts')).toAtomaError(error);
  return cliError('INTERNAL', { why: error instanceof Error ? error.message : String(error) }, error);
};

/** Describes whatever was thrown; `home` is the data directory. */
export const toFailure = async (thrown: unknown, home: string): Promise<Failure> => {
  const error = await asAtomaError(thrown, home);
  const { message } = error;
  const hint = hintOf(error);
  const base = { message, hint, exit: await exitOf(error) };
  if (error.code !== 'CLI_ABORTED') return { ...base, code: error.code, page: error.code, retryable: error.retryable };
  const { name, page = '', retryable } = error.details;
  return { ...base, code: String(name), page: String(page), retryable: retryable === 'true' };
};
