/** The `type` member of an error body, as OpenAI's reference names them. */

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
};

/** Type of an error answer with this HTTP status. */
export const errorType = (status: number): string =>
  types[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
