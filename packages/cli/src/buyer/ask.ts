/** Asking a model: by one's own buyer, or at the endpoint of a running market whose wallet pays. */
import type { TextStream } from '@atoma/base';
import {
  array,
  type Buyer,
  buyerError,
  CHAT,
  createSseReader,
  endpointOfRole,
  formatAmount,
  type Json as JsonObject,
  record,
  type Settled,
  text as textOf,
  toBase64,
  type WorkAnswer,
  type WorkRequest,
} from '@atoma/sdk';
import { cliError } from '../kernel/cli-errors.ts';
import type { Json } from '../kernel/command.ts';
import { grouped } from '../kernel/lines.ts';

/** What one answer was charged. Amounts in base units of TOMA. */
export interface Charge {
  readonly units: bigint;
  readonly cost: bigint;
  /** For one unit. */
  readonly price: bigint;
  readonly stack: bigint;
  readonly node: bigint;
  readonly requestId: string;
  /** The node's receipt and its signature, base64; null where only the cost is told, as on streams of an endpoint. */
  readonly receipt: readonly [bytes: string, signature: string] | null;
  /** The environment that answered a sealed request, with what must be said beside it; null: it was sent in clear. */
  readonly confidential: string | null;
}

/** The charge of a checked receipt. */
export const chargeOf = ({ receipt, cost, price, stack, node, requestId, signed, confidential }: Settled): Charge => ({
  units: receipt.units,
  cost,
  price,
  stack,
  node,
  requestId,
  receipt: [toBase64(signed.bytes), toBase64(signed.signature)],
  confidential: confidential && (confidential.label ?? confidential.kind),
});

/** What an answer cost, and the receipt it was charged by, as JSON fields. */
export const answerData = (model: string, charge: Charge): Record<string, Json> => ({
  model,
  units: charge.units,
  cost: charge.cost,
  price: charge.price,
  stack_small_id: Number(charge.stack),
  node_small_id: Number(charge.node),
  request_id: charge.requestId,
  confidential: charge.confidential,
  receipt: charge.receipt?.[0] ?? null,
  receipt_signature: charge.receipt?.[1] ?? null,
});

/** The same in a line for people. */
export const costLine = ({ units, cost, node, stack, confidential }: Charge): string =>
  `${grouped(units)} units, ${formatAmount(cost)}, node ${node}, stack ${stack}, receipt checked${confidential === null ? '' : `, sealed (${confidential})`}`;

/** A text that was answered. */
export interface Answered {
  readonly content: string;
  readonly finish: string | null;
}

/** What a node or an endpoint said instead of an answer, thrown as this program's error. */
const refused = (status: number, text: string): never => {
  let error: JsonObject = {};
  try {
    error = record(record(JSON.parse(text)).error);
  } catch {
    // Whatever answers there does not speak the protocol; its status says most.
  }
  throw cliError('NODE_REFUSED', {
    why: `${error.message ?? `status ${status}`} [${error.code ?? status}]`,
    remedy: textOf(error.hint),
  });
};

const bodyText = (body: WorkAnswer['body']): string => Buffer.from(body as Uint8Array).toString('utf8');

/** Why an answer ended; null while it goes on. */
const finishOf = ({ finish_reason: reason }: JsonObject): string | null => (typeof reason === 'string' ? reason : null);

const readStream = async (
  pieces: AsyncIterable<string>,
  show: (text: string) => void,
): Promise<Answered & { readonly usage: unknown }> => {
  const read = createSseReader();
  let content = '';
  let finish: string | null = null;
  let usage: unknown = null;
  for await (const text of pieces) {
    for (const { event, data } of read(text)) {
      if (event !== '' || !data.startsWith('{')) continue;
      const json = record(JSON.parse(data));
      if (json.error) refused(0, data);
      usage = json.usage ?? usage;
      const choice = record(array(json.choices)[0]);
      const piece = textOf(record(choice.delta).content);
      content += piece;
      finish = finishOf(choice) ?? finish;
      if (piece !== '') show(piece);
    }
  }
  return { content, finish, usage };
};

/** How far a request may go, and for whom it is booked. */
export type RequestOptions = Pick<WorkRequest, 'signal' | 'tag' | 'admit' | 'budget'>;

/** Asks a chat model, shows the answer as it comes, and gives it with its checked receipt. */
export const askChat = async (
  buyer: Buyer,
  body: object,
  show: (piece: string) => void,
  more: RequestOptions = {},
): Promise<Answered & { readonly settled: Settled | null }> => {
  const answer = await buyer.deliver({
    endpoint: CHAT,
    body: new TextEncoder().encode(JSON.stringify({ ...body, stream: true })),
    contentType: 'application/json',
    ...more,
  });
  if (answer.body instanceof Uint8Array) return refused(answer.status, bodyText(answer.body));
  answer.settled.catch(() => {}); // what breaks off is told by the stream first
  const { content, finish } = await readStream((answer.body as TextStream).pieces, show);
  more.signal?.throwIfAborted();
  return { content, finish, settled: await answer.settled };
};

/** Turns text into a vector, and gives it with its checked receipt. */
export const askEmbedding = async (
  buyer: Buyer,
  body: { readonly model: string; readonly input: string },
  more: RequestOptions = {},
): Promise<{ readonly embedding: readonly number[]; readonly settled: Settled }> => {
  const answer = await buyer.deliver({
    endpoint: '/v1/embeddings',
    body: new TextEncoder().encode(JSON.stringify(body)),
    contentType: 'application/json',
    ...more,
  });
  if (answer.status !== 200) return refused(answer.status, bodyText(answer.body));
  return { embedding: embeddingOf(bodyText(answer.body)), settled: (await answer.settled) as Settled };
};

const embeddingOf = (text: string): readonly number[] =>
  array(record(array(record(JSON.parse(text)).data)[0]).embedding).filter((each) => typeof each === 'number');

interface Offered {
  readonly model: string;
  readonly price: bigint;
}

/** The cheapest first; of equal ones the first by name. */
const cheapest = (offered: readonly Offered[]): readonly string[] =>
  [...offered]
    .sort((a, b) => (a.price < b.price ? -1 : a.price > b.price ? 1 : a.model < b.model ? -1 : 1))
    .map(({ model }) => model);

/** The cheapest model on offer for a role. Throws `BUYER_NO_NODE`, `BUYER_NO_TASK`. */
export const defaultModel = async (buyer: Buyer, role: number): Promise<string> => {
  const [first] = cheapest((await buyer.models()).filter((each) => each.role === role));
  if (first !== undefined) return first;
  const [dear] = (await buyer.models({ maxPrice: null })).filter((each) => each.role === role);
  if (dear)
    throw buyerError('NO_NODE', {
      model: dear.model,
      why: `it costs ${dear.price} base units of TOMA a unit, more than --max-price`,
    });
  throw noTask(role);
};

/** Tasks whose nodes are all out of reach are not on offer either. */
const noTask = (role: number) =>
  buyerError('NO_TASK', {
    model: 'any model',
    endpoint: endpointOfRole(role) ?? '',
    nearest: ' whose nodes answer',
  });

/** Who answers, whoever pays for it. */
export interface Speaker {
  /** The cheapest model on offer for a role. */
  readonly defaultModel: (role: number) => Promise<string>;
  /** Names of all models on offer for chat. */
  readonly chatModels: () => Promise<readonly string[]>;
  /** Asks a chat model; with `show` the answer is shown as it comes. */
  readonly chat: (
    body: object,
    show: ((piece: string) => void) | undefined,
    signal?: AbortSignal,
  ) => Promise<Answered & { readonly charge: Charge | null }>;
  /** Turns text into a vector. */
  readonly embed: (body: {
    readonly model: string;
    readonly input: string;
  }) => Promise<{ readonly embedding: readonly number[]; readonly charge: Charge }>;
}

/** One's own wallet pays. */
export const buyerSpeaker = (buyer: Buyer): Speaker => ({
  defaultModel: (role) => defaultModel(buyer, role),
  chatModels: async () => [
    ...new Set((await buyer.models()).filter(({ role }) => role === 0).map((each) => each.model)),
  ],
  chat: async (body, show = () => {}, signal) => {
    const { settled, ...answered } = await askChat(buyer, body, show, signal ? { signal } : {});
    return { ...answered, charge: settled && chargeOf(settled) };
  },
  embed: async (body) => {
    const { embedding, settled } = await askEmbedding(buyer, body);
    return { embedding, charge: chargeOf(settled) };
  },
});

/** What an endpoint says that an answer cost, in strings of digits; null where it does not say. */
const chargeFrom = (usage: unknown, headers: Headers): Charge | null => {
  const { units, cost_base_units, price, stack, node, request_id } = record(record(usage).atoma);
  const digits = [units, cost_base_units, price, stack, node].map(textOf);
  if (!digits.every((each) => /^\d+$/.test(each))) return null;
  const [bytes, signature] = [headers.get('atoma-receipt'), headers.get('atoma-receipt-signature')];
  return {
    units: BigInt(textOf(units)),
    cost: BigInt(textOf(cost_base_units)),
    price: BigInt(textOf(price)),
    stack: BigInt(textOf(stack)),
    node: BigInt(textOf(node)),
    requestId: textOf(request_id),
    receipt: bytes !== null && signature !== null ? [bytes, signature] : null,
    confidential: headers.get('x-atoma-confidential'),
  };
};

async function* decoded(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const part of body) yield decoder.decode(part, { stream: true });
}

/** An endpoint that buys by itself. */
export const endpointSpeaker = ({ baseUrl, key }: { readonly baseUrl: string; readonly key: string }): Speaker => {
  const ask = async (path: string, body?: object, signal?: AbortSignal): Promise<Response> => {
    const answer = await fetch(`${baseUrl}${path}`, {
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      ...(signal ? { signal } : {}),
    });
    return answer.ok ? answer : refused(answer.status, await answer.text());
  };
  const models = async (role: number): Promise<readonly string[]> => {
    const models = array(record(await (await ask('/models')).json()).data).map(record);
    const offered = models.flatMap(({ id, atoma }) => {
      const { role: its, price } = record(atoma);
      return its === role && /^\d+$/.test(textOf(price)) ? [{ model: textOf(id), price: BigInt(textOf(price)) }] : [];
    });
    return cheapest(offered);
  };
  return {
    defaultModel: async (role) => {
      const [first] = await models(role);
      if (first === undefined) throw noTask(role);
      return first;
    },
    chatModels: async () => [...new Set(await models(0))],
    chat: async (body, show, signal) => {
      if (!show) {
        const answer = await ask('/chat/completions', body, signal);
        const { choices, usage } = record(await answer.json());
        const first = record(array(choices)[0]);
        const charge = chargeFrom(usage, answer.headers);
        return { content: textOf(record(first.message).content), finish: finishOf(first), charge };
      }
      const streaming = { ...body, stream: true, stream_options: { include_usage: true } };
      const answer = await ask('/chat/completions', streaming, signal);
      if (!answer.body) return refused(answer.status, '');
      const { usage, ...answered } = await readStream(decoded(answer.body), show);
      return { ...answered, charge: chargeFrom(usage, answer.headers) };
    },
    embed: async (body) => {
      const answer = await ask('/embeddings', body);
      const text = await answer.text();
      const charge = chargeFrom(record(JSON.parse(text)).usage, answer.headers);
      return charge ? { embedding: embeddingOf(text), charge } : refused(answer.status, text);
    },
  };
};
