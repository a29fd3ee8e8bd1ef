/** What is sent to an upstream server: the client's body with the daemon's limits written into it. */
import type { EngineLimit, EngineRequest } from '../types.ts';
import type { UpstreamModel, UpstreamTarget } from './config.ts';
import type { Connections, UpstreamResponse } from './http.ts';

type Json = Record<string, unknown>;

const generating: readonly string[] = ['/v1/chat/completions', '/v1/completions'];

const jsonBody = (model: UpstreamModel, request: EngineRequest, limit: EngineLimit): Json => {
  const body: Json = { ...request.body, model: model.upstreamName ?? model.name };
  if (generating.includes(request.endpoint)) {
    delete body.max_completion_tokens;
    body.max_tokens = limit.maxPerChoice;
    body.seed = request.seed;
    body.stream = request.stream;
    if (request.stream) body.stream_options = { include_usage: true };
    else delete body.stream_options;
  }
  if (request.endpoint === '/v1/embeddings') body.encoding_format = 'float';
  if (request.endpoint === '/v1/images/generations') body.response_format = 'b64_json';
  return body;
};

const formBody = (model: UpstreamModel, request: EngineRequest): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries(request.body)) form.set(name, String(value));
  form.set('model', model.upstreamName ?? model.name);
  const { file } = request;
  if (file) form.set('file', new Blob([new Uint8Array(file.bytes)], { type: file.type }), file.name);
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
