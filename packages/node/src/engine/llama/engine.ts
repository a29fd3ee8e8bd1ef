/** A GGUF model under llama.cpp in this process. A fault of the library can end the process, so the daemon runs it as a program. */
import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import type { SketchProfile } from '../../sketch/sketch-profile.ts';
import { isProvable } from '../../sketch/trace.ts';
import { engineError } from '../engine-errors.ts';
import { generateBySource, scoreBySource } from '../logits/steps.ts';
import type {
  Engine,
  EngineEvent,
  EngineLimit,
  EngineModel,
  EngineRequest,
  Finish,
  FinishReason,
  Measure,
  TokenStep,
} from '../types.ts';
import { checkParameters, checkReplayable, choiceRule, grammarOf, sampling } from './choice-rule.ts';
import { type Loaded, load, startLibrary, type Values } from './load.ts';
import type { LlamaOptions } from './options.ts';
import type { Prompt } from './prompt.ts';
import { openRelease, type Piece } from './release.ts';
import { generateSteps, readAhead, scoreSteps } from './steps.ts';
import { findCalls, maybeCall, toolChoice } from './tools.ts';

/** Time a server has to say that it lives. */
const HEALTH_MS = 2_000;

/** What is left for the answer; a prompt that leaves nothing is refused, since the library would silently drop its beginning. */
const room = ({ served }: Loaded, { tokens, start }: Prompt): number => {
  const left = served.contextLength - tokens.length - start.length;
  if (left < 1)
    throw engineError('REJECTED', {
      why: `the prompt has ${tokens.length} tokens and the context of ${served.name} ${served.contextLength}`,
    });
  return left;
};

/** Ids of a prompt that the profile was not measured on, where somebody will check the answer. */
const strangeIds = (
  { served: { sketch } }: Loaded,
  { steps }: EngineRequest,
  { tokens, start }: Prompt,
): readonly number[] => {
  if (!sketch || !steps) return [];
  const known = new Set(sketch.known);
  return [...new Set<number>([...tokens, ...start])].filter((id) => !known.has(id));
};

/** A piece of one choice, with the steps behind it where they are wanted, or why it ended. */
type Step =
  | (Piece & { readonly steps?: readonly TokenStep[] })
  | { readonly reason: FinishReason; readonly steps?: readonly TokenStep[]; readonly whole?: boolean };

const stopsOf = ({ body: { stop } }: EngineRequest): readonly string[] =>
  (Array.isArray(stop) ? stop : [stop]).filter((each): each is string => typeof each === 'string' && each !== '');

/** The library's own choices. Throws `ENGINE_FAILED` for values that are no numbers. */
async function* freeTokens(
  loaded: Loaded,
  request: EngineRequest,
  prompt: readonly Token[],
  choice: number,
  sequence: LlamaContextSequence,
  signal: AbortSignal,
): AsyncGenerator<MadeToken> {
  const { model, library, llama, served } = loaded;
  const grammar = await grammarOf(request, llama, library);
  const state = grammar && new library.LlamaGrammarEvaluationState({ model, grammar });
  const made: Token[] = [];
  const options = { ...sampling(request, model, choice, made), ...(state ? { grammarEvaluationState: state } : {}) };
  const rest = await readAhead(sequence, prompt, signal);
  if (signal.aborted) return;
  for await (const { token, confidence } of sequence.evaluateWithMetadata([...rest], { confidence: true }, options)) {
    if (Number.isNaN(confidence))
      throw engineError('FAILED', { model: served.name, why: 'it computed values that are no numbers' });
    made.push(token);
    yield { token };
  }
}

/** Refuses tokens that no answer can have: an unknown one would end the process, and one too many silently drop the prompt's beginning. */
const checkClaim = ({ model }: Loaded, claimed: readonly number[], most: number): void => {
  const { length } = model.fileInfo.metadata.tokenizer.ggml.tokens;
  if (claimed.length > most)
    throw engineError('REJECTED', { why: `${claimed.length} tokens are claimed, ${most} are possible` });
  const unknown = claimed.find((id) => !(Number.isInteger(id) && id >= 0 && id < length));
  if (unknown !== undefined)
    throw engineError('REJECTED', { why: `a token of id ${unknown} is claimed, which the model does not have` });
};

/** A token, and what is behind it where that is wanted. */
interface MadeToken {
  readonly token: Token;
  readonly step?: TokenStep;
}

/** Tokens of a choice from a server's values: the claimed ones, or new ones. */
async function* serverTokens(
  { model, served }: Loaded,
  { source }: Extract<Values, { readonly kind: 'server' }>,
  request: EngineRequest,
  prompt: readonly Token[],
  choice: number,
  signal: AbortSignal,
): AsyncGenerator<MadeToken> {
  const { steps: wanted } = request;
  const profile = wanted && served.sketch;
  const challenge = Buffer.from(wanted?.challenge ?? '', 'hex');
  const rule = choiceRule(request, model, choice);
  const claimed = wanted?.claimed?.[choice];
  const work = { challenge, choice, prompt, rule, signal };
  const steps =
    profile && claimed
      ? await scoreBySource(source, { ...work, profile, claimed, stepwise: wanted.stepwise ?? false })
      : generateBySource(source, { ...work, profile });
  for await (const step of steps) yield { token: step.token as Token, ...(profile ? { step } : {}) };
}

/** Tokens of a choice, in the way the request wants them. */
const tokensOf = (
  loaded: Loaded,
  request: EngineRequest,
  prompt: readonly Token[],
  choice: number,
  sequence: LlamaContextSequence,
  signal: AbortSignal,
): AsyncGenerator<MadeToken> => {
  const { library, model, served } = loaded;
  const { steps: wanted } = request;
  if (!wanted || !served.sketch) return freeTokens(loaded, request, prompt, choice, sequence, signal);
  const stepping = { library, model, profile: served.sketch, wanted, request, choice, signal };
  return wanted.claimed
    ? scoreSteps(stepping, sequence, prompt, wanted.claimed[choice] ?? [])
    : generateSteps(stepping, sequence, prompt);
};

/** A request whose choice is claimed to be these tokens. */
const claiming = (
  request: EngineRequest,
  choice: number,
  tokens: readonly number[],
  stepwise: boolean,
): EngineRequest => ({
  ...request,
  steps: {
    challenge: request.steps?.challenge ?? '',
    claimed: Array.from({ length: choice + 1 }, (_, i) => (i === choice ? tokens : [])),
    stepwise,
  },
});

/** A loan of a place: tokens of the answer, the evaluation of claimed ones in their stead, and its end. */
interface Loan {
  readonly tokens: AsyncGenerator<MadeToken>;
  readonly again: (claimed: readonly number[], stepwise: boolean) => Promise<readonly TokenStep[]>;
  readonly end: () => Promise<void>;
}

const stepsBehind = async (tokens: AsyncIterable<MadeToken>): Promise<readonly TokenStep[]> => {
  const steps: TokenStep[] = [];
  for await (const { step } of tokens) if (step) steps.push(step);
  return steps;
};

/** Lends a place when it is the request's turn. */
const borrow = async (
  loaded: Loaded,
  request: EngineRequest,
  prompt: readonly Token[],
  choice: number,
  signal: AbortSignal,
): Promise<Loan> => {
  const { values } = loaded;
  const asked = (claimed: readonly number[], stepwise: boolean) => claiming(request, choice, claimed, stepwise);
  if (values.kind === 'server') {
    const place = await values.places.take(signal);
    const tokens = (of: EngineRequest) => serverTokens(loaded, values, of, prompt, choice, signal);
    // In one go vLLM tells every id at each position, those of the prompt too: megabytes a token.
    const isLarge = values.source.kind === 'vllm';
    return {
      tokens: tokens(request),
      again: (claimed, stepwise) => stepsBehind(tokens(asked(claimed, stepwise || isLarge))),
      end: () => values.places.give(place),
    };
  }
  const sequence = await values.sequences.take(signal);
  return {
    tokens: tokensOf(loaded, request, prompt, choice, sequence, signal),
    again: async (...claim) => {
      await sequence.clearHistory();
      return stepsBehind(tokensOf(loaded, asked(...claim), prompt, choice, sequence, signal));
    },
    end: () => values.sequences.give(sequence),
  };
};

/**
 * Refuses an answer that others might not be able to tell from another model's: a buyer could ask for it to have an honest node blamed.
 * False: it was given up before that was known. Throws `ENGINE_UNPROVABLE`.
 */
const proveAgain = async (
  { again }: Loan,
  made: readonly TokenStep[],
  { name, sketch }: EngineModel,
  signal: AbortSignal,
): Promise<boolean> => {
  const tokens = made.map(({ token }) => token);
  for (const stepwise of [false, true]) {
    const found = await again(tokens, stepwise);
    if (signal.aborted) return false;
    if (isProvable(made, found, sketch as SketchProfile)) return true;
  }
  throw engineError('UNPROVABLE', { model: name });
};

async function* generate(
  loaded: Loaded,
  request: EngineRequest,
  prompt: Prompt,
  choice: number,
  limit: EngineLimit,
  signal: AbortSignal,
): AsyncGenerator<Step> {
  const { model } = loaded;
  const cut = limit.cut?.[choice];
  const claimed = request.steps?.claimed?.[choice];
  // A cut is counted in units, which may be fewer than tokens: claimed tokens end where they end.
  const most = Math.min(
    room(loaded, prompt),
    limit.maxPerChoice ?? Number.POSITIVE_INFINITY,
    (claimed ? undefined : cut) ?? Number.POSITIVE_INFINITY,
  );
  const release = openRelease(
    (tokens, before) => model.detokenize(tokens as Token[], false, before as Token[]),
    stopsOf(request),
  );
  checkClaim(loaded, claimed ?? [], most);
  const loan = await borrow(loaded, request, [...prompt.tokens, ...prompt.start], choice, signal);
  let untold: TokenStep[] = [];
  const unproven: TokenStep[] = [];
  const { sketch } = loaded.served;
  const isStrange = sketch !== undefined && !claimed && strangeIds(loaded, request, prompt).length > 0;
  const told = (): { readonly steps?: readonly TokenStep[] } => {
    const steps = untold;
    untold = [];
    return request.steps ? { steps } : {};
  };
  let made = 0;
  /** A claim is whole when the answer ends by itself with its last token. */
  const end = (reason: FinishReason, ends: boolean): Step => ({
    reason,
    ...told(),
    ...(claimed ? { whole: ends && made === claimed.length } : {}),
  });
  /** Whether it may be sold. */
  const proves = async (): Promise<boolean> => !isStrange || proveAgain(loan, unproven, loaded.served, signal);
  try {
    if (most < 1) return yield end('length', true);
    for await (const { token, step } of loan.tokens) {
      if (signal.aborted) return;
      if (step) untold.push(step);
      if (step && isStrange) unproven.push(step);
      made++;
      if (model.isEogToken(token)) {
        const rest = release.rest();
        if (rest) yield rest;
        if (await proves()) yield end('stop', true);
        return;
      }
      const { piece, stopped } = release.push(token);
      if (piece) yield { ...piece, ...told() };
      if (stopped) {
        if (await proves()) yield end('stop', true);
        return;
      }
      if (made >= most) {
        const rest = release.rest();
        if (rest) yield { ...rest, ...told() };
        if (await proves()) yield end('length', true);
        return;
      }
    }
    if (signal.aborted) return;
    // Claimed tokens are at an end: that is right where the client cut the answer, whose last text was then not sent yet.
    yield end('length', cut !== undefined);
  } finally {
    await loan.end();
  }
}

/** The pieces of a choice as events: text as it comes, calls once they are whole. */
async function* choiceEvents(
  steps: AsyncIterable<Step>,
  choice: number,
  body: EngineRequest['body'],
): AsyncGenerator<EngineEvent> {
  const tools = toolChoice(body);
  let kept: Piece = { text: '', units: 0 };
  let keeping = tools.kind !== 'none';
  let ended: Extract<Step, { readonly reason: FinishReason }> | undefined;
  let behind: TokenStep[] = [];
  const withSteps = (): { readonly steps?: readonly TokenStep[] } => (behind.length > 0 ? { steps: behind } : {});
  for await (const step of steps) {
    behind.push(...(step.steps ?? []));
    if ('reason' in step) {
      ended = step;
      continue;
    }
    kept = { text: kept.text + step.text, units: kept.units + step.units };
    keeping = keeping && (tools.kind === 'forced' || maybeCall(kept.text));
    if (keeping) continue;
    yield { type: 'delta', choice, content: kept.text, units: kept.units, ...withSteps() };
    kept = { text: '', units: 0 };
    behind = [];
  }
  if (!ended) return; // given up
  const { reason, whole } = ended;
  const finish = (why: FinishReason): Finish => ({
    type: 'finish',
    choice,
    reason: why,
    ...withSteps(),
    ...(whole === undefined ? {} : { whole }),
  });
  const calls =
    tools.kind === 'forced' ? [{ name: tools.name, arguments: kept.text }] : keeping ? findCalls(kept.text, body) : [];
  if (calls.length === 0) {
    if (kept.text !== '') yield { type: 'delta', choice, content: kept.text, units: kept.units };
    yield finish(reason);
    return;
  }
  for (const [index, call] of calls.entries())
    yield {
      type: 'delta',
      choice,
      tool: { index, id: `call_${choice}_${index}`, ...call },
      units: index === 0 ? Math.min(kept.units, Buffer.byteLength(call.name + call.arguments)) : 0,
    };
  yield finish(reason === 'length' ? 'length' : 'tool_calls');
}

/** Refuses to go on with weights that were written over: they are those of another model. Throws `ENGINE_FAILED`. */
const checkFile = ({ values, served }: Loaded): void => {
  if (values.kind === 'here' && values.isChanged())
    throw engineError('FAILED', {
      model: served.name,
      why: 'its file was changed while it was served; start the node again',
    });
};

async function* answer(
  loaded: Loaded,
  request: EngineRequest,
  limit: EngineLimit,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  checkFile(loaded);
  const prompt = loaded.prompts.of(request);
  const strange = strangeIds(loaded, request, prompt);
  yield strange.length > 0 ? { type: 'accepted', strange } : { type: 'accepted' };
  let completion = 0n;
  for (let choice = 0; choice < request.n && !signal.aborted; choice++) {
    const steps = generate(loaded, request, prompt, choice, limit, signal);
    for await (const event of choiceEvents(steps, choice, request.body)) {
      if (event.type === 'delta') completion += BigInt(event.units ?? 0);
      yield event;
    }
  }
  checkFile(loaded);
  if (!signal.aborted) yield { type: 'usage', prompt: BigInt(prompt.tokens.length), completion };
}

async function* embed(loaded: Loaded, request: EngineRequest, signal: AbortSignal): AsyncGenerator<EngineEvent> {
  const { values, served } = loaded;
  const embedding = values.kind === 'here' ? values.embedding : undefined;
  if (!embedding) throw engineError('REJECTED', { why: `${served.name} is not served for embeddings` });
  checkFile(loaded);
  const inputs = loaded.prompts.inputs(request);
  for (const [index, input] of inputs.entries()) {
    if (signal.aborted) return;
    if (input.length > served.contextLength)
      throw engineError('REJECTED', {
        why: `input ${index} has ${input.length} tokens and the context ${served.contextLength}`,
      });
    const { vector } = await embedding.getEmbeddingFor(input as Token[]);
    yield { type: 'vector', index, values: vector.map(Math.fround) };
  }
  yield { type: 'usage', prompt: BigInt(inputs.reduce((sum, input) => sum + input.length, 0)), completion: 0n };
}

const health = async ({
  model,
  served,
  values,
}: Loaded): Promise<{ readonly healthy: boolean; readonly detail: string }> => {
  if (values.kind === 'here') return { healthy: !model.disposed, detail: `llama.cpp, ${served.name}` };
  const answers = await fetch(`${values.url}/health`, { signal: AbortSignal.timeout(HEALTH_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );
  return {
    healthy: answers,
    detail: `${values.source.kind} at ${values.url}${answers ? '' : ' does not answer'}, ${served.name}`,
  };
};

const measured = (loaded: Loaded, request: EngineRequest): Measure => {
  const { model, prompts, values } = loaded;
  checkParameters(request);
  if (request.steps || values.kind === 'server') checkReplayable(request, model);
  if (request.endpoint === '/v1/embeddings')
    return { prompt: BigInt(prompts.inputs(request).reduce((sum, input) => sum + input.length, 0)), exact: true };
  const prompt = prompts.of(request);
  room(loaded, prompt);
  return { prompt: BigInt(prompt.tokens.length), exact: true };
};

/**
 * Opens model files of different names in this process, the first one for names that are none of theirs: what they share is loaded once,
 * and a crash costs them all. Throws `ENGINE_MODEL_FILE`, `ENGINE_PROFILE`, `ENGINE_LLAMA_ABSENT`.
 */
export const openLlamaEngines = async (files: readonly LlamaOptions[]): Promise<Engine> => {
  const started = await startLibrary(files);
  const all: Loaded[] = [];
  for (const options of files) all.push(await load(started, options));
  const of = ({ model }: EngineRequest): Loaded =>
    all.find(({ served }) => served.name === model) ?? (all[0] as Loaded);
  return {
    id: `llama.cpp ${all.map(({ served }) => served.name).join(', ')}`,
    models: async () => all.map(({ served }) => served),
    measure: async (request) => measured(of(request), request),
    run: (request, limit, signal) =>
      request.endpoint === '/v1/embeddings'
        ? embed(of(request), request, signal)
        : answer(of(request), request, limit, signal),
    health: async () => {
      const each = await Promise.all(all.map(health));
      return { healthy: each.every(({ healthy }) => healthy), detail: each.map(({ detail }) => detail).join('; ') };
    },
    close: async () => {
      await started.llama.dispose();
    },
  };
};

/** Opens one model file. Throws as {@link openLlamaEngines}. */
export const openLlamaEngine = (options: LlamaOptions): Promise<Engine> => openLlamaEngines([options]);
