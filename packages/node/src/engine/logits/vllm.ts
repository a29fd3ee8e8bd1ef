/**
 * vLLM: `prompt_logprobs` of `/v1/completions`, for prompts given as ids. A list by position, null for the first, of objects by id. The
 * server has no way to ask for named ids, so all are asked for, which it must allow (`--max-logprobs`): only on a server of the
 * checker's own, and not for thousands of tokens at once.
 */
import { array, isRecord, record } from '../upstream/json.ts';
import {
  complete,
  type LogitSource,
  type LogitTarget,
  logProbability,
  type PositionLogits,
  post,
  unreadable,
} from './types.ts';

const positionOf = (value: unknown, model: string): PositionLogits => {
  if (!isRecord(value)) throw unreadable(model, 'a position has no log-probabilities');
  return new Map(Object.entries(value).map(([id, each]) => [Number(id), logProbability(record(each).logprob, model)]));
};

/** Logits of a vLLM server. */
export const vllmLogits = (target: LogitTarget): LogitSource => ({
  kind: 'vllm',
  score: async (question) => {
    const { prompt, claimed, signal } = question;
    const body = {
      model: target.model,
      prompt: [...prompt, ...claimed],
      prompt_logprobs: target.vocabulary,
      ...{ max_tokens: 1, temperature: 0, add_special_tokens: false },
    };
    const json = await post(target, '/v1/completions', body, signal);
    const told = array(record(array(json.choices)[0]).prompt_logprobs).slice(prompt.length);
    return complete(
      told.map((each) => positionOf(each, target.model)),
      question,
      target,
    );
  },
});
