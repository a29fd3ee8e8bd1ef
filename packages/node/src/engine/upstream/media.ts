/** Embeddings, images, sounds and transcriptions as servers send them; what is not one is a failure. */
import { engineError } from '../engine-errors.ts';
import type { EngineEvent, EngineRequest, Vector } from '../types.ts';
import { usageOf } from './choices.ts';
import { failure, reportedError } from './fault.ts';
import { array, isRecord, type Json, record } from './json.ts';

const fail = (model: string, why: string): Error => engineError('FAILED', { model, why });

/** Skips a byte order mark. */
const utf8 = new TextDecoder();

/** A body as JSON that is no error. Throws `ENGINE_FAILED`. */
export const answerJson = (bytes: Buffer, model: string): Json => {
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw engineError('FAILED', { model, why: 'its answer is not JSON' }, cause);
  }
  if (!isRecord(json)) throw fail(model, 'its answer is no JSON object');
  const reported = reportedError(json);
  if (reported) throw failure(model, reported);
  return json;
};

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
const fromText = (value: unknown): Buffer | undefined => {
  if (typeof value !== 'string') return undefined;
  const text = value.replace(/\s+/g, ''); // some encoders break lines
  return text !== '' && base64.test(text) ? Buffer.from(text, 'base64') : undefined;
};

const vectorValues = (value: unknown): readonly number[] | undefined => {
  if (Array.isArray(value)) return value as readonly number[];
  const bytes = fromText(value);
  if (!bytes || bytes.length % 4 !== 0) return undefined;
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
};

const isFloat32 = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(Math.fround(value));

/** Vectors a request asks for: one for each text or list of tokens. */
const inputsOf = ({ body }: EngineRequest): number => {
  const { input } = body;
  return Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1;
};

/** Vectors of `/v1/embeddings`: one for each input, of one dimension, every value a float32. */
export const embeddingEvents = (json: Json, request: EngineRequest): readonly EngineEvent[] => {
  const { model } = request;
  const rows = array(json.data).map(record);
  const wanted = inputsOf(request);
  if (rows.length !== wanted) throw fail(model, `it answered ${rows.length} of ${wanted} vectors`);
  const seen = new Set<number>();
  let dimension: number | undefined;
  const vectors = rows.map((row, position): EngineEvent => {
    const index = (row.index ?? position) as number;
    const values = vectorValues(row.embedding);
    const known = Number.isSafeInteger(index) && index >= 0 && index < wanted && !seen.has(index);
    if (!known) throw fail(model, `it answered vector ${String(index)} of ${wanted}`);
    if (!values || values.length === 0 || !values.every(isFloat32)) throw fail(model, `vector ${index} is not numbers`);
    dimension ??= values.length;
    if (values.length !== dimension) throw fail(model, 'its vectors have different dimensions');
    seen.add(index);
    return { type: 'vector', index, values };
  });
  const usage = usageOf(json.usage);
  return usage ? [...vectors, usage] : vectors;
};

/** Scores of `/v1/rerank`, a vector of one value for each document that was ranked; of servers that rank more than was asked for, the best. */
export const rerankEvents = (json: Json, request: EngineRequest): readonly EngineEvent[] => {
  const { model, body } = request;
  const rows = array(json.results ?? json.data).map(record);
  const documents = array(body.documents).length;
  const wanted = Math.min(documents, typeof body.top_n === 'number' ? body.top_n : documents);
  const seen = new Set<unknown>();
  if (rows.length !== wanted && rows.length !== documents)
    throw fail(model, `it ranked ${rows.length} of ${wanted} documents`);
  const scores = rows.map((row): Vector => {
    const { index, relevance_score: score = row.score } = row;
    const known = Number.isSafeInteger(index) && (index as number) >= 0 && (index as number) < documents;
    if (!known || seen.has(index)) throw fail(model, `it ranked document ${String(index)} of ${documents}`);
    if (!isFloat32(score)) throw fail(model, 'a score is not a number');
    seen.add(index);
    return { type: 'vector', index: index as number, values: [score as number] };
  });
  const best = scores.sort((a, b) => (b.values[0] as number) - (a.values[0] as number)).slice(0, wanted);
  const usage = usageOf(json.usage);
  return usage ? [...best, usage] : best;
};

/** Members every answer of an endpoint that gives data has. */
const dataMembers: Readonly<Record<string, string>> = {
  '/v1/moderations': 'results',
  '/tokenize': 'tokens',
  '/detokenize': 'prompt',
};

/** Data that is neither text nor media, as one JSON text. */
export const dataEvents = (json: Json, request: EngineRequest): readonly EngineEvent[] => {
  const member = dataMembers[request.endpoint] as string;
  if (json[member] === undefined || json[member] === null) throw fail(request.model, `its answer has no ${member}`);
  const { usage, atoma: _, ...data } = json;
  const counted = usageOf(usage);
  return [
    { type: 'delta', choice: 0, content: JSON.stringify(data) },
    ...(counted ? [counted] : []),
    { type: 'finish', choice: 0, reason: 'stop' },
  ];
};

const dataUri = /^data:[\w.+/-]*;base64,/;

const magic: readonly (readonly [string, string])[] = [
  ['ffd8ff', 'image/jpeg'],
  ['52494646', 'image/webp'],
  ['474946', 'image/gif'],
];
const imageType = (bytes: Buffer): string =>
  magic.find(([start]) => bytes.subarray(0, start.length / 2).toString('hex') === start)?.[1] ?? 'image/png';

/** Images of `/v1/images/*`: as many as were asked for. */
export const imageEvents = (json: Json, request: EngineRequest): readonly EngineEvent[] => {
  const rows = array(json.data).map(record);
  if (rows.length !== request.n) throw fail(request.model, `it answered ${rows.length} of ${request.n} images`);
  return rows.map((row, index) => {
    const { b64_json: inside = typeof row.url === 'string' && dataUri.test(row.url) ? row.url : undefined } = row;
    const bytes = fromText(typeof inside === 'string' ? inside.replace(dataUri, '') : undefined);
    if (!bytes || bytes.length === 0) throw fail(request.model, `image ${index} is not base64`);
    return { type: 'media', index, bytes: new Uint8Array(bytes), contentType: imageType(bytes) };
  });
};

const soundTypes: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};

/** Samples may begin with the byte of a letter; what has bytes that no text has is none. */
const isText = (bytes: Buffer): boolean => {
  const start = utf8.decode(bytes.subarray(0, 512)).trimStart();
  if (start.includes('\0') || start.slice(0, 256).includes('\ufffd')) return false;
  if (start.startsWith('<')) return true;
  if (!start.startsWith('{') && !start.startsWith('[')) return false;
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
};

/** The sound of `/v1/audio/speech`: bytes that are neither missing nor a text. */
export const soundEvents = (bytes: Buffer, contentType: string, request: EngineRequest): readonly EngineEvent[] => {
  if (bytes.length === 0) throw fail(request.model, 'it answered no sound');
  if (/json|text\/|xml/.test(contentType) || isText(bytes))
    throw fail(request.model, 'it answered a text as the sound');
  const asked = soundTypes[String(request.body.response_format ?? 'mp3')] ?? 'audio/mpeg';
  const type = contentType.startsWith('audio/') ? contentType : asked;
  return [{ type: 'media', index: 0, bytes: new Uint8Array(bytes), contentType: type }];
};

/** Formats of transcriptions that are text, not JSON. */
const textFormats: ReadonlySet<unknown> = new Set(['text', 'srt', 'vtt']);

/** The text of `/v1/audio/transcriptions` and `/v1/audio/translations`, with what else the server tells. */
export const transcriptEvents = (bytes: Buffer, request: EngineRequest): readonly EngineEvent[] => {
  const plain = utf8.decode(bytes);
  if (textFormats.has(request.body.response_format) && !plain.trimStart().startsWith('{')) {
    if (/^\s*<(?:!doctype|html)/i.test(plain)) throw fail(request.model, 'it answered a page');
    return [
      { type: 'delta', choice: 0, content: plain },
      { type: 'finish', choice: 0, reason: 'stop' },
    ];
  }
  const { text, usage: _, ...extra } = answerJson(bytes, request.model);
  if (typeof text !== 'string') throw fail(request.model, 'its transcription has no text');
  return [
    { type: 'delta', choice: 0, content: text },
    { type: 'finish', choice: 0, reason: 'stop', extra },
  ];
};
