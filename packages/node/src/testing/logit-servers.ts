/** Servers of three kinds in one, over a model file: what they say of logits, in the words of vLLM, SGLang and llama-server. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Token } from 'node-llama-cpp';
import { loadLibrary } from '../engine/llama/library.ts';
import { openPrompts } from '../engine/llama/prompt.ts';
import type { EngineRequest } from '../engine/types.ts';

/** The servers. */
export interface LogitServers {
  readonly url: string;
  readonly vocabulary: number;
  /** Ids of a request's prompt. */
  readonly promptOf: (request: EngineRequest) => Promise<readonly number[]>;
  /** Has them leave out what they are asked for. */
  readonly forget: (forgetful: boolean) => void;
  readonly close: () => Promise<void>;
}

type Json = Record<string, unknown>;
/** Log-probabilities of a position, the likeliest first. */
type Position = readonly (readonly [id: number, logprob: number])[];

const full = { generateNext: { probabilities: true, options: { temperature: 0 } } };

/** Starts them on a free port. */
export const startLogitServers = async (file: string): Promise<LogitServers> => {
  const library = await loadLibrary();
  const llama = await library.getLlama({ build: 'never', gpu: false, logLevel: library.LlamaLogLevel.error });
  const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
  const context = await model.createContext({ contextSize: 512, threads: 1 });
  const sequence = context.getSequence();
  const prompts = openPrompts(model, 'model', file);
  let forgetful = false;

  /** What comes behind each of the last `count` tokens; one request after the other. */
  const evaluate = (ids: readonly number[], count: number): Promise<readonly Position[]> => {
    const next = under.then(() => evaluateNow(ids, count));
    under = next.catch(() => undefined);
    return next;
  };
  let under: Promise<unknown> = Promise.resolve();
  const evaluateNow = async (ids: readonly number[], count: number): Promise<readonly Position[]> => {
    await sequence.clearHistory();
    const given = await sequence.controlledEvaluate(
      ids.map((id, i) => (i >= ids.length - count ? [id as Token, full] : (id as Token))),
    );
    return given
      .slice(-count)
      .map((each) => [...(each?.next.probabilities ?? [])].map(([id, p]): [number, number] => [id, Math.log(p)]));
  };

  const vllmNext = async (ids: readonly number[], most: number) => {
    const [position] = await evaluate(ids, 1);
    const told = (position as Position).slice(0, forgetful ? 1 : most);
    const top = Object.fromEntries(told.map(([id, logprob]) => [`token_id:${id}`, logprob]));
    return { choices: [{ index: 0, text: '', finish_reason: 'length', logprobs: { top_logprobs: [top] } }] };
  };
  const vllm = async ({ prompt, prompt_logprobs: most, logprobs }: Json) => {
    const ids = prompt as number[];
    if (most === undefined) return vllmNext(ids, Number(logprobs));
    const positions = await evaluate(ids.slice(0, -1), ids.length - 1);
    const told = positions.map((each) =>
      Object.fromEntries(
        each
          .slice(0, forgetful ? 1 : Number(most))
          .map(([id, logprob], rank) => [id, { logprob, rank: rank + 1, decoded_token: '' }]),
      ),
    );
    return { choices: [{ index: 0, text: '', finish_reason: 'length', prompt_logprobs: [null, ...told] }] };
  };
  const sglangTold = (position: Position, most: number, wanted: readonly number[]) => {
    const triple = ([id, logprob]: readonly [number, number]) => [logprob, id, null];
    const named = forgetful ? [] : position.filter(([id]) => wanted.includes(id));
    return [position.slice(0, forgetful ? 1 : most).map(triple), named.map(triple)] as const;
  };
  const sglang = async ({ input_ids, logprob_start_len, top_logprobs_num, token_ids_logprob }: Json) => {
    const ids = input_ids as number[];
    if (logprob_start_len === undefined) {
      const [position] = await evaluate(ids, 1);
      const [top, named] = sglangTold(position as Position, Number(top_logprobs_num), token_ids_logprob as number[]);
      return { text: '', meta_info: { output_top_logprobs: [top], output_token_ids_logprobs: [named] } };
    }
    const positions = await evaluate(ids.slice(0, -1), ids.length - Number(logprob_start_len) - 1);
    const told = positions.map((each) => sglangTold(each, Number(top_logprobs_num), token_ids_logprob as number[]));
    return {
      text: '',
      meta_info: {
        input_top_logprobs: [null, ...told.map(([top]) => top)],
        input_token_ids_logprobs: [null, ...told.map(([, named]) => named)],
      },
    };
  };
  const llamaServer = async ({ prompt, n_probs }: Json) => {
    const [position] = await evaluate(prompt as number[], 1);
    const told = (position as Position).slice(0, forgetful ? 1 : Number(n_probs));
    const named = ([id, logprob]: readonly [number, number]) => ({ id, token: '', bytes: [], logprob });
    return {
      content: '',
      completion_probabilities: [{ ...named(told[0] as [number, number]), top_logprobs: told.map(named) }],
    };
  };
  const answers: Readonly<Record<string, (body: Json) => Promise<unknown>>> = {
    '/v1/completions': vllm,
    '/generate': sglang,
    '/completion': llamaServer,
    '/health': async () => ({ status: 'ok' }),
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString('utf8');
      void answers[request.url ?? '']?.(JSON.parse(text === '' ? '{}' : text) as Json).then((json) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json)),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    vocabulary: model.fileInfo.metadata.tokenizer.ggml.tokens.length,
    promptOf: async (request) => {
      const { tokens, start } = prompts.of(request);
      return [...tokens, ...start];
    },
    forget: (value) => {
      forgetful = value;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await llama.dispose();
    },
  };
};
