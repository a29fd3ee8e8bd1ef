/** What a request may cost before it is sent: endpoint, model and the most units, from the body alone. */
import { CHAT, completionKind, endpointRoles } from '../../wire/endpoints.ts';
import { record } from '../../wire/json.ts';
import { readJsonObject } from '../../wire/json-body.ts';
import { soundUpperBound } from '../../wire/sound.ts';
import { hasMedia, imageUnits, parseImageSize, promptUpperBound, speechUnits } from '../../wire/units.ts';
import { buyerError } from '../buyer-errors.ts';
import { type Provider, parseProvider } from '../provider.ts';

/** JSON members of a body. */
export type JsonBody = Readonly<Record<string, unknown>>;

/** A request as it is about to be bought. */
export interface ParsedWork {
  readonly endpoint: string;
  readonly model: string;
  /** Members of a JSON body; of a form its text fields. */
  readonly json: JsonBody;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Least units the request can be served with. */
  readonly least: bigint;
  /** Most units it is given. */
  readonly most: bigint;
  /** Whether `most` may be lowered: the body sets no limit of its own. */
  readonly flexible: boolean;
  /** Role 2 is needed: the prompt has images or other media. */
  readonly vision: boolean;
  /** Who may serve it, as its `provider` member says; null: whom the policy lets through. */
  readonly provider: Provider | null;
}

const positive = (value: unknown): bigint | undefined =>
  Number.isSafeInteger(value) && (value as number) > 0 ? BigInt(value as number) : undefined;

const textBound = (json: JsonBody, endpoint: string, defaultCompletion: bigint) => {
  const prompt = promptUpperBound(json);
  if (completionKind(endpoint) === undefined) return { least: prompt, most: prompt, flexible: false };
  const prompts = BigInt(Array.isArray(json.prompt) && typeof json.prompt[0] !== 'number' ? json.prompt.length : 1);
  const n = (positive(json.n) ?? 1n) * (prompts > 0n ? prompts : 1n);
  const asked = positive(json.max_completion_tokens) ?? positive(json.max_tokens);
  const least = prompt + n;
  return { least, most: prompt + n * (asked ?? defaultCompletion), flexible: asked === undefined };
};

const exact = (units: bigint) => ({ least: units, most: units, flexible: false });

const boundOf = (endpoint: string, json: JsonBody, defaultCompletion: bigint) => {
  if (endpoint.startsWith('/v1/images/')) {
    const size = parseImageSize(typeof json.size === 'string' ? json.size : '1024x1024');
    if (!size) throw buyerError('BODY', { why: 'size must be like 1024x1024', param: 'size' });
    // A form's numbers are text.
    const n = positive(typeof json.n === 'string' ? Number(json.n) : json.n) ?? 1n;
    return exact(imageUnits(Number(n), size.width, size.height));
  }
  if (endpoint === '/v1/audio/speech') return exact(speechUnits(typeof json.input === 'string' ? json.input : ''));
  return textBound(json, endpoint, defaultCompletion);
};

const parseJson = (body: Uint8Array): JsonBody => {
  const read = readJsonObject(body);
  if (read.kind === 'fault') throw buyerError('BODY', { why: read.why });
  return read.json;
};

const parseForm = async (body: Uint8Array, contentType: string): Promise<{ json: JsonBody; sound: Uint8Array }> => {
  const fields: Record<string, unknown> = {};
  let sound = new Uint8Array();
  try {
    const response = new Response(body as Uint8Array<ArrayBuffer>, { headers: { 'content-type': contentType } });
    const form = await response.formData();
    for (const [name, value] of form) {
      if (typeof value === 'string') fields[name] = value;
      else if (sound.length === 0) sound = new Uint8Array(await value.arrayBuffer());
    }
  } catch (cause) {
    throw buyerError('BODY', { why: 'it is not a form' }, cause);
  }
  return { json: fields, sound };
};

/** Reads a body and bounds its cost. `read`: its JSON members, where that was done before. Throws `BUYER_ENDPOINT`, `BUYER_BODY`. */
export const parseWork = async (
  endpoint: string,
  body: Uint8Array,
  contentType: string,
  defaultCompletion: bigint,
  read?: JsonBody,
): Promise<ParsedWork> => {
  if (!endpointRoles[endpoint]) throw buyerError('ENDPOINT', { endpoint });
  const multipart = contentType.toLowerCase().startsWith('multipart/form-data');
  const { json, sound } = multipart
    ? await parseForm(body, contentType)
    : { json: read ?? parseJson(body), sound: null };
  const { model } = json;
  if (typeof model !== 'string' || model === '')
    throw buyerError('BODY', { why: 'model must be the name of a model', param: 'model' });
  const bound =
    sound && endpoint.startsWith('/v1/audio/')
      ? exact(soundUpperBound(sound))
      : boundOf(endpoint, json, defaultCompletion);
  const atLeastOne = (units: bigint): bigint => (units < 1n ? 1n : units);
  return {
    endpoint,
    model,
    json,
    stream: json.stream === true,
    includeUsage: record(json.stream_options).include_usage === true,
    least: atLeastOne(bound.least),
    most: atLeastOne(bound.most),
    flexible: bound.flexible,
    vision: endpoint === CHAT && hasMedia(json),
    provider: parseProvider(json.provider),
  };
};
