/** A `fetch` that signs requests to one node for one stack and verifies every answer, for any OpenAI client. */

import { blake2b256 } from '@atoma/base';
import type { Signer } from '@mysten/sui/cryptography';
import { orderedId } from '../values/random-id.ts';
import { answerContent, collectStream } from './answer-content.ts';
import type { Content } from './content.ts';
import { fromBase64, headerNames, RECEIPT_EVENT, toBase64 } from './headers.ts';
import { record } from './json.ts';
import { type Envelope, envelopeLayout, type Receipt } from './messages.ts';
import type { RequestSecrets, SealRequestParameters, UnsealedEnvelope } from './sealed/inner.ts';
import { sealRequest } from './sealed/request.ts';
import { signMessage } from './signature.ts';
import { createSseByteReader, type SseBlock } from './sse.ts';
import { promptUpperBound } from './units.ts';
import { type SignedBytes, verifyReceipt } from './verify-answer.ts';
import { wireError } from './wire-errors.ts';

/** What {@link createSigningFetch} needs. */
export interface SigningFetchParameters {
  /** Digest of the genesis checkpoint, 32 bytes. */
  readonly chainId: Uint8Array;
  /** First-published id of the market package, 32 bytes. */
  readonly packageId: Uint8Array;
  readonly stack: bigint;
  readonly node: bigint;
  /** Holder of the stack. */
  readonly signer: Signer;
  /** Addresses the node's receipts may be signed by. */
  readonly nodeAddresses: readonly string[];
  /** Most units a request may cost. Default: the upper bound of its prompt and 4,096 more per choice. */
  readonly maxUnits?: (body: Readonly<Record<string, unknown>>) => bigint;
  /** ms since 1970. Default: the clock of this machine. */
  readonly now?: () => number;
  readonly fetch?: typeof fetch;
  /** Called with every verified receipt. */
  readonly onReceipt?: (receipt: Receipt, signed: SignedBytes) => void;
}

const defaultMaxUnits = (body: Readonly<Record<string, unknown>>): bigint => {
  const asked = Number(body.max_completion_tokens ?? body.max_tokens ?? 4096);
  return promptUpperBound(body) + BigInt(asked) * BigInt(Number(body.n ?? 1));
};

/** A signed request, ready to be sent as often as needed: a retry re-sends the identical envelope. */
export interface SignedRequest {
  readonly envelope: Envelope;
  readonly envelopeBytes: Uint8Array;
  readonly signature: Uint8Array;
  /** The two headers. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What {@link signRequest} signs. */
export interface SignRequestParameters
  extends Pick<SigningFetchParameters, 'chainId' | 'packageId' | 'stack' | 'node' | 'signer'> {
  readonly endpoint: string;
  readonly model: string;
  readonly body: Uint8Array;
  readonly maxUnits: bigint;
  readonly timestampMs?: number;
  /** 16 bytes, unique for the stack. Default: the clock and random bytes. */
  readonly requestId?: Uint8Array;
}

/** An envelope up to its hash of the body. */
const unsealed = (p: Omit<SignRequestParameters, 'body'>): UnsealedEnvelope => ({
  chainId: p.chainId,
  packageId: p.packageId,
  stack: p.stack,
  node: p.node,
  endpoint: p.endpoint,
  model: p.model,
  requestId: p.requestId ?? orderedId(),
  timestampMs: BigInt(p.timestampMs ?? Date.now()),
  maxUnits: p.maxUnits,
});

/** Builds and signs the envelope of a request. */
export const signRequest = (p: SignRequestParameters): Promise<SignedRequest> =>
  signEnvelope(p.signer, { ...unsealed(p), bodyHash: blake2b256(p.body) });

/** A request whose body only the environment behind a channel key can read. */
export interface SealedSignedRequest extends SignedRequest {
  /** What is sent. */
  readonly body: Uint8Array;
  readonly secrets: RequestSecrets;
}

/** Seals a body for its envelope, then signs the envelope over what was sealed. */
export const signSealedRequest = async (
  p: Omit<SignRequestParameters, 'body'> & Pick<SealRequestParameters, 'kid' | 'publicKey' | 'inner'>,
): Promise<SealedSignedRequest> => {
  const envelope = unsealed(p);
  const { kid, publicKey, inner } = p;
  const { body, secrets } = sealRequest({ kid, publicKey, inner, envelope, signer: p.signer.toSuiAddress() });
  return { ...(await signEnvelope(p.signer, { ...envelope, bodyHash: blake2b256(body) })), body, secrets };
};

const signEnvelope = async (signer: Signer, envelope: Envelope): Promise<SignedRequest> => {
  const envelopeBytes = envelopeLayout.encode(envelope);
  const signature = await signMessage(signer, envelopeBytes);
  return {
    envelope,
    envelopeBytes,
    signature,
    headers: { [headerNames.envelope]: toBase64(envelopeBytes), [headerNames.signature]: toBase64(signature) },
  };
};

const bytesFrom = (value: unknown): Uint8Array | undefined =>
  typeof value === 'string' ? fromBase64(value) : undefined;

const decodePair = (receipt: unknown, signature: unknown, digest: unknown): SignedBytes => {
  const [bytes, signed, work] = [bytesFrom(receipt), bytesFrom(signature), bytesFrom(digest)];
  if (!bytes || !signed) throw wireError('RECEIPT', { requestId: 'unknown', why: 'the answer carries none' });
  return { bytes, signature: signed, ...(work ? { work } : {}) };
};

/** Passes a stream on without its receipt event and verifies the receipt before the stream ends. */
const verifiedStream = (
  body: ReadableStream<Uint8Array>,
  check: (content: Content, receipt: SignedBytes) => Promise<unknown>,
  endpoint: string,
): ReadableStream<Uint8Array> => {
  const read = createSseByteReader();
  const encoder = new TextEncoder();
  const collector = collectStream(endpoint);
  let verified = false;
  const handle = async ({ text, event, data }: SseBlock): Promise<string> => {
    if (event === RECEIPT_EVENT) {
      const { receipt, signature, work } = record(JSON.parse(data));
      await check(collector.content(), decodePair(receipt, signature, work));
      verified = true;
      return '';
    }
    if (data === '[DONE]' && !verified)
      throw wireError('RECEIPT', { requestId: 'unknown', why: 'the stream ended without one' });
    if (event !== 'error' && data !== '' && data !== '[DONE]') collector.add(JSON.parse(data));
    return `${text}\n\n`;
  };
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      async transform(bytes, controller) {
        for (const block of read(bytes)) {
          const out = await handle(block);
          if (out !== '') controller.enqueue(encoder.encode(out));
        }
      },
    }),
  );
};

/** The model of a multipart form: its field of that name. */
const formModel = async (request: Request): Promise<string> => {
  const model = (await request.formData()).get('model');
  return typeof model === 'string' ? model : '';
};

/** Makes the fetch; give it to `new OpenAI({ baseURL, fetch, maxRetries: 0 })`. */
export const createSigningFetch = (p: SigningFetchParameters): typeof fetch => {
  const send = p.fetch ?? fetch;
  return async (input, init) => {
    const request = new Request(input, init);
    if (request.method !== 'POST') return send(request);
    const endpoint = new URL(request.url).pathname;
    const isJson = (request.headers.get('content-type') ?? '').includes('json');
    const model = isJson ? '' : await formModel(request.clone());
    const body = new Uint8Array(await request.arrayBuffer());
    const json = isJson ? record(JSON.parse(Buffer.from(body).toString('utf8'))) : {};
    const signed = await signRequest({
      ...p,
      endpoint,
      model: isJson ? String(json.model ?? '') : model,
      body,
      maxUnits: (p.maxUnits ?? defaultMaxUnits)(json),
      ...(p.now ? { timestampMs: p.now() } : {}),
    });
    const headers = new Headers(request.headers);
    headers.delete('authorization');
    for (const [name, value] of Object.entries(signed.headers)) headers.set(name, value);
    const response = await send(request.url, { method: 'POST', headers, body, signal: request.signal });
    return response.ok ? verifiedResponse(p, signed, endpoint, response) : response;
  };
};

const verifiedResponse = async (
  p: SigningFetchParameters,
  signed: SignedRequest,
  endpoint: string,
  response: Response,
): Promise<Response> => {
  const check = async (content: Content, receipt: SignedBytes): Promise<void> => {
    const decoded = await verifyReceipt({ ...signed, receipt, nodeAddresses: p.nodeAddresses, content });
    p.onReceipt?.(decoded, receipt);
  };
  const { status, headers } = response;
  if ((headers.get('content-type') ?? '').startsWith('text/event-stream') && response.body) {
    return new Response(verifiedStream(response.body, check, endpoint), { status, headers });
  }
  const body = new Uint8Array(await response.arrayBuffer());
  const pair = decodePair(
    headers.get(headerNames.receipt),
    headers.get(headerNames.receiptSignature),
    headers.get(headerNames.work),
  );
  await check(answerContent(endpoint, body), pair);
  return new Response(body, { status, headers });
};
