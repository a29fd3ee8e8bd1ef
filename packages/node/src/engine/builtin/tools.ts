/** Which tool a conversation calls for, and with what arguments. */
import { type Json, record } from '@atoma/sdk/json';
import type { Turn } from './demo-answer.ts';
import { memberWords } from './evidence.ts';
import { asciiLower, stemOf, wordsOf } from './words.ts';

/** A function that may be called. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly parameters: unknown;
}

/** What is to be called; `absent` is forced and not on offer. */
export type Call =
  | { readonly kind: 'none' }
  | { readonly kind: 'absent'; readonly name: string }
  | { readonly kind: 'call'; readonly tool: Tool };

const readTool = (value: unknown): readonly Tool[] => {
  const { name, description, parameters } = record(record(value).function);
  if (typeof name !== 'string') return [];
  return [{ name, description: typeof description === 'string' ? description : '', parameters: parameters ?? {} }];
};

/** Words that many descriptions share. */
const COMMON: ReadonlySet<string> = new Set(
  `a an the of in on at to for from with and or by is are be this that it its you your i me my we what which who how when where get gets set
   find return returns given use used using call function tool do does can about please give tell show value values string number current`
    .split(/\s+/)
    .map(stemOf),
);

const telling = (words: readonly string[]): ReadonlySet<string> =>
  new Set(words.map(stemOf).filter((word) => word.length > 1 && !COMMON.has(word)));

/** How well a tool fits a question: shared words, those of its name twice. 0: not at all. */
const fitness = (tool: Tool, question: string, asked: ReadonlySet<string>): number => {
  const shared = (words: readonly string[]): number => [...telling(words)].filter((word) => asked.has(word)).length;
  const sums =
    /calc|math|arith|add|sum|plus/.test(asciiLower(tool.name)) && /\d\s*[-+*/x^]\s*\d/.test(question) ? 2 : 0;
  return 2 * shared(memberWords(tool.name)) + shared(wordsOf(tool.description)) + sums;
};

const best = (
  tools: readonly Tool[],
  question: string,
): { readonly tool: Tool; readonly score: number } | undefined => {
  const asked = telling(wordsOf(question));
  return tools
    .map((tool) => ({ tool, score: fitness(tool, question, asked) }))
    .reduce<{ readonly tool: Tool; readonly score: number } | undefined>(
      (most, each) => (most === undefined || each.score > most.score ? each : most),
      undefined,
    );
};

/** Decides on a call. Once a tool has answered, the answer follows and no further call that is not forced. */
export const chooseCall = (body: Json, turns: readonly Turn[], question: string): Call => {
  const tools = (Array.isArray(body.tools) ? body.tools : []).flatMap(readTool);
  const choice = body.tool_choice as string | { function?: { name?: unknown } } | undefined;
  if (tools.length === 0 || choice === 'none') return { kind: 'none' };
  if (typeof choice === 'object' && choice.function !== undefined) {
    const name = String(choice.function.name);
    const tool = tools.find((each) => each.name === name);
    return tool ? { kind: 'call', tool } : { kind: 'absent', name };
  }
  const found = best(tools, question);
  if (!found) return { kind: 'none' };
  if (choice === 'required') return { kind: 'call', tool: found.tool };
  const answered = turns.at(-1)?.role === 'tool' || turns.at(-1)?.role === 'function';
  return !answered && found.score > 0 ? { kind: 'call', tool: found.tool } : { kind: 'none' };
};
