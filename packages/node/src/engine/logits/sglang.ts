/**
 * SGLang: `/generate` with `input_ids`, `token_ids_logprob` for the named ids, and `logprob_start_len` for where they begin. The answer's
 * `meta_info` has `input_token_ids_logprobs` and `input_top_logprobs`: by position a list of [log-probability, id, text]; of the token
 * that was generated the same as `output_token_ids_logprobs` and `output_top_logprobs`.
 */
import { MOST_CANDIDATES } from '../../sketch/choose.ts';
import { array, record } from '../upstream/json.ts';
import {
  type LogitAdapter,
  type LogitTarget,
  type PositionLogits,
  post,
  readPosition,
  type ToldLogit,
} from './types.ts';

/** Logits of an SGLang server. */
export const sglangLogits = (target: LogitTarget): LogitAdapter => {
  const entries = (position: unknown): readonly ToldLogit[] =>
    array(position).map((each) => {
      const [logprob, id] = array(each);
      return [id, logprob];
    });
  const positionOf = (top: unknown, named: unknown): PositionLogits =>
    readPosition(entries(top), target, entries(named));
  const asking = (ids: readonly number[], named: readonly number[]) => ({
    input_ids: ids,
    sampling_params: { max_new_tokens: 1, temperature: 0 },
    return_logprob: true,
    top_logprobs_num: MOST_CANDIDATES,
    token_ids_logprob: named,
  });
  return {
    next: async ({ ids, named, signal }) => {
      const meta = record((await post(target, '/generate', asking(ids, named), signal)).meta_info);
      const [top, told] = [array(meta.output_top_logprobs)[0], array(meta.output_token_ids_logprobs)[0]];
      return positionOf(top, told);
    },
    score: async ({ prompt, claimed, named, signal }) => {
      const body = {
        ...asking([...prompt, ...claimed], [...new Set(named.flat())]),
        logprob_start_len: prompt.length - 1,
      };
      const meta = record((await post(target, '/generate', body, signal)).meta_info);
      // The first position that is told has nothing in front of it: the claimed ones are the last.
      const last = (list: unknown): readonly unknown[] => array(list).slice(-claimed.length);
      const top = last(meta.input_top_logprobs);
      return last(meta.input_token_ids_logprobs).map((each, i) => positionOf(top[i], each));
    },
  };
};
