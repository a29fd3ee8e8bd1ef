/**
 * vLLM: `prompt_logprobs` of `/v1/completions`, for prompts given as ids. A list by position, null for the first, of objects by id. The
 * server has no way to ask for named ids, so all are asked for, which it must allow (`--max-logprobs`): only on a server of the
 * checker's own, and not for thousands of tokens at once. What comes next it tells as `logprobs.top_logprobs`, by `token_id:N`.
 */
import { array, isRecord, record } from '../upstream/json.ts';
import {
  complete,
  completeNext,
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

const KEY = 'token_id:';

/** `top_logprobs` of the completion's first token, with `return_tokens_as_token_ids`. */
const nextOf = (choice: unknown, model: string): PositionLogits => {
  const [told] = array(record(record(choice).logprobs).top_logprobs);
  return new Map(
    Object.entries(record(told)).flatMap(([id, logprob]) =>
      id.startsWith(KEY) ? [[Number(id.slice(KEY.length)), logProbability(logprob, model)]] : [],
    ),
  );
};

/** Logits of a vLLM server. */
export const vllmLogits = (target: LogitTarget): LogitSource => ({
  kind: 'vllm',
  next: async (question) => {
    const body = {
      model: target.model,
      prompt: question.ids,
      logprobs: target.vocabulary,
      ...{ return_tokens_as_token_ids: true, max_tokens: 1, temperature: 0, add_special_tokens: false },
    };
    const json = await post(target, '/v1/completions', body, question.signal);
    return completeNext(nextOf(array(json.choices)[0], target.model), question, target);
  },
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
