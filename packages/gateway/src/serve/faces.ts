/**
 * OpenAI's Responses and Anthropic's Messages in front of chat completions: a request is mapped once, bought and checked like chat, and
 * its answer is told in the client's own form.
 */
import type { HttpAnswer, TextStream } from '@atoma/base';
import {
  array,
  CHAT,
  type Face,
  faceOf,
  faceRoles,
  inputMessages,
  isRecord,
  type Json,
  readJsonObject,
  record,
} from '@atoma/sdk';
import { answersBefore } from './idempotency.ts';
import { isUnnamed } from './paid.ts';
import { type Checked, clientProblem, ok, problemAnswer, problemOf } from './problem.ts';
import { countTokens } from './tokens.ts';
import { type ClientRequest, CONFIDENTIAL, type ReadBody, type ServeContext } from './work.ts';

/** Answers one request of a client. */
export type Handler = (request: ClientRequest) => Promise<HttpAnswer>;

const utf8 = new TextDecoder();
const isJson = ({ headers }: HttpAnswer): boolean => (headers['content-type'] ?? '').startsWith('application/json');
const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Where a conversation lies among the kept answers; no idempotency key can hold a line feed. */
const placeOf = (id: string): string => `\nresponse ${id}`;

/** Tenant of requests without a key: nothing of them is kept. */
const NOBODY = '';

/** A conversation as it is kept, for a day. */
interface Kept {
  readonly messages: readonly Json[];
  readonly answer: Json;
}

/** Undefined where it was forgotten. */
const keptOf = (bytes: Uint8Array): Kept | undefined => {
  const read = readJsonObject(bytes);
  if (read.kind === 'fault' || !isRecord(read.json.answer)) return undefined;
  return { messages: array(read.json.messages).map(record), answer: read.json.answer };
};

/** The conversations of one tenant. */
export interface Conversations {
  readonly find: (id: string) => Promise<Kept | undefined>;
  readonly put: (id: string, kept: Kept) => Promise<void>;
  readonly forget: (id: string) => Promise<void>;
}

/** Opens them over the gateway's store. */
export const conversationsOf = ({ store, now }: ServeContext, tenant: string): Conversations => {
  const write = (id: string, value: unknown): Promise<void> =>
    store.putAnswer(
      tenant,
      placeOf(id),
      {
        status: 200,
        contentType: 'application/json',
        headers: {},
        body: bytesOf(value),
        requestHash: new Uint8Array(32),
      },
      now(),
    );
  return {
    find: async (id) => {
      const found = await store.findAnswer(tenant, placeOf(id), answersBefore(now()));
      return found && keptOf(found.body);
    },
    put: write,
    forget: (id) => write(id, {}),
  };
};

/** A request of a face, mapped. */
interface Mapped {
  readonly face: Face;
  readonly body: Json;
  readonly chat: Json;
  /** Keeps the finished answer. */
  readonly done: (answer: Json) => Promise<void>;
}

const parse = (bytes: Uint8Array): Checked<Json> => {
  const read = readJsonObject(bytes);
  return read.kind === 'read' ? ok(read.json) : clientProblem('invalid_body', `The body cannot be used: ${read.why}`);
};

/** The id of an item of an answer holds the answer's own. */
const ITEM_ID = /^(?:fc|ctc|msg|rs)_([0-9a-f]{32})\d+$/;

/** Items named by their id, in their place; one that is not kept stays a reference, which is refused. */
const withItems = async (body: Json, conversations: Conversations): Promise<Json> => {
  if (!Array.isArray(body.input)) return body;
  const replaced = async (item: unknown): Promise<unknown> => {
    const { type, id } = record(item);
    const found = type === 'item_reference' && typeof id === 'string' ? ITEM_ID.exec(id) : null;
    const output = found && (await conversations.find(`resp_${found[1]}`))?.answer.output;
    return array(output).find((each) => record(each).id === id) ?? item;
  };
  return { ...body, input: await Promise.all(array(body.input).map(replaced)) };
};

const isResponses = (endpoint: string): boolean => endpoint.startsWith('/v1/responses');

const map = async (
  context: ServeContext,
  tenant: string,
  endpoint: string,
  face: Face,
  bytes: Uint8Array,
): Promise<Checked<Mapped>> => {
  const parsed = parse(bytes);
  if (parsed.kind === 'problem') return parsed;
  const conversations = conversationsOf(context, tenant);
  const body = isResponses(endpoint) ? await withItems(parsed.value, conversations) : parsed.value;
  const previous = isResponses(endpoint) ? body.previous_response_id : undefined;
  const kept = typeof previous === 'string' ? await conversations.find(previous) : undefined;
  if (typeof previous === 'string' && !kept) return clientProblem('response_unknown');
  try {
    const before = kept?.messages ?? [];
    const chat = face.toChat(body, before);
    const done = async (answer: Json): Promise<void> => {
      if (!isResponses(endpoint) || body.store === false || tenant === NOBODY) return;
      const messages = [...before, ...inputMessages(body), ...inputMessages({ input: answer.output })];
      await conversations.put(String(answer.id), { messages, answer });
    };
    return ok({ face, body, chat, done });
  } catch (error) {
    return problemOf(error);
  }
};

const streamOf = ({ face, body, done }: Mapped, source: TextStream): TextStream => {
  let kept: Promise<void> | undefined;
  const stream = face.stream(body, (answer) => {
    kept = done(answer);
  });
  async function* pieces(): AsyncGenerator<string> {
    for await (const piece of source.pieces) {
      const told = stream.take(piece);
      // A client that has its end may go on from there.
      if (kept) await kept;
      if (told !== '') yield told;
    }
  }
  return { ...source, pieces: pieces() };
};

const errorOf = (face: Face, { status, headers, body }: HttpAnswer): HttpAnswer => {
  const read = body instanceof Uint8Array ? readJsonObject(body) : undefined;
  const error = read?.kind === 'read' ? record(read.json.error) : {};
  return { status, headers, body: bytesOf(face.error(error, status)) };
};

const answerOf = async (mapped: Mapped, answer: HttpAnswer): Promise<HttpAnswer> => {
  if (!(answer.body instanceof Uint8Array)) return { ...answer, body: streamOf(mapped, answer.body) };
  if (answer.status !== 200) return isJson(answer) ? errorOf(mapped.face, answer) : answer;
  if (!isJson(answer)) {
    // A stream that was kept for its idempotency key.
    const kept: Promise<void>[] = [];
    const stream = mapped.face.stream(mapped.body, (whole) => void kept.push(mapped.done(whole)));
    const told = stream.take(utf8.decode(answer.body));
    await Promise.all(kept);
    return { ...answer, body: Buffer.from(told) };
  }
  const read = readJsonObject(answer.body);
  if (read.kind === 'fault')
    return errorOf(mapped.face, problemAnswer(problemOf(read.why), answer.headers['x-atoma-request-id'] ?? ''));
  const told = mapped.face.answer(mapped.body, read.json);
  await mapped.done(told);
  return { ...answer, body: bytesOf(told) };
};

const countPaths: Readonly<Record<string, string>> = {
  '/v1/responses/input_tokens': '/v1/responses',
  '/v1/messages/count_tokens': '/v1/messages',
};

/** Paths that {@link withFaces} answers. */
export const facePaths: readonly string[] = [...Object.keys(faceRoles), ...Object.keys(countPaths)];

/** Puts the faces in front of the handler of chat completions; other requests are its own. */
export const withFaces = (context: ServeContext, work: Handler): Handler => {
  const tenantOf = async (request: ClientRequest): Promise<Checked<string>> => {
    const key = await context.keys.authorize(request.header, request.address);
    return key.kind === 'problem' ? key : ok(key.value.tenant);
  };
  const isPaid = (request: ClientRequest): boolean => context.payments !== undefined && isUnnamed(request);

  const count = async (request: ClientRequest, endpoint: string, face: Face): Promise<HttpAnswer> => {
    const tenant = await tenantOf(request);
    const read = tenant.kind === 'problem' ? tenant : await request.readBody(tenant.value);
    const mapped =
      read.kind === 'problem' || tenant.kind === 'problem'
        ? read
        : await map(context, tenant.value, endpoint, face, read.value.bytes);
    if (mapped.kind === 'problem') return errorOf(face, problemAnswer(mapped, ''));
    const { chat } = mapped.value as Mapped;
    const body = bytesOf(face.count(await countTokens(chat)));
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  };

  return async (request) => {
    const counted = countPaths[request.endpoint];
    const face = faceOf(counted ?? request.endpoint);
    if (!face) return work(request);
    if (counted !== undefined) return count(request, counted, face);
    let mapped: Mapped | undefined;
    const readBody = async (tenant: string): Promise<Checked<ReadBody>> => {
      const read = await request.readBody(tenant);
      if (read.kind === 'problem') return read;
      const whose = isPaid(request) ? NOBODY : tenant;
      const found = await map(context, whose, request.endpoint, face, read.value.bytes);
      if (found.kind === 'problem') return found;
      mapped = found.value;
      return ok({ bytes: bytesOf(mapped.chat), json: mapped.chat });
    };
    const answer = await work({ ...request, endpoint: CHAT, readBody });
    if (!mapped) return errorOf(face, answer);
    const sealed = answer.headers[CONFIDENTIAL] !== undefined;
    return answerOf(sealed ? { ...mapped, done: async () => undefined } : mapped, answer);
  };
};
