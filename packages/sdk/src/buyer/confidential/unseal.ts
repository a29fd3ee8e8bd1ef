/** A sealed answer, read as if it had come in clear: head, text, and at its end the receipt or the refusal. */
import { isAtomaError } from '@atoma/base';
import { equalBytes } from '../../values/bytes.ts';
import { fromBase64, headerNames, RECEIPT_EVENT } from '../../wire/headers.ts';
import { record } from '../../wire/json.ts';
import { createAnswerOpener } from '../../wire/sealed/answer.ts';
import type { Frame } from '../../wire/sealed/frame.ts';
import { type RequestSecrets, SEALED_TYPE } from '../../wire/sealed/inner.ts';
import { splitSignature } from '../../wire/sealed/pair.ts';
import type { NodeAnswer } from '../transport/http.ts';
import type { OpenChannel } from './channels.ts';

/** What opens the answer to one sealed request. */
export interface AnswerKeys extends Pick<OpenChannel, 'enclaveKey' | 'kind' | 'label'> {
  readonly secrets: RequestSecrets;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
/** Throws without the text of the frame, which an error of the parser would quote. */
const jsonOf = ({ data }: Frame): Readonly<Record<string, unknown>> => {
  try {
    return record(JSON.parse(Buffer.from(data).toString('utf8')));
  } catch {
    throw new DOMException('a sealed frame is no JSON', 'NetworkError');
  }
};
/** A connection that breaks is met by sending the same bytes again; so is an answer that was cut. */
const incomplete = (): Error => new DOMException('the sealed answer is incomplete', 'NetworkError');

/** Reads frames until there is one. */
async function* framesOf(body: AsyncIterable<Uint8Array>, secrets: RequestSecrets): AsyncGenerator<Frame> {
  const opener = createAnswerOpener(secrets);
  try {
    for await (const bytes of body) yield* opener.push(bytes);
  } catch (error) {
    throw isAtomaError(error, 'WIRE_SEALED') ? new DOMException(error.message, 'NetworkError') : error;
  }
  if (!opener.ended()) throw incomplete();
}

const eventOf = (event: string, json: unknown): Uint8Array =>
  Buffer.from(`event: ${event}\ndata: ${JSON.stringify(json)}\n\n`);

/** What the last frame says, in the place where an answer in clear says it. */
const endOf = (
  frame: Frame,
  streamed: boolean,
  keys: AnswerKeys,
  headers: Map<string, string>,
  distrust: (why: string) => Promise<never>,
): Uint8Array | Promise<never> => {
  const json = jsonOf(frame);
  if (frame.type === 'receipt') {
    const { second } = splitSignature(fromBase64(textOf(json.signature)) ?? new Uint8Array());
    if (!second || !equalBytes(second.enclaveKey, keys.enclaveKey))
      return distrust('its receipt is not signed inside the attested environment');
    if (streamed)
      return Buffer.concat([
        eventOf(RECEIPT_EVENT, { receipt: json.receipt, signature: json.signature }),
        Buffer.from('data: [DONE]\n\n'),
      ]);
    headers.set(headerNames.receipt, textOf(json.receipt)).set(headerNames.receiptSignature, textOf(json.signature));
    return new Uint8Array();
  }
  const problem = record(json.problem);
  if (streamed) return eventOf('error', { ...problem, atoma: { refusal: json.refusal, signature: json.signature } });
  headers.set(headerNames.refusal, textOf(json.refusal)).set(headerNames.refusalSignature, textOf(json.signature));
  return Buffer.from(JSON.stringify(problem));
};

/**
 * Opens an answer. One that is not sealed passes as it is when it is an error: before a request is opened a node can only say in clear what
 * is wrong. `distrust` throws; it is called for a success in clear and for a receipt without the environment's signature.
 */
export const unsealAnswer = async (
  answer: NodeAnswer,
  keys: AnswerKeys,
  distrust: (why: string) => Promise<never>,
): Promise<NodeAnswer> => {
  if (answer.header('content-type') !== SEALED_TYPE)
    return answer.status === 200 ? distrust('it answered a sealed request in clear') : answer;
  const frames = framesOf(answer.body, keys.secrets);
  const first = await frames.next();
  if (first.done) throw incomplete();
  const head = jsonOf(first.value);
  const contentType = textOf(head.content_type);
  const streamed = contentType.startsWith('text/event-stream');
  const headers = new Map([['content-type', contentType]]);
  const requestId = answer.header(headerNames.requestId);
  if (requestId !== undefined) headers.set(headerNames.requestId, requestId);
  async function* body(): AsyncGenerator<Uint8Array> {
    for await (const frame of frames) {
      if (frame.type === 'data') yield frame.data;
      else if (frame.type !== 'padding') {
        const end = await endOf(frame, streamed, keys, headers, distrust);
        if (end.length > 0) yield end;
      }
    }
  }
  const opened = body();
  return {
    status: Number(head.status),
    header: (name) => headers.get(name),
    body: opened,
    bytes: async () => {
      const parts: Uint8Array[] = [];
      for await (const part of opened) parts.push(part);
      return Buffer.concat(parts);
    },
    cancel: answer.cancel,
  };
};
