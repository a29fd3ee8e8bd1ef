/** From the faults of the chain client to this package's errors. */
import { type AtomaError, isAtomaError } from '@atoma/base';
import { NO_CONNECTION } from '../context/patient-fetch.ts';
import { networkError, sdkError } from '../sdk-errors.ts';

/** The parts of the client's errors that are read. `code` is a gRPC status name. */
interface ClientFault {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly cause?: unknown;
}

const UNREACHABLE = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'DATA_LOSS', 'UNKNOWN']);

/** The innermost error that carries a gRPC status. */
const statusOf = (error: unknown): ClientFault => {
  for (let at = error as ClientFault | undefined; at; at = at.cause as ClientFault | undefined)
    if (typeof at.code === 'string' && /^[A-Z_]+$/.test(at.code)) return at;
  return error as ClientFault;
};

/** Messages of the transport that say nothing to a person, and what they mean. Its own errors hide their causes. */
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/due to timeout|terminated/i, 'its answer stopped half-way'],
  [/^fetch failed$/, 'the connection failed'],
];

const isUnreachable = ({ code = '', message = '' }: ClientFault): boolean =>
  UNREACHABLE.has(code) || message.startsWith(NO_CONNECTION) || PLAIN.some(([pattern]) => pattern.test(message));

const whyOf = (message: string): string =>
  PLAIN.find(([pattern]) => pattern.test(message))?.[1] ?? message.replace(NO_CONNECTION, '');

/**
 * This package's error for anything the chain client throws: `NETWORK_*` by gRPC status, an AtomaError as it is.
 * `network` names the network in the message.
 */
export const toAtomaError = (error: unknown, network = 'chosen'): AtomaError => {
  if (isAtomaError(error)) return error;
  const fault = statusOf(error);
  const why = whyOf(fault.message ?? String(error));
  if (fault.code === 'CANCELLED' || fault.name === 'AbortError') return networkError('CANCELLED', {}, error);
  if (fault.code === 'RESOURCE_EXHAUSTED') return networkError('BUSY', { network, why }, error);
  if (isUnreachable(fault)) return networkError('UNREACHABLE', { network, why }, error);
  if (
    fault.code === 'FAILED_PRECONDITION' ||
    fault.code === 'ABORTED' ||
    /provided version doesn't match|not available for consumption/i.test(why)
  )
    return networkError('LOCKED', { why }, error);
  if (fault.code === 'NOT_FOUND' || /^Object 0x\w+ not found/.test(why))
    return sdkError('OBJECT_NOT_FOUND', { id: idIn(why), what: 'the chain knows no such id' }, error);
  return networkError('REFUSED', { network, why }, error);
};

const lost: ReadonlySet<string> = new Set(['NETWORK_LOCKED', 'NETWORK_REFUSED', 'SDK_OBJECT_NOT_FOUND']);

/**
 * Whether a fault of sending signed bytes says that they cannot run, if they have not: an object has another version, or the chain refuses
 * them as they are. A server's fault within (INTERNAL) says nothing: it may have passed them on.
 */
export const cannotRun = ({ code, cause }: AtomaError): boolean =>
  lost.has(code) && statusOf(cause)?.code !== 'INTERNAL';

const idIn = (text: string): string => /0x[0-9a-f]+/i.exec(text)?.[0] ?? 'named';

/** Awaits a client call, its faults turned into this package's errors. */
export const reach = async <Value>(network: string, call: Promise<Value>): Promise<Value> => {
  try {
    return await call;
  } catch (error) {
    throw toAtomaError(error, network);
  }
};

/** How a program should end on an error: the classes of the command's exit codes. */
export type ErrorClass = 'usage' | 'notFound' | 'key' | 'network' | 'funds' | 'failed';

const CLASSES: readonly (readonly [RegExp, ErrorClass])[] = [
  [
    /^VALUE_|^SDK_(AMBIGUOUS_BADGE|WRONG_BADGE|OLDER_GENERATION|DEPLOYMENT_INCOMPLETE)$|^NETWORK_UNKNOWN_NETWORK$/,
    'usage',
  ],
  [/^BUYER_(ENDPOINT|BODY|EXPORT|TOO_LARGE)$/, 'usage'],
  [/_NOT_FOUND$|^SDK_NO_(BADGE|SUCH_OBJECT)$|^BUYER_(NO_TASK|RECEIPT_UNKNOWN)$/, 'notFound'],
  [/^WALLET_|^SDK_NO_(SIGNER|SENDER)$|^SDK_FOREIGN_BADGE$|^BUYER_JOURNAL_FOREIGN$/, 'key'],
  [/^NETWORK_|^BUYER_(UNREACHABLE|NO_NODE|URL_REFUSED)$/, 'network'],
  [/^SDK_INSUFFICIENT_|^BUYER_CAP$/, 'funds'],
];

/** The class of an error, by its code. */
export const errorClass = (error: unknown): ErrorClass => {
  const code = isAtomaError(error) ? error.code : '';
  return CLASSES.find(([pattern]) => pattern.test(code))?.[1] ?? 'failed';
};
