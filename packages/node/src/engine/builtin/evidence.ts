/** What a question says about the members of a JSON value: numbers, names, dates, labelled values. Each is used once. */
import { computed } from './arithmetic.ts';
import { asciiLower, quotedIn, stemOf, wordsOf } from './words.ts';

/** Finds values for members in the order they are asked for. */
export interface Evidence {
  /** The whole question. */
  readonly question: string;
  /** What an answer in plain text would be. */
  readonly answer: () => string;
  /** A number for a member. */
  readonly number: (member: string) => number | undefined;
  /** A text for a member. */
  readonly text: (member: string) => string | undefined;
  /** Whether the question speaks of a member by its name, or a place stands where it belongs. */
  readonly names: (member: string) => boolean;
  /** Which of the options the question names. */
  readonly option: (options: readonly string[]) => string | undefined;
  /** Entries of a list: of the answer where that is one, else the names in the question. */
  readonly entries: () => readonly string[];
}

/** Words of a member's name: `maxTokens` and `max_tokens` are two. */
export const memberWords = (member: string): readonly string[] =>
  wordsOf(member.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/_/g, ' '));

const NUMBER = /(?<![\w.])-?\d{1,15}(?:\.\d{1,15})?(?![\w]|\.\d)/g;
/** Words in capitals that begin sentences without being names. */
const PLAIN: ReadonlySet<string> = new Set(
  `a an the i what whats which who where when why how is are do does can could would will please give show tell use call make add get find
   set book write create extract return list weather hello hi hey json name in at for of to from my his her it this that and or if no yes`.split(
    /\s+/,
  ),
);

const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(/\b[A-Z][A-Za-z'-]*(?:\s+(?:of\s+|de\s+)?[A-Z][A-Za-z'-]*)*/g)]
    .map(([name]) => {
      const words = name.split(/\s+/);
      const plain = words.findIndex((word) => !PLAIN.has(asciiLower(word)));
      return plain < 0 ? '' : words.slice(plain).join(' ').replace(/'s$/, '');
    })
    .filter((name) => name !== '');

const formats: readonly (readonly [RegExp, RegExp])[] = [
  [/e?mail/, /[\w.+-]+@[\w-]+\.[\w.-]*\w/g],
  [/url|uri|link|website/, /https?:\/\/[^\s"'<>)]+/g],
  [/date|day|when|birth/, /\d{4}-\d\d-\d\d/g],
  [/time/, /\d\d?:\d\d/g],
  [/address|wallet|account/, /0x[0-9a-fA-F]+/g],
  [/phone/, /\+?\d[\d -]{6,16}\d/g],
];

const SPEECH = /^(?:q|query|question|prompt|text|input|message|content|sentence|request|body|search|keywords?)$/;
const ANSWER =
  /^(?:answer|response|reply|explanation|reason|reasoning|summary|description|definition|output|result|story|thought|note|comment)$/;
const RESULT = /^(?:answer|result|sum|total|value|product|difference|solution|output)$/;

/** `member: value`, `member is value`, `member = value`; the value as the pattern has it. */
const labelled = (question: string, member: string, value: string): string | undefined => {
  const words = memberWords(member);
  // What is longer than the question is not in it, and could be too long for an expression.
  if (words.length === 0 || words.join(' ').length > question.length) return undefined;
  const name = words.join('[\\s_-]+');
  const found = new RegExp(`\\b${name}\\b["']?\\s*(?::|=|\\bis\\b|\\bof\\b)\\s*(?!\\s)(${value})`, 'i').exec(
    question,
  )?.[1];
  return found?.trim().replace(/^"|"$/g, '');
};
const LABELLED_TEXT = '"[^"]*"|[^,;:.!?\\n]{1,120}(?=[,;.!?\\n]|$)';
const LABELLED_NUMBER = '-?\\d{1,15}(?:\\.\\d{1,15})?';

/** What stands behind the preposition that belongs to a member. */
const placed = (question: string, member: string): string | undefined => {
  const prepositions = /city|place|location|country|town|where|region/.test(member)
    ? 'in|at|for|from|to'
    : /origin|from|source|sender/.test(member)
      ? 'from'
      : /destination|to$|target|recipient/.test(member)
        ? 'to'
        : undefined;
  if (prepositions === undefined) return undefined;
  return new RegExp(`\\b(?:${prepositions})\\s+((?:[A-Z][A-Za-z'-]*\\s*)+)`).exec(question)?.[1]?.trim();
};

/** Reads a question. */
export const openEvidence = (question: string, answer: () => string): Evidence => {
  const numbers = [...question.matchAll(NUMBER)].map(([text]) => Number(text));
  const names = [...namesIn(question)];
  const said: ReadonlySet<string> = new Set(wordsOf(question).map(stemOf));
  const next = <T>(list: T[]): T | undefined => list.shift();
  const takeName = (name: string): string => {
    const at = names.indexOf(name);
    if (at >= 0) names.splice(at, 1);
    return name;
  };
  return {
    question,
    answer,
    number: (member) => {
      const sum = RESULT.test(memberWords(member).at(-1) ?? '') ? computed(asciiLower(question)) : undefined;
      if (sum && /^-?\d{1,15}(?:\.\d+)?$/.test(sum.value)) return Number(sum.value);
      const said = labelled(question, member, LABELLED_NUMBER);
      if (said === undefined) return next(numbers);
      const at = numbers.indexOf(Number(said));
      if (at >= 0) numbers.splice(at, 1);
      return Number(said);
    },
    text: (member) => {
      const last = memberWords(member).at(-1) ?? '';
      const format = formats.find(([name]) => name.test(asciiLower(member)))?.[1];
      const formatted = format && question.match(format)?.[0];
      if (formatted) return formatted;
      const label = labelled(question, member, LABELLED_TEXT);
      if (label !== undefined && label !== '') return takeName(label);
      if (/expression|formula/.test(last)) return computed(asciiLower(question))?.expression ?? question;
      const place = placed(question, asciiLower(member));
      if (place !== undefined) return takeName(place);
      if (SPEECH.test(last)) return quotedIn(question) ?? question;
      if (ANSWER.test(last)) return answer();
      return quotedIn(question) ?? next(names);
    },
    names: (member) =>
      memberWords(member).every((word) => said.has(stemOf(word))) || placed(question, asciiLower(member)) !== undefined,
    option: (options) =>
      options.find((each) => {
        const words = wordsOf(each);
        return words.length > 0 && words.every((word) => said.has(stemOf(word)));
      }),
    entries: () => {
      const lines = [...answer().matchAll(/^\d+\. (.+)$/gm)].map((match) => match[1] as string);
      return lines.length > 0 ? lines : names.splice(0);
    },
  };
};
