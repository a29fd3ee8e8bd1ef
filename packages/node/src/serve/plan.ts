/**
 * From an authenticated body to a plan: what the engine is asked, how much it may cost at most, what it is measured by. Depends
 * on envelope, body, task and model only, so an attester who plans the same request gets the same plan.
 */
import { isAtomaError, toHex } from '@atoma/base';
import {
  CHAT,
  completionKind,
  derivedSeed,
  effectiveMax,
  endpointRoles,
  type Face,
  faceOf,
  faceRoles,
  imageUnits,
  parseImageSize,
  promptUpperBound,
  readJsonObject,
  record,
  soundUnits,
  speechUnits,
  unservedRoles,
} from '@atoma/sdk';
import type { EngineSet, ServedModel } from '../engine/set.ts';
import type { Endpoint, EngineLimit, EngineRequest, Upload } from '../engine/types.ts';
import { engineProblem } from './engine-problem.ts';
import { parseBody } from './parse-body.ts';
import { checkParts, type RemotePart } from './parts.ts';
import { type Checked, ok, type Problem, problem } from './problem.ts';
import { bodySchemas, formFiles } from './schemas.ts';

/** What {@link planRequest} looks at. */
export interface PlanInput {
  readonly endpoint: string;
  /** Model name of the envelope. */
  readonly model: string;
  readonly maxUnits: bigint;
  readonly requestHash: Uint8Array;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly task: { readonly role: number; readonly model: string; readonly level: number };
  /** Whether the operator lets media be fetched from https addresses. */
  readonly remoteMedia: boolean;
}

type Body = Readonly<Record<string, unknown>>;

/** How a request is carried out. */
export interface Plan {
  readonly served: ServedModel;
  readonly request: EngineRequest;
  readonly limit: EngineLimit;
  readonly role: number;
  /** Most units it can cost: what is reserved. */
  readonly bound: bigint;
  /** Units known before execution: the prompt, the text to speak, the sound. */
  readonly promptUnits: bigint;
  /** Most units that may be billed for the prompt: the buyer's own bound. */
  readonly promptMost: bigint;
  /** Most units that can be produced. */
  readonly completionLimit: bigint;
  /** Units of one image; null for other work. */
  readonly imageUnits: bigint | null;
  readonly maxUnits: bigint;
  readonly stream: boolean;
  /** Whether the stream carries a usage chunk. */
  readonly includeUsage: boolean;
  /** The API the client speaks, where it is not the engine's own, and the body in its form. */
  readonly face: { readonly api: Face; readonly body: Body } | null;
  /** Media of the prompt that have to be fetched first. */
  readonly remote: readonly RemotePart[];
  /** `base64`, `text` and the like; null for the plain form. */
  readonly format: string | null;
}

/** Endpoints of each role. */
export const roleEndpoints: Readonly<Record<number, readonly string[]>> = Object.fromEntries(
  [0, 1, 2, 3, 4, 5, 6, 7].map((role) => [
    role,
    Object.entries({ ...endpointRoles, ...faceRoles, ...unservedRoles }).flatMap(([endpoint, roles]) =>
      roles.includes(role) ? [endpoint] : [],
    ),
  ]),
);

interface Parsed {
  readonly body: Body;
  readonly file: EngineRequest['file'];
  readonly files?: readonly Upload[];
  readonly face: Plan['face'];
}

/** A body before its schema has seen it: whatever the client wrote. */
interface RawBody {
  readonly body: unknown;
  readonly file: EngineRequest['file'];
  readonly files?: readonly Upload[];
}

const readJson = (bytes: Uint8Array): Checked<RawBody> => {
  const read = readJsonObject(bytes);
  return read.kind === 'fault' ? problem('invalid_request', { detail: read.why }) : ok({ body: read.json, file: null });
};

const readForm = async (endpoint: Endpoint, input: PlanInput): Promise<Checked<RawBody>> => {
  const response = new Response(new Uint8Array(input.body), { headers: { 'content-type': input.contentType } });
  const form = await response.formData().catch(() => undefined);
  if (!form) return problem('invalid_request', { detail: 'it is not a form' });
  const files: Upload[] = [];
  const fields: Record<string, unknown> = {};
  for (const [name, value] of form) {
    if (value instanceof File) {
      if (!formFiles[endpoint]?.includes(name)) return problem('unsupported_parameter', { param: name });
      const bytes = new Uint8Array(await value.arrayBuffer());
      files.push({ field: name, name: value.name, type: value.type, bytes });
    } else if (name.endsWith('[]')) fields[name] = [...((fields[name] as string[] | undefined) ?? []), value];
    else fields[name] = value;
  }
  const [main, second] = files;
  if (second && endpoint.startsWith('/v1/audio/'))
    return problem('invalid_request', { param: 'file', detail: 'expected one file' });
  if (!main || main.bytes.length === 0)
    return problem('invalid_request', { param: formFiles[endpoint]?.[0] ?? 'file', detail: 'expected a file' });
  return ok({ body: fields, file: main, files });
};

/** The chat body that asks what a body of another API asks. Conversations are kept by gateways, not by nodes. */
const mapFace = (api: Face, body: unknown): Checked<RawBody> => {
  if (typeof body !== 'object' || body === null) return problem('invalid_request', { detail: 'it is no JSON object' });
  if ('previous_response_id' in body && body.previous_response_id !== null)
    return problem('unsupported_parameter', { param: 'previous_response_id' });
  try {
    return ok({ body: api.toChat(body as Body), file: null });
  } catch (error) {
    if (!isAtomaError(error)) throw error;
    const { param, why } = error.details;
    return problem('invalid_request', { param: String(param), detail: String(why) });
  }
};

const readBody = async (endpoint: Endpoint, input: PlanInput): Promise<Checked<Parsed>> => {
  const isForm = endpoint in formFiles;
  if (isForm !== input.contentType.toLowerCase().startsWith('multipart/')) return problem('unsupported_media');
  const raw = isForm ? await readForm(endpoint, input) : readJson(input.body);
  if (raw.kind === 'problem') return raw;
  const api = faceOf(input.endpoint);
  const mapped = api ? mapFace(api, raw.value.body) : raw;
  if (mapped.kind === 'problem') return mapped;
  const parsed = parseBody(endpoint, mapped.value.body);
  if (parsed.kind === 'problem') return parsed;
  const face = api ? { api, body: raw.value.body as Body } : null;
  const { file, files } = raw.value;
  return ok({ body: parsed.value, file, ...(files ? { files } : {}), face });
};

const checkTask = (input: PlanInput, body: Body): Problem | undefined => {
  const { task, model } = input;
  if (body.model !== model)
    return problem('invalid_request', { param: 'model', detail: "it is not the envelope's model" });
  if (task.model !== '' && task.model !== model)
    return problem('task_mismatch', { param: 'model', detail: `the task is for ${task.model}` });
  return undefined;
};

/** Amounts of a plan that depend on the kind of work. */
type Amounts = Pick<Plan, 'bound' | 'promptUnits' | 'promptMost' | 'completionLimit' | 'imageUnits' | 'limit'>;

const clientMax = (body: Body): bigint | undefined => {
  const asked = body.max_completion_tokens ?? body.max_tokens;
  return asked === undefined ? undefined : BigInt(asked as number);
};

const exactly = (input: PlanInput, promptUnits: bigint, completion: bigint, image: bigint | null): Checked<Amounts> => {
  const needed = promptUnits + completion;
  if (needed > input.maxUnits) return problem('max_units_too_small', { extra: { bound: String(needed) } });
  const limit = { maxPerChoice: null, cut: null };
  return ok({
    bound: needed,
    promptUnits,
    promptMost: promptUnits,
    completionLimit: completion,
    imageUnits: image,
    limit,
  });
};

/** The units of a prompt, and the most that may be billed for it. */
interface Prompt {
  readonly units: bigint;
  readonly most: bigint;
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

const embedded = (input: PlanInput, { units, most }: Prompt): Checked<Amounts> => {
  const found = exactly(input, units, 0n, null);
  return found.kind === 'problem'
    ? found
    : ok({ ...found.value, promptMost: most, bound: least(most, input.maxUnits) });
};

const generated = (
  input: PlanInput,
  request: EngineRequest,
  served: ServedModel,
  { units: prompt, most: promptMost }: Prompt,
): Checked<Amounts> => {
  const context = BigInt(served.model.contextLength);
  if (prompt >= context)
    return problem('context_length_exceeded', {
      param: 'messages',
      extra: { context_length: served.model.contextLength },
    });
  const n = BigInt(request.n);
  const most = effectiveMax({ clientMax: clientMax(request.body), maxUnits: input.maxUnits, prompt, n, context });
  if (most < 1n) return problem('max_units_too_small', { extra: { bound: String(prompt + n) } });
  return ok({
    bound: least(promptMost + n * most, input.maxUnits),
    promptUnits: prompt,
    promptMost,
    completionLimit: n * most,
    imageUnits: null,
    limit: { maxPerChoice: Number(most), cut: null },
  });
};

const measure = async (served: ServedModel, request: EngineRequest): Promise<Checked<Prompt>> => {
  try {
    const { prompt, exact } = await served.engine.measure(request);
    const units = prompt > 0n ? prompt : 1n;
    const most = promptUpperBound(request.body, served.model.imagePartUnits);
    return ok(exact ? { units, most: units } : { units: least(units, most), most });
  } catch (error) {
    const found = engineProblem(error);
    if (found) return found;
    throw error;
  }
};

const images = (input: PlanInput, request: EngineRequest): Checked<Amounts> => {
  const size = parseImageSize(String(request.body.size ?? '1024x1024'));
  if (!size)
    return problem('invalid_request', { param: 'size', detail: 'size: expected WIDTHxHEIGHT such as 1024x1024' });
  const one = imageUnits(1, size.width, size.height);
  return exactly(input, 0n, one * BigInt(request.n), one);
};

const amounts = async (input: PlanInput, request: EngineRequest, served: ServedModel): Promise<Checked<Amounts>> => {
  switch (request.endpoint) {
    case '/v1/images/generations':
    case '/v1/images/edits':
      return images(input, request);
    case '/v1/audio/speech':
      return exactly(input, speechUnits(String(request.body.input)), 0n, null);
    case '/v1/audio/transcriptions':
    case '/v1/audio/translations': {
      const length = soundUnits(request.file?.bytes ?? new Uint8Array());
      if (length === undefined || length === 0n)
        return problem('unsupported_media', { param: 'file', detail: 'send WAV or FLAC' });
      return exactly(input, length, 0n, null);
    }
    default: {
      const prompt = await measure(served, request);
      if (prompt.kind === 'problem') return prompt;
      return completionKind(request.endpoint) === undefined
        ? embedded(input, prompt.value)
        : generated(input, request, served, prompt.value);
    }
  }
};

/** Prompts of a text completion: each gets its own choices. */
const promptsOf = ({ prompt }: Body): number =>
  Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt.length : 1;

/** Where answers are checked, whoever makes one and whoever checks it tell what the work was made of. */
const stepsOf = (
  { task, requestHash }: PlanInput,
  endpoint: Endpoint,
  { model }: ServedModel,
): Pick<EngineRequest, 'steps'> => {
  const told = model.sketch ? completionKind(endpoint) !== undefined : model.profile !== null;
  return task.level === 1 && told ? { steps: { challenge: toHex(requestHash) } } : {};
};

/** Whether engines serve an endpoint. */
export const isEndpoint = (text: string): text is Endpoint => text in bodySchemas;

/** Plans a request, or says why it cannot be served. */
export const planRequest = async (engines: EngineSet, input: PlanInput): Promise<Checked<Plan>> => {
  const { task } = input;
  if (!roleEndpoints[task.role]?.includes(input.endpoint)) return problem('task_mismatch', { param: 'endpoint' });
  const endpoint = faceOf(input.endpoint) ? CHAT : input.endpoint;
  if (!isEndpoint(endpoint)) return problem('role_not_served');
  const parsed = await readBody(endpoint, input);
  if (parsed.kind === 'problem') return parsed;
  const { body, file, files, face } = parsed.value;
  const mismatch = checkTask(input, body);
  if (mismatch) return mismatch;
  const remote = checkParts(body, { role: task.role, level: task.level, remote: input.remoteMedia });
  if ('kind' in remote) return remote;
  const served = engines.find(input.model);
  if (!served) return problem('model_not_served');
  if (!served.model.roles.includes(task.role)) return problem('role_not_served');
  // Vectors of such an engine differ in their last bits, and nobody sketches them.
  if (task.level === 1 && served.model.sketch && endpoint === '/v1/embeddings') return problem('role_not_served');
  const request: EngineRequest = {
    endpoint,
    model: served.model.name,
    body,
    file,
    ...(files ? { files } : {}),
    seed: (body.seed as number | undefined) ?? derivedSeed(input.requestHash),
    n: ((body.n as number | undefined) ?? 1) * promptsOf(body),
    stream: body.stream === true,
    ...stepsOf(input, endpoint, served),
  };
  const found = await amounts(input, request, served);
  if (found.kind === 'problem') return found;
  const options = record(body.stream_options);
  return ok({
    ...found.value,
    served,
    request,
    remote,
    face,
    role: task.role,
    maxUnits: input.maxUnits,
    stream: request.stream,
    includeUsage: options?.include_usage === true,
    format: (body.encoding_format ?? body.response_format ?? null) as string | null,
  });
};
