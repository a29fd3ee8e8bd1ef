import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAtomaError } from '@atoma/base';
import { switchUnder } from '../rpc/transport/deadline.ts';
import { readBody } from '../rpc/transport/grpc-web.ts';
import { serverError } from './server-errors.ts';

/** Largest JSON body in bytes. */
const MAX_JSON_BYTES = 64 * 1024;

/** A signal aborted when the client goes away before the reply is complete, or when the server shuts down. */
export const closedSignal = (response: ServerResponse, shutdown: AbortSignal): AbortSignal => {
  const call = switchUnder(shutdown);
  response.once('close', () => {
    call.release();
    if (!response.writableFinished) call.abort(new DOMException('the client went away', 'AbortError'));
  });
  return call.signal;
};

/** Whether a value is a JSON object. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The body as a JSON object; an empty body is an empty object. Throws RPC_BODY_TOO_LARGE or SERVER_BAD_JSON. */
export const readJson = async (request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> => {
  const body = await readBody(request as AsyncIterable<Buffer>, MAX_JSON_BYTES);
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (isRecord(value)) return value;
  } catch {
    // answered below like any other value that is no object
  }
  throw serverError('BAD_JSON');
};

/** Sends a JSON reply. */
export const sendJson = (response: ServerResponse, status: number, value: unknown): void => {
  const body = Buffer.from(
    JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item)),
    'utf8',
  );
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
};

const statuses: Readonly<Record<string, number>> = {
  RPC_BODY_TOO_LARGE: 413,
  SERVER_NO_SUCH_ROUTE: 404,
  SERVER_FORBIDDEN: 403,
};

/** HTTP status of an error: 4xx for what the caller can correct. */
export const httpStatus = (error: unknown): number => {
  if (!isAtomaError(error)) return 500;
  return statuses[error.code] ?? (error.code.startsWith('SERVER_') || error.code.startsWith('LEDGER_') ? 400 : 500);
};

/** Code, message and hint of an error as JSON. */
export const errorBody = (error: unknown): object =>
  isAtomaError(error)
    ? { error: { code: error.code, message: error.message, hint: error.hint } }
    : { error: { code: 'SERVER_INTERNAL', message: error instanceof Error ? error.message : String(error), hint: '' } };
