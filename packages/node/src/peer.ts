/** Whether another daemon already serves for this node. */
import { toHex } from '@atoma/base';
import {
  addressLayout,
  equalBytes,
  fromBase64,
  parseSignature,
  randomId,
  record,
  text,
  verifyPersonalMessage,
} from '@atoma/sdk';
import type { Identity } from './context.ts';
import { nodeError } from './node-errors.ts';
import { checkNodeUrl } from './settle/outgoing.ts';

const TIMEOUT_MS = 3_000;

/** The instance that answers at the address and proves to hold this node's key; undefined when none does. */
const askInstance = async (url: string, identity: Identity, allowPrivate: boolean): Promise<string | undefined> => {
  const nonce = randomId();
  const base = checkNodeUrl(url, allowPrivate);
  const response = await fetch(`${base.href.replace(/\/$/, '')}/v1/node?nonce=${toHex(nonce)}`, {
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const json = record(await response.json());
  const [proofBytes, signature] = [fromBase64(text(json.proof)), fromBase64(text(json.signature))];
  if (!proofBytes || !signature) return undefined;
  const parsed = parseSignature(signature);
  const proof = addressLayout.decode(proofBytes);
  const genuine =
    proof.node === identity.node &&
    equalBytes(proof.nonce, nonce) &&
    equalBytes(proof.packageId, identity.packageId) &&
    parsed.address === identity.signer.address &&
    (await verifyPersonalMessage(proofBytes, parsed));
  return genuine && typeof json.instance === 'string' ? json.instance : undefined;
};

/** Throws `NODE_OTHER_INSTANCE` when a daemon with another database answers at the announced address. */
export const checkPeer = async (url: string, identity: Identity, allowPrivate: boolean): Promise<void> => {
  if (url === '') return;
  const other = await askInstance(url, identity, allowPrivate).catch(() => undefined);
  if (other !== undefined && other !== identity.instance) throw nodeError('OTHER_INSTANCE', { url, other });
};
