/** Asking a server of ours over HTTP. A token stays in the memory of this page. */
import { record, text } from './json.ts';

/** What a server said instead of an answer. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** What is asked. */
export interface Asked {
  readonly url: string;
  /** Sent as a bearer token; absent: nothing. */
  readonly token?: string;
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form instead. */
  readonly form?: FormData;
  readonly signal?: AbortSignal;
}

/** Words of a refusal, as our servers and OpenAI's write them. */
export const failureOf = async (response: Response): Promise<string> => {
  const said = await response.text();
  try {
    const error = record(record(JSON.parse(said)).error);
    const words = text(error.message) || text(error.code);
    const hint = text(error.hint);
    return [words || `status ${response.status}`, hint].filter((each) => each !== '').join('. ');
  } catch {
    return `status ${response.status}`;
  }
};

/** Sends it. Throws {@link Refused} with the server's words; statuses in `also` are answers too. */
export const send = async (asked: Asked, also: readonly number[] = []): Promise<Response> => {
  const { url, token, method = 'GET', body, form, signal } = asked;
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(form === undefined ? {} : { body: form }),
    ...(signal ? { signal } : {}),
  });
  if (!response.ok && !also.includes(response.status)) throw new Refused(await failureOf(response));
  return response;
};

/** {@link send}, read as JSON. */
export const ask = async (asked: Asked, also?: readonly number[]): Promise<unknown> => (await send(asked, also)).json();
