/** Why a request to another computer failed, by the codes of Node's sockets, resolver, TLS and `fetch`. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at that address',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNRESET: 'the connection was closed before the answer was there',
  EPIPE: 'the connection was closed before the answer was there',
  UND_ERR_SOCKET: 'the connection was closed before the answer was there',
  ETIMEDOUT: 'it could not be connected to in time',
  UND_ERR_CONNECT_TIMEOUT: 'it could not be connected to in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'its answer stopped half-way',
  EHOSTUNREACH: 'no route leads to it',
  ENETUNREACH: 'no route leads to it',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by nobody this computer trusts',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by nobody this computer trusts',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; try http:// instead of https://',
  EPROTO: 'it does not speak TLS; try http:// instead of https://',
  HPE_INVALID_CONSTANT: 'it does not speak HTTP',
  HPE_INVALID_VERSION: 'it does not speak HTTP',
};

interface Fault {
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

const isFault = (value: unknown): value is Fault => typeof value === 'object' && value !== null;

/** What `fetch` throws for every connection that failed. */
const isFetchFailed = (error: unknown): boolean => error instanceof TypeError && error.message === 'fetch failed';

const fetchWords = (cause: unknown): string => {
  const words = cause instanceof Error ? cause.message : '';
  if (words === 'bad port') return 'its port belongs to another protocol, and no HTTP client uses it';
  return words === '' ? 'the connection failed' : words;
};

/** Why a connection failed, in words, looking through causes; undefined when the error is about something else. */
export const connectionFault = (error: unknown): string | undefined => {
  if (!isFault(error)) return undefined;
  const own = typeof error.code === 'string' && Object.hasOwn(REASONS, error.code) ? REASONS[error.code] : undefined;
  if (own !== undefined) return own;
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time';
  const { cause, errors } = error as Fault;
  return connectionFault(cause ?? errors?.[0]) ?? (isFetchFailed(error) ? fetchWords(cause) : undefined);
};
