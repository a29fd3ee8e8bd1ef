/**
 * llama-server: `/completion` tells the probabilities of one position, the next token's, as `completion_probabilities[0].top_logprobs`
 * with `n_probs`; it keeps what it evaluated (`cache_prompt`), so position after position costs one token each.
 */
import { array, record } from '../upstream/json.ts';
import { type LogitAdapter, type LogitTarget, type PositionLogits, post, readPosition } from './types.ts';

/** Logits of a llama-server. */
export const llamaServerLogits = (target: LogitTarget): LogitAdapter => {
  const behind = async (prompt: readonly number[], signal: AbortSignal): Promise<PositionLogits> => {
    const body = {
      prompt,
      ...{ n_predict: 1, n_probs: target.vocabulary, temperature: 0, cache_prompt: true, post_sampling_probs: false },
    };
    const json = await post(target, '/completion', body, signal);
    const told = array(record(array(json.completion_probabilities)[0]).top_logprobs).map(record);
    return readPosition(
      told.map(({ id, logprob }) => [id, logprob]),
      target,
    );
  };
  return {
    next: ({ ids, signal }) => behind(ids, signal),
    score: async ({ prompt, claimed, signal }) => {
      const positions: PositionLogits[] = [];
      for (const [i] of claimed.entries()) positions.push(await behind([...prompt, ...claimed.slice(0, i)], signal));
      return positions;
    },
  };
};
