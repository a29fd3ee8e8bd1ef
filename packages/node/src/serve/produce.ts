/** Runs the engine for a plan and collects what it produces; knows content, units and bodies, nothing of the ledger. */
import { type Content, chargedUnits, contentHash, float32Bytes, toBase64 } from '@atoma/sdk';
import { countText } from '../engine/tokenizer.ts';
import type { EngineEvent, Finish, Media, Usage, Vector } from '../engine/types.ts';
import type { StoredResponse } from '../store/types.ts';
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
  usageEvent,
} from './render.ts';

/** Who counted the units. */
export type UsageSource = 'engine' | 'tokenizer';

/** What an engine has produced so far. */
export interface Product {
  readonly plan: Plan;
  readonly frame: AnswerFrame;
  readonly choices: readonly Choice[];
  readonly started: Set<number>;
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
}

/** Starts a product. */
export const createProduct = (plan: Plan, frame: AnswerFrame): Product => ({
  plan,
  frame,
  choices: Array.from({ length: plan.request.n }, emptyChoice),
  started: new Set(),
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
    case 'delta': {
      const choice = product.choices[event.choice];
      if (!choice) return '';
      addDelta(choice, event);
      const first = !product.started.has(event.choice);
      product.started.add(event.choice);
      return product.plan.stream ? deltaEvent(product.frame, event, first) : '';
    }
    case 'finish': {
      const choice = product.choices[event.choice];
      if (choice) choice.finish = event.reason;
      product.extra = event.extra;
      return choice && product.plan.stream ? finishEvent(product.frame, event.choice, event.reason) : '';
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
export const closeChoices = (product: Product, reason: string): string =>
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

const measureText = async (product: Product): Promise<Measured> => {
  const { plan, usage } = product;
  const exact = product.choices.every((choice) => choice.exact);
  const useEngine = usage !== null && product.complete;
  const perChoice = useEngine && !exact ? [] : await countChoices(product);
  const counted = useEngine && !exact ? usage.completion : perChoice.reduce((sum, units) => sum + BigInt(units), 0n);
  const prompt = smaller(useEngine && usage.prompt > 0n ? usage.prompt : plan.promptUnits, plan.promptUnits);
  const completion = smaller(counted, plan.completionLimit);
  const source = useEngine || exact ? 'engine' : 'tokenizer';
  return { prompt, completion, units: chargedUnits(prompt, completion, plan.maxUnits), perChoice, source };
};

/** Counts a product. */
export const measureProduct = async (product: Product): Promise<Measured> => {
  const { plan } = product;
  if (isText(plan)) return measureText(product);
  const prompt =
    plan.request.endpoint === '/v1/embeddings' && product.usage && product.usage.prompt > 0n
      ? smaller(product.usage.prompt, plan.promptUnits)
      : plan.promptUnits;
  const completion = (plan.imageUnits ?? 0n) * BigInt(plan.imageUnits === null ? 0 : product.media.length);
  const units = chargedUnits(prompt, completion, plan.maxUnits);
  return { prompt, completion, units, perChoice: [], source: product.usage ? 'engine' : 'tokenizer' };
};

const vectorsOf = (product: Product) =>
  [...product.vectors]
    .sort((a, b) => a.index - b.index)
    .map(({ index, values }) => ({ index, values, bytes: float32Bytes(values) }));

/** The content of a product as it is hashed. */
export const productContent = (product: Product): Content => {
  const { endpoint } = product.plan.request;
  switch (endpoint) {
    case '/v1/chat/completions':
    case '/v1/completions':
      return {
        kind: endpoint === '/v1/completions' ? 'completion' : 'chat',
        choices: product.choices.map((choice, index) => ({
          index,
          text: choice.content + choice.refusal,
          reasoning: choice.reasoning,
          toolCalls: [...choice.tools].map(([at, tool]) => ({ index: at, name: tool.name, arguments: tool.arguments })),
        })),
      };
    case '/v1/embeddings':
      return { kind: 'embeddings', vectors: vectorsOf(product) };
    case '/v1/images/generations':
      return { kind: 'images', images: product.media };
    case '/v1/audio/speech':
      return { kind: 'speech', bytes: product.media[0]?.bytes ?? new Uint8Array() };
    default:
      return { kind: 'transcription', text: product.choices[0]?.content ?? '' };
  }
};

/** Content hash of a product; 32 bytes. */
export const productHash = (product: Product): Uint8Array => contentHash(productContent(product));

const json = (value: unknown): StoredResponse => ({
  status: 200,
  contentType: 'application/json',
  streamed: false,
  body: Buffer.from(JSON.stringify(value)),
});

const transcription = (product: Product): StoredResponse => {
  const text = product.choices[0]?.content ?? '';
  if (product.plan.format === 'text')
    return { status: 200, contentType: 'text/plain; charset=utf-8', streamed: false, body: Buffer.from(text) };
  return json(product.plan.format === 'verbose_json' ? { ...product.extra, text } : { text });
};

/** The whole answer, without its receipt. */
export const wholeResponse = (product: Product, measured: Measured): StoredResponse => {
  const { plan, frame } = product;
  switch (plan.request.endpoint) {
    case '/v1/chat/completions':
    case '/v1/completions':
      return json(completionBody(frame, product.choices, measured.prompt, measured.completion));
    case '/v1/embeddings':
      return json(embeddingBody(frame, plan, vectorsOf(product), measured.prompt));
    case '/v1/images/generations':
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
  product.frame.includeUsage ? usageEvent(product.frame, measured.prompt, measured.completion) : '';
