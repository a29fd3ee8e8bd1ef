/** What messages may hold besides text, and where its data may come from: by default from the request itself and nowhere else. */
import { checkedUrl, isMediaPart, type Json, record } from '@atoma/sdk';
import { type Problem, problem } from './problem.ts';

/** What decides which parts a request may have. */
export interface PartRules {
  /** Role of the task. */
  readonly role: number;
  /** Security level of the task: what is checked by running it again must not change in between. */
  readonly level: number;
  /** Whether the operator lets https addresses be fetched. */
  readonly remote: boolean;
}

/** Parts of messages that are text for every task. */
const texts: ReadonlySet<unknown> = new Set(['text', 'refusal']);

/** Media types of data that each kind of part may hold. */
const media: Readonly<Record<string, RegExp>> = {
  image_url: /^image\/(?:png|jpeg|jpg|webp|gif)$/,
  video_url: /^video\/(?:mp4|webm|mpeg|quicktime)$/,
  audio_url: /^audio\/[\w.+-]{1,40}$/,
  file: /^(?:application\/pdf|text\/[\w.+-]{1,40}|image\/(?:png|jpeg|webp|gif))$/,
};

const DATA = /^data:([\w.+/-]{1,100})(?:;[\w.+-]+=[\w.+-]+)*;base64,/i;

/** Base64 as data addresses hold it: with or without padding, line breaks between. */
const isBase64 = (text: string): boolean => {
  const bare = text.replace(/[ \t\r\n\f]+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(bare) && (bare.endsWith('=') ? bare.length % 4 === 0 : bare.length % 4 !== 1);
};

const notBase64 = (param: string, data: string): Problem =>
  problem('invalid_request', {
    param,
    detail: /%(?:2B|2F|3D)/i.test(data)
      ? 'its data is not base64 but percent-encoded: send + for %2B, / for %2F and = for %3D'
      : 'its data is not base64: letters, digits, + and /',
  });

/** A part whose data lies at an address. */
export interface RemotePart {
  readonly path: readonly (string | number)[];
  readonly type: string;
  readonly url: string;
}

/** The address of a part and the member that holds it. */
const addressOf = (part: Json): { readonly url: unknown; readonly member: readonly string[] } => {
  const type = String(part.type);
  if (type === 'file') return { url: record(part.file).file_data, member: ['file', 'file_data'] };
  const inner = part[type];
  return typeof inner === 'string' ? { url: inner, member: [type] } : { url: record(inner).url, member: [type, 'url'] };
};

const isHttps = (url: string): boolean => {
  try {
    checkedUrl(url, false);
    return true;
  } catch {
    return false;
  }
};

/** Why a part is refused, the address it has to be fetched from, or null. */
const checkPart = (part: Json, rules: PartRules, path: readonly (string | number)[]): Problem | RemotePart | null => {
  const type = String(part.type);
  const param = path.join('.');
  if (texts.has(type)) return null;
  if (!isMediaPart(part))
    return problem('invalid_request', { param: `${param}.type`, detail: `${type} is not a part` });
  if (rules.role !== 2) return problem('invalid_request', { param, detail: `a ${type} needs a vision task` });
  if (type === 'input_audio') {
    const { data } = record(part.input_audio);
    return typeof data === 'string' && isBase64(data) ? null : notBase64(`${param}.input_audio.data`, String(data));
  }
  const { url, member } = addressOf(part);
  const where = [param, ...member].join('.');
  const allowed = media[type];
  if (!allowed || typeof url !== 'string')
    return problem('invalid_request', { param: where, detail: 'send the data itself as a data: address' });
  const inline = DATA.exec(url);
  if (inline) {
    if (!allowed.test((inline[1] as string).toLowerCase()))
      return problem('invalid_request', { param: where, detail: `data of type ${inline[1]} is not accepted` });
    const data = url.slice(inline[0].length);
    return isBase64(data) ? null : notBase64(where, data);
  }
  if (!rules.remote || type === 'file' || !isHttps(url))
    return problem('invalid_request', { param: where, detail: 'send the data itself as a data: address' });
  if (rules.level === 1)
    return problem('invalid_request', {
      param: where,
      detail: 'what lies at an address may change before it is checked',
    });
  return { path: [...path, ...member], type, url };
};

/** The first part that is refused, or those whose data has to be fetched. */
export const checkParts = (body: Json, rules: PartRules): Problem | readonly RemotePart[] => {
  const remote: RemotePart[] = [];
  for (const [at, message] of (Array.isArray(body.messages) ? body.messages : []).entries()) {
    const { content } = record(message);
    for (const [i, part] of (Array.isArray(content) ? content : []).entries()) {
      const found = checkPart(record(part), rules, ['messages', at, 'content', i]);
      if (found && 'kind' in found) return found;
      if (found) remote.push(found);
    }
  }
  return remote;
};

/** Whether a media type suits a part. */
export const suitsPart = (type: string, mediaType: string): boolean => media[type]?.test(mediaType) ?? false;
