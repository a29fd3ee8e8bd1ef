/** What servers say when they fail or refuse, in the forms they say it. */
import { engineError } from '../engine-errors.ts';
import { filled, isRecord, type Json, record } from './json.ts';

/** An error a server reported. */
export interface Reported {
  readonly message: string;
  readonly type: string | undefined;
  readonly param: string | undefined;
  readonly code: string | undefined;
}

const textOf = (value: unknown): string | undefined =>
  filled(value) ?? (Array.isArray(value) && value.length > 0 ? textOf(record(value[0]).msg ?? value[0]) : undefined);

/**
 * The error in a parsed answer, if it is one: `{error: {...}}`, `{error: "text"}`, `{object: "error", ...}` (vLLM, SGLang),
 * `{type: "error", error}`, `{detail}` (FastAPI), `{message, code}` of proxies. Undefined for an answer.
 */
export const reportedError = (json: Json): Reported | undefined => {
  const inner = isNothing(json.error) ? undefined : json.error;
  const bare = json.object === 'error' || (json.choices === undefined && json.data === undefined && hasErrorText(json));
  if (inner === undefined && !bare) return undefined;
  const source = isRecord(inner) ? inner : json;
  return {
    message: textOf(inner) ?? textOf(source.message) ?? textOf(source.detail) ?? 'no reason given',
    type: filled(source.type),
    param: filled(source.param),
    code: filled(source.code),
  };
};

/** An error member that servers send beside answers. */
const isNothing = (error: unknown): boolean =>
  error === null || error === false || error === '' || (isRecord(error) && Object.keys(error).length === 0);

const hasErrorText = (json: Json): boolean =>
  json.text === undefined &&
  json.usage === undefined &&
  (textOf(json.detail) !== undefined || (filled(json.message) !== undefined && json.code !== undefined));

/** vLLM, SGLang, TGI, TEI, Ollama and hosted engines name the limit in words; llama-server by its type. */
const contextWords =
  /maximum context length|context (?:length|window|size)|exceed_context_size|longer than the model'?s|too many (?:input )?tokens|must have less than \d+ tokens|inputs? tokens? .*(?:exceed|longer)|prompt is too long|input is too long|reduce the length/i;

/** Addresses and secrets of the operator's network that servers put into messages. */
const secrets =
  /\b(?:https?|wss?|file):\/\/\S+|\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b|\blocalhost(?::\d+)?\b|\b(?:sk|key|hf|Bearer)[-_ ][\w.-]{8,}/gi;

/** A message fit for a client: short, and without addresses or keys of the operator. */
export const publicText = (text: string): string => text.replace(secrets, '[...]').slice(0, 300);

const isContext = ({ code, type, message }: Reported): boolean =>
  code === 'context_length_exceeded' || contextWords.test(`${type ?? ''} ${message}`);

/** An error a server reported in place of an answer, with status 200: its failure, unless it says that the prompt is too long. */
export const failure = (model: string, reported: Reported): Error =>
  isContext(reported)
    ? engineError('CONTEXT', { why: publicText(reported.message) })
    : engineError('FAILED', { model, why: reported.message });

/** Whether a hosted engine that sends clients away means that its account is used up: waiting helps nobody. */
export const isOutOfMoney = (text: string): boolean => /insufficient_quota|exceeded your current quota/i.test(text);

/** Most seconds a server may send clients away for. */
const MOST_SECONDS = 3_600;

/** Seconds of a Retry-After header, which holds seconds or a date; undefined without one that can be read. */
export const retryAfter = (header: string | undefined, nowMs: number): number | undefined => {
  if (header === undefined) return undefined;
  const seconds = /^\s*\d+(?:\.\d+)?\s*$/.test(header) ? Number(header) : (Date.parse(header) - nowMs) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 1), MOST_SECONDS) : undefined;
};

/** The refusal of a request by a server, from the body it came with. */
export const refusalOf = (text: string, status: number): Error => {
  let json: Json = {};
  try {
    json = record(JSON.parse(text));
  } catch {
    // What is not JSON is shown as it is.
  }
  const known = reportedError(json) ?? { message: text.trim(), type: undefined, param: undefined, code: undefined };
  const why = publicText(known.message === '' ? `status ${status}` : known.message);
  if (isContext(known)) return engineError('CONTEXT', { why });
  const own = (value: string | undefined): string =>
    value !== undefined && /^[\w.[\]-]{1,100}$/.test(value) ? value : '';
  return engineError('REJECTED', { why, param: own(known.param), code: own(known.code) });
};
