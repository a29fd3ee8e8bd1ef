/** Sealed requests as a buyer of level 2 makes them, with every step open to a test. */
import {
  type AnswerOpener,
  type Atoma,
  channelKeyLayout,
  channelKid,
  createAnswerOpener,
  type Frame,
  fromBase64,
  type InnerRequest,
  SEALED_TYPE,
  type SealedSignedRequest,
  signSealedRequest,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import type { ServingFixture } from './serving-fixture.ts';

/** A key a request can be sealed to. */
export interface SealTo {
  readonly kid: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** The newest channel key a node shows. */
export const shownKey = async (url: string): Promise<SealTo> => {
  const json = (await (await fetch(`${url}/v1/evidence`)).json()) as { channel_keys: { record: string }[] };
  const record = fromBase64(json.channel_keys[0]?.record ?? '') as Uint8Array;
  return { kid: channelKid(record), publicKey: channelKeyLayout.decode(record).key };
};

/** A node, and the buyer that asks it. */
export type Asked = Pick<ServingFixture, 'chainId' | 'packageId' | 'nodeId' | 'url'> & {
  readonly buyer: Pick<Atoma, 'signer'>;
};

/** Seals a request for a stack of the fixture. */
export const sealFor = async (
  node: Asked,
  stack: bigint,
  value: object,
  change: Partial<Parameters<typeof signSealedRequest>[0]> & { readonly inner?: InnerRequest } = {},
): Promise<SealedSignedRequest> => {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return signSealedRequest({
    chainId: node.chainId,
    packageId: node.packageId,
    stack,
    node: node.nodeId,
    signer: node.buyer.signer as Signer,
    endpoint: '/v1/chat/completions',
    model: 'atoma/demo-chat',
    maxUnits: 1_024n,
    inner: { contentType: 'application/json', body },
    ...(change.kid === undefined ? await shownKey(node.url) : {}),
    ...change,
  } as Parameters<typeof signSealedRequest>[0]);
};

/** Sends it, as it is or changed. */
export const sendSealed = (
  node: Pick<ServingFixture, 'url'>,
  request: Pick<SealedSignedRequest, 'headers' | 'body' | 'envelope'>,
  init: { readonly contentType?: string; readonly signal?: AbortSignal } = {},
): Promise<Response> =>
  fetch(node.url + request.envelope.endpoint, {
    method: 'POST',
    headers: { 'content-type': init.contentType ?? SEALED_TYPE, ...request.headers },
    body: request.body as Uint8Array<ArrayBuffer>,
    ...(init.signal ? { signal: init.signal } : {}),
  });

/** A whole sealed answer, opened. */
export interface OpenedAnswer {
  readonly bytes: Uint8Array;
  readonly head: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly end: Frame | undefined;
  readonly ended: boolean;
}

const decoder = new TextDecoder();

/** Opens all bytes of an answer. Throws `WIRE_SEALED`. */
export const openBytes = (request: Pick<SealedSignedRequest, 'secrets'>, bytes: Uint8Array): OpenedAnswer => {
  const opener: AnswerOpener = createAnswerOpener(request.secrets);
  const frames = opener.push(bytes);
  const [head] = frames;
  return {
    bytes,
    head: JSON.parse(decoder.decode(head?.data)) as Record<string, unknown>,
    text: frames
      .filter(({ type }) => type === 'data')
      .map(({ data }) => decoder.decode(data))
      .join(''),
    end: frames.find(({ type }) => type === 'receipt' || type === 'problem'),
    ended: opener.ended(),
  };
};

/** Seals, sends, reads to the end and opens. */
export const askSealed = async (
  node: Asked,
  stack: bigint,
  value: object,
  change: Parameters<typeof sealFor>[3] = {},
): Promise<OpenedAnswer> => {
  const request = await sealFor(node, stack, value, change);
  const response = await sendSealed(node, request);
  return openBytes(request, new Uint8Array(await response.arrayBuffer()));
};
