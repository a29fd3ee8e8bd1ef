/** Whether a server tells what a profile needs. */
import { isAtomaError } from '@atoma/base';
import type { SketchProfile } from '../../sketch/sketch-profile.ts';
import { baseUrl, openLogits } from './open.ts';
import type { LogitServer } from './types.ts';

/** Where it is and as what. */
export interface ProbeParameters {
  readonly kind: LogitServer;
  readonly url: string;
  /** Name it knows the model by. */
  readonly model: string;
  readonly apiKey: string | undefined;
  /** Size of the vocabulary. */
  readonly vocabulary: number;
  readonly profile: SketchProfile;
}

/** What to do where a server tells too little. */
const remedies: Readonly<Record<LogitServer, string>> = {
  vllm: 'start it with --max-logprobs and the size of the vocabulary',
  sglang: 'use a version that knows token_ids_logprob',
  'llama-server': 'use a version that knows n_probs and token ids as prompts',
};

/** Asks for the logits of two ids; undefined, or why it cannot serve the profile and what to do. */
export const probeLogits = async (p: ProbeParameters): Promise<string | undefined> => {
  const { kind, url, model, vocabulary, apiKey } = p;
  const source = openLogits(kind, { url: baseUrl(url), model, vocabulary, ...(apiKey ? { apiKey } : {}) });
  const [first, second] = p.profile.live as [number, number];
  try {
    await source.next({ ids: [first], named: [first, second], signal: new AbortController().signal });
    return undefined;
  } catch (error) {
    if (!isAtomaError(error)) throw error;
    return isAtomaError(error, 'ENGINE_FAILED')
      ? `${String(error.details.why)}; ${remedies[kind]}`
      : 'it does not answer; start it, or correct its address';
  }
};
