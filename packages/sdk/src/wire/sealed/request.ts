/** A sealed request: what only the environment that holds a channel key can read, bound to the envelope around it. */
import { wireError } from '../wire-errors.ts';
import { type HpkeContext, type KeyPair, setupRecipient, setupSender } from './hpke.ts';
import {
  EXPORTS,
  type InnerRequest,
  paddedInner,
  type RequestSecrets,
  readInner,
  type SealRequestParameters,
  sealedBody,
  sealedEnc,
  sealedInfo,
  sealedKid,
  sealedText,
  type UnsealedEnvelope,
} from './inner.ts';

const secretsOf = (context: HpkeContext, enc: Uint8Array, innerHash: Uint8Array): RequestSecrets => ({
  enc,
  answer: context.export(EXPORTS.answer),
  salt: context.export(EXPORTS.salt),
  innerHash,
});

/** Seals a request for one envelope. Every call uses a fresh key: a retry sends the same bytes again. */
export const sealRequest = ({
  kid,
  publicKey,
  signer,
  envelope,
  inner,
}: SealRequestParameters): { readonly body: Uint8Array; readonly secrets: RequestSecrets } => {
  const { enc, context } = setupSender(publicKey, sealedInfo(kid, signer, envelope));
  const { plain, innerHash } = paddedInner(inner);
  return { body: sealedBody(kid, enc, context.seal(plain)), secrets: secretsOf(context, enc, innerHash) };
};

/** Opens a sealed body with the key its kid names. Throws `WIRE_SEALED`. */
export const openSealedRequest = (
  own: KeyPair,
  signer: string,
  envelope: UnsealedEnvelope,
  body: Uint8Array,
): { readonly inner: InnerRequest; readonly secrets: RequestSecrets } => {
  const kid = sealedKid(body);
  if (!kid) throw wireError('SEALED', { why: 'it is too short or of another version' });
  const enc = sealedEnc(body);
  const context = setupRecipient(own, enc, sealedInfo(kid, signer, envelope));
  const { inner, innerHash } = readInner(context.open(sealedText(body)));
  return { inner, secrets: secretsOf(context, enc, innerHash) };
};
