import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatch } from '../rpc/transport/dispatch.ts';
import { readBody } from '../rpc/transport/grpc-web.ts';
import { isRecord, sendJson } from './http-io.ts';
import { serverError } from './server-errors.ts';

/** A transaction with packages in base64 fits. */
const MAX_BYTES = 1024 * 1024;

const parsed = (body: Uint8Array) => {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw serverError('BAD_JSON');
  }
  if (!isRecord(value) || typeof value.query !== 'string')
    throw serverError('BAD_FIELD', { field: 'query', expected: 'a GraphQL document' });
  const { query, variables, operationName } = value;
  return {
    query,
    variables: isRecord(variables) ? variables : {},
    operationName: typeof operationName === 'string' ? operationName : undefined,
  };
};

/** True for the path GraphQL is served at. */
export const isGraphqlPath = (path: string): boolean => /^\/graphql\/?(\?|$)/.test(path);

/** Serves GraphQL over POST; loads what it takes on the first request. */
export const serveGraphql = async (
  dispatch: Dispatch,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  if (request.method !== 'POST') throw serverError('NO_SUCH_ROUTE', { method: request.method ?? '', path: '/graphql' });
  const asked = parsed(await readBody(request as AsyncIterable<Buffer>, MAX_BYTES));
  const { answerGraphql } = await import('../graphql/answer.ts');
  sendJson(response, 200, await answerGraphql(dispatch, asked));
};
