/** Level 2: opens what only this process can read, and seals what it answers. */
import { discreetError, isAtomaError } from '@atoma/base';
import {
  blindContentHash,
  createAnswerSealer,
  type FrameType,
  type InnerRequest,
  openSealedRequest,
  type RequestSecrets,
  SEALED_TYPE,
  sealedKid,
  toBase64,
} from '@atoma/sdk';
import type { NodeContext } from '../context.ts';
import type { RefusalRecord, StoredResponse } from '../store/types.ts';
import type { Authenticated } from './authenticate.ts';
import { type Checked, ok, problem } from './problem.ts';
import { type Product, type ProductWork, productContent, productWork } from './produce.ts';

/** Text that is ready goes out together at this pace, so that the rhythm of an engine is not told, ms. */
const TICK_MS = 100;

/** An opened request: what it says, and what its answer is sealed with. */
export interface Opened {
  readonly inner: InnerRequest;
  readonly secrets: RequestSecrets;
}

/** Opens the body of a stack of level 2; null: the stack is of another level. What fails is told in fixed words, in clear. */
export const openWork = ({ confidential }: NodeContext, auth: Authenticated): Checked<Opened | null> => {
  const { stack, body, envelope, signature } = auth;
  const kid = auth.contentType.toLowerCase() === SEALED_TYPE ? sealedKid(body) : undefined;
  if (stack.level !== 2)
    return auth.contentType.toLowerCase() === SEALED_TYPE
      ? problem('unsupported_media', { param: 'content-type' })
      : ok(null);
  if (!confidential) return problem('confidential_channel_unavailable');
  if (!kid) return problem('sealed_body_required');
  const closed = confidential.closed();
  if (closed !== undefined) return problem(closed === 'expired' ? 'evidence_expired' : 'channel_not_ready');
  const own = confidential.find(kid);
  if (!own) return problem('channel_key_gone');
  try {
    return ok(openSealedRequest(own, signature.address, envelope, body));
  } catch (error) {
    if (isAtomaError(error, 'WIRE_SEALED')) return problem('sealed_body_malformed');
    throw error;
  }
};

/** What a failure may say where logs are read: of a sealed request not its text, which may quote the prompt. */
export const faultOf = (auth: Authenticated, error: unknown): Readonly<Record<string, unknown>> =>
  auth.stack.level === 2 ? { fault: discreetError(error) } : { err: error };

/** The work behind a product; of a sealed request its hash is blinded, and no steps are kept. */
export const workOf = (opened: Opened | null, product: Product): ProductWork =>
  opened ? { workHash: blindContentHash(opened.secrets, productContent(product)), work: null } : productWork(product);

/** The answer to one attempt at a sealed request. */
export interface SealedOutput {
  /** Seals the head of a stream. */
  readonly begin: (contentType: string) => void;
  /** Text of a stream; it goes out with the next tick. */
  readonly append: (text: string) => void;
  /** A frame that says nothing: the stream still lives. */
  readonly keepAlive: () => void;
  /**
   * Seals the end, with a whole answer before it unless a stream has begun; gives all bytes. Readers get them by
   * {@link SealedOutput.release}. `signature` is that of both keys.
   */
  readonly receipt: (whole: StoredResponse | null, receipt: Uint8Array, signature: Uint8Array) => StoredResponse;
  /**
   * The same for an error with its refusal; the record's text becomes the sealed bytes. After a receipt that could not be stored it is
   * another attempt, under keys of its own.
   */
  readonly problem: (refused: RefusalRecord) => RefusalRecord;
  /** Gives readers of a stream what was sealed last. */
  readonly release: () => void;
  readonly stop: () => void;
}

const encoder = new TextEncoder();
const json = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
const PREFIX = `data:${SEALED_TYPE};base64,`;

/** Sealed bytes in the place of an error's JSON; undefined for what is JSON. */
export const sealedProblem = (text: string): Uint8Array | undefined =>
  text.startsWith(PREFIX) ? Buffer.from(text.slice(PREFIX.length), 'base64') : undefined;

/** Starts the output of one attempt; `emit` gets the bytes readers are to get. */
export const createSealedOutput = (secrets: RequestSecrets, emit: (bytes: Uint8Array) => void): SealedOutput => {
  let sealer = createAnswerSealer(secrets);
  let all: Uint8Array[] = [];
  let ended = false;
  let held: Uint8Array | undefined;
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  let begun = false;
  const seal = (type: FrameType, data?: Uint8Array): Uint8Array => {
    const bytes = sealer.frame(type, data);
    all.push(bytes);
    return bytes;
  };
  const stop = (): void => clearTimeout(timer);
  const flush = (): void => {
    stop();
    timer = undefined;
    if (pending === '') return;
    const text = pending;
    pending = '';
    emit(seal('data', encoder.encode(text)));
  };
  const end = (type: 'receipt' | 'problem', data: unknown): Uint8Array => {
    if (begun) flush();
    held = seal(type, json(data));
    ended = true;
    return Buffer.concat(all);
  };
  const startAnew = (): void => {
    sealer = createAnswerSealer(secrets);
    all = [];
    begun = false;
  };
  return {
    begin: (contentType) => {
      begun = true;
      emit(seal('head', json({ status: 200, content_type: contentType })));
    },
    append: (text) => {
      pending += text;
      timer ??= setTimeout(flush, TICK_MS);
    },
    keepAlive: () => {
      if (!ended) emit(seal('padding'));
    },
    receipt: (whole, receipt, signature) => {
      if (whole) {
        seal('head', json({ status: whole.status, content_type: whole.contentType }));
        seal('data', whole.body);
      }
      const body = end('receipt', {
        receipt: toBase64(receipt),
        signature: toBase64(signature),
      });
      return { status: 200, contentType: SEALED_TYPE, streamed: false, body };
    },
    problem: (refused) => {
      if (ended) startAnew();
      if (!begun) seal('head', json({ status: refused.status, content_type: 'application/json' }));
      const body = end('problem', {
        status: refused.status,
        problem: JSON.parse(refused.problem),
        refusal: toBase64(refused.refusal),
        signature: toBase64(refused.signature),
      });
      return { ...refused, problem: PREFIX + toBase64(body) };
    },
    release: () => {
      if (held) emit(held);
      held = undefined;
    },
    stop,
  };
};
