/** What an engine said, as a log may have it: bounded, and without what it repeats of the request. */

/** Letters that are kept. */
const MOST_LETTERS = 300;
/** Repeated letters from which on they are left out. */
const REPEATED = 8;

/** Every text of a body that is long enough to be told apart. */
const textsOf = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return value.length >= REPEATED ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
};

/** Members that say what is asked. The others are settings, which an engine may name. */
const asked = ['messages', 'prompt', 'input', 'suffix', 'query', 'documents', 'tools', 'response_format'] as const;

/** How much of a request is compared, at its beginning and at its end: a failure must not cost more than an answer. */
const COMPARED = 100_000;

const ends = (text: string): string =>
  text.length <= 2 * COMPARED ? text : `${text.slice(0, COMPARED)}\n${text.slice(-COMPARED)}`;

/** Why an engine failed, in its own words. */
export const engineWords = (why: string, body: Readonly<Record<string, unknown>>): string => {
  const texts = asked.flatMap((name) => textsOf(body[name]));
  const known = ends([...texts, ...texts.map((text) => JSON.stringify(text).slice(1, -1))].join('\n'));
  const words = why.slice(0, 2 * MOST_LETTERS);
  let kept = '';
  for (let at = 0; at < words.length && kept.length < MOST_LETTERS; ) {
    let length = REPEATED;
    while (at + length <= words.length && known.includes(words.slice(at, at + length))) length++;
    const repeated = length > REPEATED;
    kept += repeated ? '…' : words[at];
    at += repeated ? length - 1 : 1;
  }
  return kept;
};
