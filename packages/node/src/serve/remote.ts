/** Fetching what lies at addresses in a prompt, where the operator allows it: public https only, bounded, and sent to the engine as data. */
import { type HttpClient, headerOf, openHttpClient, readWhole } from '@atoma/base';
import { checkedUrl, publicLookup, toBase64 } from '@atoma/sdk';
import type { EngineRequest } from '../engine/types.ts';
import { type RemotePart, suitsPart } from './parts.ts';
import { type Checked, ok, problem } from './problem.ts';

const [MAX_BYTES, TIMEOUT_MS] = [20 * 1024 * 1024, 20_000];

/** What it is fetched over. */
type Connections = Pick<HttpClient, 'send'>;

/** Gets the data at an address as a `data:` address, or an error answer. */
export type FetchRemote = (part: RemotePart) => Promise<Checked<string>>;

/** Connections that never lead to private addresses, at the moment of connecting. */
const publicConnections = (): Connections =>
  openHttpClient({ parse: (url) => checkedUrl(url, false), lookup: publicLookup, maxFreeSockets: 16 });

/** Makes the fetch. */
export const createRemoteFetch = (client: Connections = publicConnections()): FetchRemote => {
  return async ({ path, type, url }) => {
    const refuse = (detail: string) => problem('invalid_request', { param: path.join('.'), detail });
    try {
      const { origin, pathname, search } = new URL(url);
      const message = await client.send({
        url: origin,
        path: pathname + search,
        method: 'GET',
        headers: { accept: '*/*', 'accept-encoding': 'identity' },
        timeoutMs: TIMEOUT_MS,
      });
      const mediaType = (headerOf(message, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
      if (message.statusCode !== 200 || !suitsPart(type, mediaType)) {
        message.destroy();
        return refuse(`it answered ${message.statusCode} with ${mediaType === '' ? 'no type' : mediaType}`);
      }
      const bytes = await readWhole(message, MAX_BYTES, TIMEOUT_MS);
      if (typeof bytes !== 'string') return ok(`data:${mediaType};base64,${toBase64(bytes)}`);
      message.destroy();
      return refuse(bytes === 'tooLarge' ? `it is larger than ${MAX_BYTES} bytes` : 'it could not be read');
    } catch {
      return refuse('it cannot be reached');
    }
  };
};

const withValue = (value: unknown, [key, ...rest]: readonly (string | number)[], put: string): unknown => {
  if (key === undefined) return put;
  if (Array.isArray(value)) return value.map((each, i) => (i === key ? withValue(each, rest, put) : each));
  const members = value as Record<string, unknown>;
  return { ...members, [key]: withValue(members[key], rest, put) };
};

/** The request with the data of all its addresses in it. */
export const withRemote = async (
  request: EngineRequest,
  parts: readonly RemotePart[],
  fetchRemote: FetchRemote,
): Promise<Checked<EngineRequest>> => {
  let { body } = request;
  for (const part of parts) {
    const data = await fetchRemote(part);
    if (data.kind === 'problem') return data;
    body = withValue(body, part.path, data.value) as EngineRequest['body'];
  }
  return ok({ ...request, body });
};
