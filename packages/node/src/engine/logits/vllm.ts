/**
 * vLLM: `prompt_logprobs` of `/v1/completions`, for prompts given as ids. A list by position, null for the first, of objects by id. The
 * server has no way to ask for named ids, so all are asked for, which it must allow (`--max-logprobs`): only on a server of the
 * checker's own, and not for thousands of tokens at once. What comes next it tells as `logprobs.top_logprobs`, by `token_id:N`.
 */
import { array, isRecord, type Json, record } from '../upstream/json.ts';
import { type LogitAdapter, type LogitTarget, type PositionLogits, post, readPosition, unreadable } from './types.ts';

const positionOf = (value: unknown, target: LogitTarget): PositionLogits => {
  if (!isRecord(value)) throw unreadable(target.model, 'a position has no log-probabilities');
  return readPosition(
    Object.entries(value).map(([id, each]) => [Number(id), record(each).logprob]),
    target,
  );
};

const KEY = 'token_id:';

/** `top_logprobs` of the completion's first token, with `return_tokens_as_token_ids`. */
const nextOf = (choice: unknown, target: LogitTarget): PositionLogits => {
  const [told] = array(record(record(choice).logprobs).top_logprobs);
  return readPosition(
    Object.entries(record(told)).flatMap(([id, logprob]) =>
      id.startsWith(KEY) ? [[Number(id.slice(KEY.length)), logprob] as const] : [],
    ),
    target,
  );
};

/** The one choice of a completion of one token. */
const complete = async (target: LogitTarget, prompt: readonly number[], asked: Json, signal: AbortSignal) => {
  const settings = { model: target.model, max_tokens: 1, temperature: 0, add_special_tokens: false };
  const json = await post(target, '/v1/completions', { ...settings, prompt, ...asked }, signal);
  return array(json.choices)[0];
};

/** Logits of a vLLM server. */
export const vllmLogits = (target: LogitTarget): LogitAdapter => ({
  next: async ({ ids, signal }) => {
    const asked = { logprobs: target.vocabulary, return_tokens_as_token_ids: true };
    return nextOf(await complete(target, ids, asked, signal), target);
  },
  score: async ({ prompt, claimed, signal }) => {
    const choice = await complete(target, [...prompt, ...claimed], { prompt_logprobs: target.vocabulary }, signal);
    const told = array(record(choice).prompt_logprobs).slice(prompt.length);
    return told.map((each) => positionOf(each, target));
  },
});
