/** Pages of other origins: off unless a key lists their origin. */
import type { KeyRow } from '../store/types.ts';
import type { ClientAnswer } from './problem.ts';

const VARY = { vary: 'Origin' };

/** Headers that let a page of this origin read an answer; none unless the key lists it or `*`. */
export const corsHeaders = (
  { origins }: Pick<KeyRow, 'origins'>,
  origin: string | undefined,
): Record<string, string> => {
  if (origin === undefined || !(origins.includes(origin) || origins.includes('*'))) return {};
  return { ...VARY, 'access-control-allow-origin': origin, 'access-control-expose-headers': '*' };
};

/** An answer with these headers. */
export const withCors = (
  answer: ClientAnswer,
  key: Pick<KeyRow, 'origins'>,
  origin: string | undefined,
): ClientAnswer =>
  origin === undefined ? answer : { ...answer, headers: { ...answer.headers, ...corsHeaders(key, origin) } };

/**
 * The answer to a browser's question before a request. It carries no key, so it cannot know whose origins count: the answer to the
 * request itself decides what the page may read.
 */
export const preflightHeaders = (origin: string, wanted: string | undefined): Record<string, string> => ({
  vary: 'Origin, Access-Control-Request-Headers',
  'access-control-allow-origin': origin,
  'access-control-allow-methods': 'GET, POST',
  ...(wanted === undefined ? {} : { 'access-control-allow-headers': wanted }),
  'access-control-max-age': '600',
});
