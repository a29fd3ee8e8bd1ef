import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../rpc/transport/grpc-web.ts';
import { sendJson } from './http-io.ts';

const POINTER =
  'This network speaks gRPC: use SuiGrpcClient of @mysten/sui/grpc with this address as baseUrl, or any gRPC client of the sui.rpc.v2 services.';

const METHOD_NOT_FOUND = -32601;
const PARSE_ERROR = -32700;
const MAX_BYTES = 1024 * 1024;

/** The id a caller gave a JSON-RPC call; null where it gave none that may be one. */
const idOf = (call: unknown): string | number | null => {
  const id = typeof call === 'object' && call !== null && 'id' in call ? call.id : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
};

const rpcError = (call: unknown, code: number) => ({
  jsonrpc: '2.0',
  id: idOf(call),
  error: { code, message: `JSON-RPC is not served. ${POINTER}` },
});

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const rpcAnswer = (body: unknown): unknown => {
  if (body === undefined) return rpcError(body, PARSE_ERROR);
  return Array.isArray(body) && body.length > 0
    ? body.map((call) => rpcError(call, METHOD_NOT_FOUND))
    : rpcError(body, METHOD_NOT_FOUND);
};

/**
 * Sui is removing JSON-RPC. It gets a pointer in its own form with status 200 and the caller's id (each one's of a batch): clients show
 * the message of such an answer, and only the status of any other.
 */
export const refuseOtherApi = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (request.method !== 'POST')
    return sendJson(response, 404, { error: { code: 'SERVER_NO_SUCH_ROUTE', message: POINTER } });
  const body = await readBody(request as AsyncIterable<Buffer>, MAX_BYTES);
  sendJson(response, 200, rpcAnswer(parsed(Buffer.from(body).toString('utf8'))));
};
