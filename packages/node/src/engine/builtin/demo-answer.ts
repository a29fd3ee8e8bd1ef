/** `atoma/demo-chat`: answers by rules, not by a trained network. Equal bit for bit on every machine, under the profile `atoma-int/3`. */
import { computed } from './arithmetic.ts';
import { draw } from './integers.ts';
import { factCount, factOf, questionAt, recall } from './recall.ts';
import { count, echo, jsonLine, list, type Pick, story } from './skills.ts';
import { asciiLower, capital, wordsOf } from './words.ts';

/** A message as the answerer reads it. */
export interface Turn {
  /** `user`, `assistant`, `system`, `tool`, …; empty for a text to complete. */
  readonly role: string;
  readonly text: string;
}

/** What {@link answerText} needs. */
export interface AnswerParameters {
  readonly turns: readonly Turn[];
  readonly seed: number;
  readonly choice: number;
  /** Always the first way to say it. */
  readonly greedy: boolean;
}

const WHO =
  'I am the demo model of Atoma. I answer by rules, so that every answer can be repeated bit for bit: short questions about the market, exact sums, lists, short stories, JSON for a schema, and tool calls.';

/** Words around a question that are not part of it. */
const AROUND =
  /^(?:(?:please|so|well|ok|okay|and|thanks|thank you|hi|hello|hey|good (?:morning|evening|afternoon))\b(?: there| you)?[\s,.!:]+)+(?=\S)|^(?:can|could|would) you (?:please )?(?=(?:tell|give|list|name|write|say|count|explain)\b)/i;

const bare = (text: string): string => text.trim().replace(AROUND, '').trim();

/** Short things people say to each other, by the whole of what was said. */
const phrases: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^(?:hello|hi|hey|good (?:morning|evening|afternoon|day)|greetings|howdy|hallo|moin)(?: there| again| everyone| world| atoma)*$/,
    [
      'Hello! Ask me about the market, or give me a sum.',
      'Hello! What would you like to know about the market?',
      'Hi! I can explain the market, do sums, write lists and stories, fill JSON schemas and call tools.',
    ],
  ],
  [/^ping$/, ['pong']],
  [
    /^(?:tell me |do you know )?(?:a |another )?joke(?: about .{1,40})?$/,
    ['Why did the node cross the epoch? To claim on the other side.'],
  ],
  [
    /^(?:test|testing|this is a test|is this thing on|are you there)$/,
    ['It works: your request was served, measured, signed and paid.'],
  ],
  [
    /^(?:many )?(?:thank you|thanks|thx|cheers)(?: (?:a lot|so much|very much|you))*$/,
    ['You are welcome.', 'You are welcome. Is there anything else?'],
  ],
  [/^(?:bye|goodbye|see you|good night)(?: (?:later|then|soon))*$/, ['Goodbye!', 'Goodbye, and come back soon.']],
  [
    /^how (?:are you|is it going|do you do)(?: (?:today|doing|doing today))*$/,
    ['I am fine, thank you. How can I help?', 'I am well: rules do not get tired. What can I do for you?'],
  ],
  [
    /^(?:who|what)(?: exactly)? are you$|^(?:what is|whats) your name$|^which model are you$|^are you (?:a robot|an? ai|a model|real|human|chatgpt|gpt|claude)$|^introduce yourself$/,
    [WHO],
  ],
  [
    /^(?:can you help(?: me)?|what can (?:you do|i ask(?: you)?)|i need help|help(?: me)?)$/,
    [
      'I can explain the market, do exact sums, write lists, short stories and JSON, and call tools. Ask me, for example: what is a stack?',
    ],
  ],
];

const phrase = (question: string, pick: Pick): string | undefined => {
  const said = wordsOf(question)
    .filter((word) => word !== 'please')
    .join(' ');
  const found = phrases.find(([pattern]) => pattern.test(said))?.[1];
  return found?.[pick(0, found.length)];
};

/** A question with this many words beside its sum is about something else. */
const WORDS_BESIDE_A_SUM = 14;

const sum = (question: string): string | undefined => {
  const words = wordsOf(question).filter((word) => !/^\d/.test(word));
  if (words.length > WORDS_BESIDE_A_SUM || /\d{4}-\d\d-\d\d|\d+\.\d+\.\d+/.test(question)) return undefined;
  const found = computed(asciiLower(question));
  return found && `${capital(found.expression)} ${found.expression.startsWith('the ') ? 'is' : '='} ${found.value}.`;
};

/** What somebody said of themselves earlier in the conversation. */
const remembered = (turns: readonly Turn[], question: string): string | undefined => {
  if (
    !/\b(?:what is|what's|whats|do you (?:know|remember)|remember|who am i)\b/i.test(question) ||
    !/\b(?:my name|who am i)\b/i.test(question)
  )
    return undefined;
  for (let i = turns.length - 1; i >= 0; i--) {
    const turn = turns[i] as Turn;
    const name =
      turn.role === 'user'
        ? /\b(?:my name is|i am called|call me|i'm called)\s+([A-Za-z][A-Za-z'-]{0,40})/i.exec(turn.text)?.[1]
        : undefined;
    if (name !== undefined) return `Your name is ${capital(name)}.`;
  }
  return 'You have not told me your name.';
};

const introduced = (question: string): string | undefined => {
  const name = /^(?:my name is|i am called|call me)\s+([A-Za-z][A-Za-z'-]{0,40})[.!]?$/i.exec(question)?.[1];
  return name === undefined
    ? undefined
    : `Nice to meet you, ${capital(name)}. What would you like to know about the market?`;
};

const MORE =
  /^(?:(?:tell me |say |and |anything )?more|go on|continue|and then|what else|why(?: is that| so)?|how so|really|ok|okay|yes|i see)\b/i;

/** Facts that were told already, and the last thing asked. */
const told = (turns: readonly Turn[]): ReadonlySet<string> => {
  const passed = new Set<string>();
  for (const { role, text } of turns) {
    const known = role === 'user' ? recall(text, passed) : undefined;
    if (known) passed.add(known.id);
  }
  return passed;
};

/** More about what was asked last. */
const further = (turns: readonly Turn[], question: string, pick: Pick): string | undefined => {
  if (!MORE.test(question) || turns.length === 0) return undefined;
  const asked = turns.filter(({ role }) => role === 'user');
  const passed = told(asked);
  const next = recall(asked.map(({ text }) => text).join(' '), passed);
  return next?.text ?? suggestion(pick);
};

const suggestion = (pick: Pick): string => `You could ask me: ${questionAt(pick(10, factCount))}?`;

const unknown = (question: string, pick: Pick): string => {
  const words = wordsOf(question);
  const empty =
    words.length === 0
      ? 'You sent me an empty message.'
      : 'I do not know that: I am the demo model, and I know this market.';
  return `${empty} ${factOf('atoma')} ${suggestion(pick)}`;
};

/** Questions of one message that are answered. */
const MOST_PARTS = 3;

/** A fact for each question of a message, and sometimes what else there is to ask. */
const fact = (question: string, pick: Pick): string | undefined => {
  const parts = question
    .split(/[?!.;]\s+|,?\s+and\s+(?=(?:what|who|how|why|when|where|which)\b)/i)
    .slice(0, MOST_PARTS);
  const found = parts.map((part) => recall(part)?.text).filter((text) => text !== undefined);
  const texts = [...new Set(found.length > 0 ? found : [recall(question)?.text])];
  const text = texts.join(' ');
  if (text === '') return undefined;
  const alone = /\b(?:one|single) (?:sentence|word|line)|\bin short\b|\bbrief/i.test(question) || pick(11, 3) < 2;
  return alone ? text : `${text} ${suggestion(pick)}`;
};

/** Of a longer message its end is read: that is where questions stand. */
const MOST_LETTERS = 2_000;

/** What is asked: the last message of a user, without greetings around it. */
const lastQuestion = (turns: readonly Turn[]): number => {
  for (let i = turns.length - 1; i >= 0; i--) if (turns[i]?.role === 'user' || turns[i]?.role === '') return i;
  return turns.length - 1;
};

/** What the last question is, at most its last letters. */
export const questionOf = (turns: readonly Turn[]): string =>
  bare((turns[lastQuestion(turns)]?.text ?? '').slice(-MOST_LETTERS));

/** What a tool returned, told in a sentence. */
const toolResult = (turns: readonly Turn[]): string | undefined => {
  const last = turns.at(-1);
  if (last?.role !== 'tool' && last?.role !== 'function') return undefined;
  const before = turns.findLastIndex(({ role }) => role !== last.role);
  const results = turns.slice(before + 1).map(({ text }) => text.trim());
  return `${results.length > 1 ? 'The tools say' : 'The tool says'}: ${results.join('; ')}`;
};

/** Chooses ways to say it: always the first where the answer is to be greedy, else by seed and choice. */
export const picker =
  ({ seed, choice, greedy }: Omit<AnswerParameters, 'turns'>): Pick =>
  (lane, below) =>
    greedy || below < 2 ? 0 : draw(seed, choice * 16 + lane, 0) % below;

/** Answers a conversation in plain text. */
export const answerText = (p: AnswerParameters): string => {
  const pick = picker(p);
  const at = lastQuestion(p.turns);
  const whole = (p.turns[at]?.text ?? '').slice(-MOST_LETTERS);
  const question = bare(whole);
  const before = p.turns.slice(0, Math.max(0, at));
  return (
    toolResult(p.turns) ??
    phrase(whole, pick) ??
    phrase(question, pick) ??
    jsonLine(question) ??
    echo(question) ??
    remembered(before, question) ??
    introduced(question) ??
    sum(question) ??
    count(question) ??
    list(question, pick) ??
    story(question, pick) ??
    further(before, question, pick) ??
    fact(question, pick) ??
    unknown(question, pick)
  );
};
