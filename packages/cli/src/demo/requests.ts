/** What an application does: requests to an OpenAI endpoint with a key. */
import { array, record, text } from '@atoma/sdk';
import { demoError } from './demo-errors.ts';

/** Where requests go. */
export interface Target {
  readonly baseUrl: string;
  readonly key: string;
  readonly model: string;
}

/** What answers came to. Units are compute units, cost is in base units of TOMA. */
export interface Answered {
  readonly count: number;
  readonly units: bigint;
  readonly cost: bigint;
  readonly elapsedMs: number;
  /** Question and answer of the first. */
  readonly sample: readonly [question: string, answer: string];
}

/** What is told of an answer. */
interface Completion {
  readonly content: string;
  readonly units: bigint;
  readonly cost: bigint;
}

const questions = [
  'What does a receipt prove?',
  'Who pays for an answer?',
  'What is a stack?',
  'Why does a node lock a bond?',
  'When is money paid out?',
];

const AT_ONCE = 8;
const MOST_TOKENS = 48;

const ask = async ({ baseUrl, key, model }: Target, content: string, request: number): Promise<Completion> => {
  const answer = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: MOST_TOKENS, messages: [{ role: 'user', content }] }),
  });
  if (answer.status !== 200) throw demoError('ANSWER', { request, status: answer.status, why: await answer.text() });
  const { choices, usage } = record(await answer.json());
  const { units, cost_base_units: cost } = record(record(usage).atoma);
  return {
    content: text(record(record(array(choices)[0]).message).content),
    units: BigInt(text(units)),
    cost: BigInt(text(cost)),
  };
};

/** Asks `count` questions, counted from `first`, some at once, and adds up what the answers say that they cost. */
export const askMany = async (target: Target, count: number, first: number): Promise<Answered> => {
  const started = performance.now();
  const answers: Completion[] = [];
  let next = 0;
  const questionOf = (i: number): string => questions[(first + i) % questions.length] as string;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) answers[i] = await ask(target, questionOf(i), first + i + 1);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, lane));
  return {
    count,
    units: answers.reduce((sum, { units }) => sum + units, 0n),
    cost: answers.reduce((sum, { cost }) => sum + cost, 0n),
    elapsedMs: performance.now() - started,
    sample: [questionOf(0), answers[0]?.content ?? ''],
  };
};
