/** Runs the engine for a plan and collects what it produces; knows content, units and bodies, nothing of the ledger. */
import {
  answerUpperBound,
  type Content,
  chargedUnits,
  contentHash,
  float32Bytes,
  readJsonObject,
  toBase64,
  workHash,
} from '@atoma/sdk';
import { engineError } from '../engine/engine-errors.ts';
import { countText } from '../engine/tokenizer.ts';
import type { EngineEvent, Finish, FinishReason, Media, TokenStep, Usage, Vector } from '../engine/types.ts';
import { exactDigest } from '../sketch/exact.ts';
import { traceOf } from '../sketch/trace.ts';
import type { StoredResponse, WorkTrace } from '../store/types.ts';
import type { Plan } from './plan.ts';
import {
  type AnswerFrame,
  addDelta,
  type Choice,
  completionBody,
  deltaEvent,
  embeddingBody,
  emptyChoice,
  finishEvent,
  promptUsage,
  rerankBody,
  type UsageDetails,
  usageEvent,
} from './render.ts';

const noDetails: UsageDetails = { cached: null, reasoning: null };

/** Who counted the units. */
export type UsageSource = 'engine' | 'tokenizer';

/** What an engine has produced so far. */
export interface Product {
  readonly plan: Plan;
  readonly frame: AnswerFrame;
  readonly choices: readonly Choice[];
  readonly started: Set<number>;
  /** Steps of each choice, where they were wanted. */
  readonly steps: readonly TokenStep[][];
  /** Of an exact engine: what its work is told by. */
  integers: readonly number[] | null;
  /** Whether the prompt has ids that its engine's profile was not measured on. */
  strange: boolean;
  /** Whether claimed tokens made whole choices. */
  whole: boolean;
  readonly vectors: Vector[];
  readonly media: Media[];
  usage: Usage | null;
  extra: Finish['extra'];
  /** Whether the engine came to its end. */
  complete: boolean;
}

/** Units of a product. */
export interface Measured {
  readonly prompt: bigint;
  readonly completion: bigint;
  readonly units: bigint;
  /** Per choice. */
  readonly perChoice: readonly number[];
  readonly source: UsageSource;
  /** Parts of them the engine told apart. */
  readonly details: UsageDetails;
}

/** Starts a product. */
export const createProduct = (plan: Plan, frame: AnswerFrame): Product => ({
  plan,
  frame,
  choices: Array.from({ length: plan.request.n }, emptyChoice),
  started: new Set(),
  steps: Array.from({ length: plan.request.n }, () => []),
  integers: null,
  strange: false,
  whole: true,
  vectors: [],
  media: [],
  usage: null,
  extra: undefined,
  complete: false,
});

const isText = (plan: Plan): boolean => plan.limit.maxPerChoice !== null;

/** Takes an event in; returns what a stream sends for it. */
export const takeEvent = (product: Product, event: EngineEvent): string => {
  switch (event.type) {
    case 'accepted':
      product.integers = event.integers ?? null;
      product.strange = (event.strange ?? []).length > 0;
      return '';
    case 'delta': {
      const choice = product.choices[event.choice];
      if (!choice) return '';
      product.steps[event.choice]?.push(...(event.steps ?? []));
      addDelta(choice, event);
      const first = !product.started.has(event.choice);
      product.started.add(event.choice);
      return product.plan.stream ? deltaEvent(product.frame, event, first) : '';
    }
    case 'finish': {
      const choice = product.choices[event.choice];
      if (choice) Object.assign(choice, { finish: event.reason, matched: event.matched });
      product.steps[event.choice]?.push(...(event.steps ?? []));
      product.whole &&= event.whole ?? true;
      product.extra = event.extra;
      return choice && product.plan.stream ? finishEvent(product.frame, event.choice, event.reason, event.matched) : '';
    }
    case 'vector':
      product.vectors.push(event);
      return '';
    case 'media':
      product.media.push(event);
      return '';
    case 'usage':
      product.usage = event;
      return '';
  }
};

/** Ends every choice that has no end yet; returns the events a stream sends for that. */
export const closeChoices = (product: Product, reason: FinishReason): string =>
  product.choices
    .map((choice, index) => {
      if (choice.finish !== null) return '';
      choice.finish = reason;
      return finishEvent(product.frame, index, reason);
    })
    .join('');

/** Whether anything a client could have received was produced. */
export const hasOutput = (product: Product): boolean =>
  product.started.size > 0 || product.vectors.length > 0 || product.media.length > 0;

const choiceText = (choice: Choice): string =>
  choice.content +
  choice.refusal +
  choice.reasoning +
  [...choice.tools.values()].map((tool) => tool.name + tool.arguments).join('');

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

const countChoices = async ({ choices, plan }: Product): Promise<readonly number[]> =>
  Promise.all(
    choices.map(async (choice) =>
      choice.exact ? choice.units : Number(await countText(plan.served.model.tokenizer, choiceText(choice))),
    ),
  );

const sumOf = (counts: readonly number[]): bigint => counts.reduce((sum, units) => sum + BigInt(units), 0n);

/** What the engine counted, as far as it can be right: an answer that has content is not made of nothing. */
const engineCount = (product: Product): bigint | null => {
  const { usage, complete, started } = product;
  if (!complete || usage === null || usage.completion === null) return null;
  return usage.completion === 0n && started.size > 0 ? null : usage.completion;
};

const detailsOf = ({ usage, complete }: Product, prompt: bigint, completion: bigint): UsageDetails => ({
  cached: complete && usage?.cached !== undefined ? smaller(usage.cached, prompt) : null,
  reasoning: complete && usage?.reasoning !== undefined ? smaller(usage.reasoning, completion) : null,
});

const measureText = async (product: Product): Promise<Measured> => {
  const { plan, usage, complete } = product;
  const exact =
    product.choices.some((choice) => choice.exact) && product.choices.every((choice) => choice.exact !== false);
  const told = exact ? null : engineCount(product);
  const perChoice = told === null ? await countChoices(product) : [];
  const stated = complete ? (usage?.prompt ?? 0n) : 0n;
  const prompt = smaller(stated > 0n ? stated : plan.promptUnits, plan.promptMost);
  const most = smaller(plan.completionLimit, answerUpperBound(productContent(product)) ?? plan.completionLimit);
  const completion = smaller(told ?? sumOf(perChoice), most);
  const units = chargedUnits(prompt, completion, plan.maxUnits);
  const source = told !== null || exact ? 'engine' : 'tokenizer';
  return { prompt, completion, units, perChoice, source, details: detailsOf(product, prompt, completion) };
};

/** Counts a product. */
export const measureProduct = async (product: Product): Promise<Measured> => {
  const { plan, usage } = product;
  if (isText(plan)) return measureText(product);
  const stated = plan.promptMost > plan.promptUnits ? (usage?.prompt ?? 0n) : 0n;
  const prompt = stated > 0n ? smaller(stated, plan.promptMost) : plan.promptUnits;
  const completion = (plan.imageUnits ?? 0n) * BigInt(plan.imageUnits === null ? 0 : product.media.length);
  const units = chargedUnits(prompt, completion, plan.maxUnits);
  const source = usage ? 'engine' : 'tokenizer';
  return { prompt, completion, units, perChoice: [], source, details: noDetails };
};

const vectorsOf = (product: Product) =>
  [...product.vectors]
    .sort((a, b) => a.index - b.index)
    .map(({ index, values }) => ({ index, values, bytes: float32Bytes(values) }));

/** The content of a product as it is hashed. */
export const productContent = (product: Product): Content => {
  const { endpoint } = product.plan.request;
  const { face } = product.plan;
  switch (endpoint) {
    case '/v1/chat/completions':
    case '/v1/completions':
      return {
        kind: endpoint === '/v1/completions' ? 'completion' : 'chat',
        choices: product.choices.map((choice, index) => ({
          index,
          text: choice.content + choice.refusal,
          reasoning: choice.reasoning,
          toolCalls: [...choice.tools].map(([at, tool]) => ({
            index: at,
            name: tool.name,
            arguments: face ? face.api.heard(tool, face.body) : tool.arguments,
          })),
        })),
      };
    case '/v1/embeddings':
    case '/v1/rerank':
      return { kind: 'embeddings', vectors: vectorsOf(product) };
    case '/v1/images/generations':
    case '/v1/images/edits':
      return { kind: 'images', images: product.media };
    case '/v1/audio/speech':
      return { kind: 'speech', bytes: product.media[0]?.bytes ?? new Uint8Array() };
    default:
      return { kind: 'transcription', text: product.choices[0]?.content ?? '' };
  }
};

/** Content hash of a product; 32 bytes. */
export const productHash = (product: Product): Uint8Array => contentHash(productContent(product));

/** What a row commits to, and what is kept of the steps behind it. */
export interface ProductWork {
  /** 32 bytes. */
  readonly workHash: Uint8Array;
  readonly work: WorkTrace | null;
}

const workBehind = ({ plan: { request, served }, steps, integers }: Product): WorkTrace | null => {
  const { name, sketch } = served.model;
  if (!request.steps) return null;
  if (!sketch) return integers && { digest: exactDigest(integers), trace: null };
  const work = traceOf(steps, sketch);
  if (!work) throw engineError('FAILED', { model: name, why: 'it gave too few values, or no numbers' });
  return work;
};

/** The work behind a product. Throws `ENGINE_FAILED` where steps were wanted and values are missing or no numbers. */
export const productWork = (product: Product): ProductWork => {
  const work = workBehind(product);
  return { workHash: workHash(productHash(product), work?.digest ?? null), work };
};

const json = (value: unknown): StoredResponse => ({
  status: 200,
  contentType: 'application/json',
  streamed: false,
  body: Buffer.from(JSON.stringify(value)),
});

/** Formats of transcriptions that are text. */
const plainFormats: ReadonlySet<string | null> = new Set(['text', 'srt', 'vtt']);

const transcription = (product: Product): StoredResponse => {
  const text = product.choices[0]?.content ?? '';
  if (plainFormats.has(product.plan.format))
    return { status: 200, contentType: 'text/plain; charset=utf-8', streamed: false, body: Buffer.from(text) };
  return json(product.plan.format === 'verbose_json' ? { ...product.extra, text } : { text });
};

const faceBody = ({ face }: Plan, chat: Readonly<Record<string, unknown>>): unknown =>
  face ? face.api.answer(face.body, chat) : chat;

/** Data that an engine gives as one JSON text. Throws `ENGINE_FAILED` when it is no JSON object. */
const dataOf = ({ plan, choices: [choice] }: Product): Readonly<Record<string, unknown>> => {
  const read = readJsonObject(Buffer.from(choice?.content ?? ''));
  if (read.kind === 'read') return read.json;
  throw engineError('FAILED', { model: plan.served.model.name, why: `its data is no JSON object: ${read.why}` });
};

/** The whole answer, without its receipt. Throws `ENGINE_FAILED` where it cannot be made of what the engine gave. */
export const wholeResponse = (product: Product, measured: Measured): StoredResponse => {
  const { plan, frame } = product;
  switch (plan.request.endpoint) {
    case '/v1/chat/completions':
    case '/v1/completions':
      return json(faceBody(plan, completionBody(frame, product.choices, measured)));
    case '/v1/embeddings':
      return json(embeddingBody(frame, plan, vectorsOf(product), measured.prompt));
    case '/v1/rerank':
      return json(rerankBody(frame, plan, product.vectors, measured.prompt));
    case '/v1/moderations':
    case '/tokenize':
    case '/detokenize':
      return json({ ...dataOf(product), usage: promptUsage(measured.prompt) });
    case '/v1/images/generations':
    case '/v1/images/edits':
      return json({ created: frame.created, data: product.media.map(({ bytes }) => ({ b64_json: toBase64(bytes) })) });
    case '/v1/audio/speech': {
      const [sound] = product.media;
      const contentType = sound?.contentType ?? 'audio/mpeg';
      return { status: 200, contentType, streamed: false, body: sound?.bytes ?? new Uint8Array() };
    }
    default:
      return transcription(product);
  }
};

/** The last events of a stream before its receipt. */
export const streamTail = (product: Product, measured: Measured): string =>
  product.frame.includeUsage ? usageEvent(product.frame, measured) : '';
