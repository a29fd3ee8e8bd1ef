/** What the letters engine writes: an n-gram model over the corpus. One byte is one token. */

import { draw } from '../engine/builtin/integers.ts';
import { CORPUS } from './letters-corpus.ts';

/** Letters of context the model looks at. */
const ORDER = 6;
/** Shorter contexts it falls back to. */
const LOWEST_ORDER = 2;
/** Words shorter than this do not choose the subject. */
const SUBJECT_LETTERS = 4;
const END = '\n';
/** Shorter answers go on with another paragraph. */
const SHORTEST_ANSWER = 240;

/** What followed a context in the corpus, with counts, in order of first appearance. */
type Followers = { readonly letters: string[]; readonly counts: number[]; total: number };
let tables: ReadonlyMap<string, Followers> | undefined;

const learn = (): ReadonlyMap<string, Followers> => {
  const learned = new Map<string, Followers>();
  const text = `${END}${CORPUS}${END}`;
  for (let order = LOWEST_ORDER; order <= ORDER; order++)
    for (let at = order; at < text.length; at++) {
      const context = text.slice(at - order, at);
      const followers = learned.get(context) ?? { letters: [], counts: [], total: 0 };
      const letter = text.charAt(at);
      const known = followers.letters.indexOf(letter);
      if (known < 0) {
        followers.letters.push(letter);
        followers.counts.push(1);
      } else followers.counts[known] = (followers.counts[known] as number) + 1;
      followers.total++;
      learned.set(context, followers);
    }
  return learned;
};

const followersOf = (context: string): Followers | undefined => {
  tables ??= learn();
  for (let order = Math.min(ORDER, context.length); order >= LOWEST_ORDER; order--) {
    const found = tables.get(context.slice(context.length - order));
    if (found) return found;
  }
  return undefined;
};

const pick = (followers: Followers, random: number): string => {
  let rest = random % followers.total;
  let i = 0;
  while (rest >= (followers.counts[i] as number)) rest -= followers.counts[i++] as number;
  return followers.letters[i] as string;
};

const likeliest = (followers: Followers): string =>
  followers.letters[followers.counts.indexOf(Math.max(...followers.counts))] as string;

const asciiLower = (text: string): string =>
  text.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32));

const wordsOf = (text: string): readonly string[] => asciiLower(text).match(/[a-z]+/g) ?? [];

/** Paragraph the answer begins with: the first that has the last known word of the prompt; by seed when none is known. */
const subject = (prompt: string, seed: number, choice: number): string => {
  const paragraphs = CORPUS.split(END);
  const words = wordsOf(prompt);
  for (let i = words.length - 1; i >= 0; i--) {
    const word = words[i] as string;
    if (word.length < SUBJECT_LETTERS) continue;
    const known = paragraphs.find((paragraph) => wordsOf(paragraph).includes(word));
    if (known) return known;
  }
  return paragraphs[draw(seed, choice, 0) % paragraphs.length] as string;
};

const anyParagraph = (p: { seed: number; choice: number }, step: number): string => {
  const paragraphs = CORPUS.split(END);
  return paragraphs[draw(p.seed, p.choice, step) % paragraphs.length] as string;
};

/** What {@link generateText} needs. */
export interface GenerateParameters {
  /** Text of the last message. */
  readonly prompt: string;
  readonly seed: number;
  readonly choice: number;
  /** Most letters. */
  readonly max: number;
  /** Always the likeliest letter. */
  readonly greedy: boolean;
  /** Texts that end the answer and are not part of it. */
  readonly stop: readonly string[];
}

/** An answer and why it ended. */
export interface GeneratedText {
  readonly text: string;
  readonly reason: 'stop' | 'length';
}

/** Writes an answer, letter by letter. */
export const generateText = (p: GenerateParameters): GeneratedText => {
  const start = subject(p.prompt, p.seed, p.choice);
  let context = END + start.slice(0, ORDER - 1);
  let text = start.slice(0, Math.min(ORDER - 1, p.max));
  for (let step = 1; text.length < p.max; step++) {
    const followers = followersOf(context);
    const letter = followers ? (p.greedy ? likeliest(followers) : pick(followers, draw(p.seed, p.choice, step))) : END;
    if (letter === END && text.length >= SHORTEST_ANSWER) return stopped(text, p.stop, 'stop');
    text += letter === END ? ' ' : letter;
    context = letter === END ? END + anyParagraph(p, step).slice(0, ORDER - 1) : (context + letter).slice(-ORDER);
    if (letter === END) text = (text + context.slice(1)).slice(0, p.max);
    if (p.stop.some((each) => text.endsWith(each))) return stopped(text, p.stop, 'stop');
  }
  return stopped(text, p.stop, 'length');
};

const stopped = (text: string, stop: readonly string[], reason: 'stop' | 'length'): GeneratedText => {
  const places = stop.map((each) => text.indexOf(each)).filter((at) => at >= 0);
  return places.length === 0 ? { text, reason } : { text: text.slice(0, Math.min(...places)), reason: 'stop' };
};
