/** What an application does: requests to an OpenAI endpoint with a key. */
import { demoError } from './errors.ts';

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

interface Completion {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
  readonly usage: {
    readonly atoma: { readonly units: string; readonly cost_base_units: string };
  };
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
  return (await answer.json()) as Completion;
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
  const paid = answers.map(({ usage }) => usage.atoma);
  return {
    count,
    units: paid.reduce((sum, { units }) => sum + BigInt(units), 0n),
    cost: paid.reduce((sum, { cost_base_units }) => sum + BigInt(cost_base_units), 0n),
    elapsedMs: performance.now() - started,
    sample: [questionOf(0), answers[0]?.choices[0]?.message.content ?? ''],
  };
};
