/** Small things the answerer can write: lists, stories, JSON from a line, what it is told to say. */
import { asciiLower, capital, quotedIn } from './words.ts';

/** Chooses a whole number below `below`; `lane` tells choices of one answer apart. */
export type Pick = (lane: number, below: number) => number;

const split = (text: string): readonly string[] => text.split(' ');
const NAMES = split('Tim Ada Ben Cleo Dora Finn Gus Hana Ivo June Kai Lena Milo Nora Otto Pia');
const ANIMALS = split('fox cat dog owl bear mouse duck frog horse wolf goat crow hen rabbit whale otter');
const THINGS = split('lamp key boat hat book drum stone ring map bell cup rope coin ladder kite clock');
const PLACES = split('forest river hill village market harbour garden castle cave meadow mill island');
const MOODS = split('small old quiet brave hungry clever happy young curious gentle proud shy');
const kinds: Readonly<Record<string, readonly string[]>> = {
  animal: ANIMALS,
  thing: THINGS,
  place: PLACES,
  name: NAMES,
  colour: split('red blue green yellow white black brown purple grey orange'),
  color: split('red blue green yellow white black brown purple gray orange'),
  food: split('bread soup apples cheese honey rice cake pears fish nuts beans plums'),
  fruit: split('apple pear plum cherry grape orange lemon banana peach fig melon mango'),
  city: split('Paris Rome Madrid Tokyo Cairo Lima Oslo Athens Vienna Warsaw Accra Dublin'),
  planet: split('Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune'),
  month: split('January February March April May June July August September October November December'),
  day: split('Monday Tuesday Wednesday Thursday Friday Saturday Sunday'),
  role: ['chat', 'embeddings', 'vision', 'image generation', 'text to speech', 'speech to text'],
};
/** Kinds whose order matters. */
const ordered: ReadonlySet<string> = new Set(['planet', 'month', 'day', 'role']);
const NUMBERS = split('zero one two three four five six seven eight nine ten eleven twelve');
const singular = (word: string): string => word.replace(/ies$/, 'y').replace(/s$/, '');

const countOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Number(text) : NUMBERS.indexOf(text);
};

/** `count` entries from a place on, all different. */
const some = (list: readonly string[], count: number, start: number): readonly string[] =>
  Array.from({ length: Math.min(count, list.length) }, (_, i) => list[(start + i) % list.length] as string);

const LIST =
  /\b(?:list|name|give me|tell me|write|enumerate|what are)\s+(?:the\s+|all\s+|some\s+)*(?:(\d{1,3}|[a-z]+)\s+)?(?:different\s+|random\s+|common\s+)*([a-z]+)\b/;

/** A numbered list: `list 3 animals`. */
export const list = (question: string, pick: Pick): string | undefined => {
  const match = LIST.exec(asciiLower(question));
  const kind = singular(match?.[2] ?? '');
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!known) return undefined;
  const wanted = countOf(match?.[1]);
  const inOrder = ordered.has(kind);
  const count = wanted === undefined || wanted < 1 ? (inOrder ? known.length : 5) : wanted;
  return some(known, count, inOrder ? 0 : pick(1, known.length))
    .map((each, i) => `${i + 1}. ${each}`)
    .join('\n');
};

const MOST_COUNTED = 2_000;

/** Numbers in a row: `count to 10`, `count from 10 down to 1`. */
export const count = (question: string): string | undefined => {
  const match =
    /\b(?:count|numbers)\b(?:[^\d]*?\bfrom\s+(\d{1,6}))?[^\d]{0,20}?\b(?:to|until|up to)\s+(\d{1,6})\b/.exec(
      asciiLower(question),
    );
  if (!match) return undefined;
  const to = Number(match[2]);
  const down = /\bdown|backwards/.test(asciiLower(question));
  const from = match[1] === undefined ? 1 : Number(match[1]);
  const [first, last] = down && match[1] === undefined ? [to, 1] : [from, to];
  const step = last < first ? -1 : 1;
  const size = Math.min(Math.abs(last - first) + 1, MOST_COUNTED);
  return Array.from({ length: size }, (_, i) => first + i * step).join(', ');
};

const article = (word: string): string => (/^[aeiou]/.test(word) ? 'an' : 'a');

/** A story of three sentences about what is asked for. */
export const story = (question: string, pick: Pick): string | undefined => {
  const text = asciiLower(question);
  if (!/\b(?:story|tale|poem|haiku)\b/.test(text)) return undefined;
  const about =
    /\b(?:about|of|on)\s+(?:an?\s+|the\s+|my\s+)?([a-z]{2,24})/.exec(text)?.[1] ??
    (ANIMALS[pick(2, ANIMALS.length)] as string);
  const name = NAMES[pick(3, NAMES.length)] as string;
  const friend = NAMES[(NAMES.indexOf(name) + 1 + pick(4, NAMES.length - 1)) % NAMES.length] as string;
  const [thing, place, mood] = [
    THINGS[pick(5, THINGS.length)],
    PLACES[pick(6, PLACES.length)],
    MOODS[pick(7, MOODS.length)],
  ] as [string, string, string];
  if (/\b(?:poem|haiku)\b/.test(text))
    return `${capital(about)} by the ${place},\na ${mood} ${thing} in the light:\n${name} smiles, and is home.`;
  const middle = [
    `One day ${name} found ${article(thing)} ${thing} near the ${place}.`,
    `${name} wanted to sell ${article(thing)} ${thing} at the ${place}, and ${friend} bought it.`,
    `${friend} had lost ${article(thing)} ${thing} in the ${place}, and ${name} brought it back.`,
  ][pick(8, 3)];
  const end = [
    `After that, ${name} and ${friend} were friends.`,
    `In the end ${name} was happy.`,
    `And that is how ${name} came to know ${friend}.`,
  ][pick(9, 3)];
  return `Once there was ${article(mood)} ${mood} ${about} named ${name}. ${middle} ${end}`;
};

const SAY =
  /^(?:please\s+|hi[,!]?\s+|hello[,!]?\s+)?(?:can you\s+|now\s+)?(?:say|repeat|echo|reply|respond|answer|write|print|output)\b(?:\s+(?:only|just|exactly|back|me|with|after|the|this|word|words|following|text|sentence|phrase|in))*\s*:?\s+([\s\S]+)$/i;

/** What it is told to say: `say hello`, `Reply with exactly "OK"`, `repeat after me: …`. */
export const echo = (question: string): string | undefined => {
  const match = SAY.exec(question.trim());
  if (!match) return undefined;
  const told = match[1] as string;
  const quoted = quotedIn(told);
  if (quoted !== undefined) return quoted;
  const explicit = /^\W*(?:please\s+)?(?:say|repeat|echo)\b|\b(?:exactly|only|just|with the word|after me)\b/i.test(
    question,
  );
  if (!explicit || told.length > 2_000) return undefined;
  return told.replace(/\s*(?:,?\s*(?:please|and nothing else|only))?[.?]?\s*$/i, '');
};

const scalar = (text: string): string | number => (/^-?\d{1,15}$/.test(text) ? Number(text) : text);

/** JSON from a line: `JSON with name and age: Pia is 51`. */
export const jsonLine = (question: string): string | undefined => {
  const match = /\bjson\b[^:]*?\bwith\s+([a-z_]+)\s+and\s+([a-z_]+)\s*:\s*([\s\S]+)$/i.exec(question);
  if (!match) return undefined;
  const [, first = '', second = '', rest = ''] = match;
  const line = rest.trim().replace(/[.?!]+$/, '');
  const pair = /^([^\s]+)\s+(?:is|has|of|lives in|costs|:|=|likes|for)\s+([\s\S]+)$/i.exec(line);
  if (!pair) return undefined;
  const [one, two] = [scalar(pair[1] as string), scalar((pair[2] as string).trim())];
  // The line names the person first, whatever the order of the members; a count comes before what is counted.
  const swapped =
    asciiLower(second) === 'name' || (typeof one === 'number' && /^(?:count|number|amount|quantity)$/i.test(second));
  const made = swapped ? { [first]: two, [second]: one } : { [first]: one, [second]: two };
  return `{${Object.entries(made)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(', ')}}`;
};
