/** What is sent to an upstream server: the client's body with the daemon's limits written into it. */
import { completionKind } from '@atoma/sdk';
import type { EngineLimit, EngineRequest } from '../types.ts';
import type { UpstreamModel, UpstreamTarget } from './config.ts';
import type { Connections, UpstreamResponse } from './http.ts';

type Json = Record<string, unknown>;

const jsonBody = (model: UpstreamModel, request: EngineRequest, limit: EngineLimit): Json => {
  const body: Json = { ...request.body, model: model.upstreamName ?? model.name };
  if (completionKind(request.endpoint)) {
    delete body.max_completion_tokens;
    body.max_tokens = limit.maxPerChoice;
    body.seed = request.seed;
    body.stream = request.stream;
    if (request.stream) body.stream_options = { include_usage: true };
    else delete body.stream_options;
  }
  if (request.endpoint === '/v1/embeddings') body.encoding_format = 'float';
  if (request.endpoint.startsWith('/v1/images/')) body.response_format = 'b64_json';
  return body;
};

const formBody = (model: UpstreamModel, request: EngineRequest): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries(request.body))
    for (const each of Array.isArray(value) ? value : [value]) form.append(name, String(each));
  form.set('model', model.upstreamName ?? model.name);
  if (request.endpoint === '/v1/images/edits') form.set('response_format', 'b64_json');
  for (const { field, name, type, bytes } of request.files ?? [])
    form.append(field, new Blob([new Uint8Array(bytes)], { type }), name);
  return form;
};

/** Sends the request to one server. */
export const sendUpstream = async (
  connections: Connections,
  target: UpstreamTarget,
  model: UpstreamModel,
  request: EngineRequest,
  limit: EngineLimit,
  signal: AbortSignal,
): Promise<UpstreamResponse> => {
  const { body, contentType } = await encode(model, request, limit);
  const headers: Record<string, string> = { 'content-type': contentType, 'accept-encoding': 'identity' };
  if (target.apiKey !== undefined) headers.authorization = `Bearer ${target.apiKey}`;
  return connections.send({ url: target.url, path: request.endpoint, method: 'POST', headers, body, signal });
};

const encode = async (
  model: UpstreamModel,
  request: EngineRequest,
  limit: EngineLimit,
): Promise<{ readonly body: Uint8Array; readonly contentType: string }> => {
  if (request.file === null)
    return { body: Buffer.from(JSON.stringify(jsonBody(model, request, limit))), contentType: 'application/json' };
  const form = new Response(formBody(model, request));
  const contentType = form.headers.get('content-type') ?? 'multipart/form-data';
  return { body: new Uint8Array(await form.arrayBuffer()), contentType };
};
