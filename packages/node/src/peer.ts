/** Whether another daemon already serves for this node. */
import { toHex } from '@atoma/base';
import { addressLayout, equalBytes, fromBase64, parseSignature, randomId, verifyPersonalMessage } from '@atoma/sdk';
import type { Identity } from './context.ts';
import { nodeError } from './errors.ts';
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
  const json = (await response.json()) as { instance?: string; proof?: string; signature?: string };
  const proofBytes = fromBase64(json.proof ?? '') as Uint8Array;
  const parsed = parseSignature(fromBase64(json.signature ?? '') as Uint8Array);
  const proof = addressLayout.decode(proofBytes);
  const genuine =
    proof.node === identity.node &&
    equalBytes(proof.nonce, nonce) &&
    equalBytes(proof.packageId, identity.packageId) &&
    parsed.address === identity.signer.address &&
    (await verifyPersonalMessage(proofBytes, parsed));
  return genuine ? json.instance : undefined;
};

/** Throws `NODE_OTHER_INSTANCE` when a daemon with another database answers at the announced address. */
export const checkPeer = async (url: string, identity: Identity, allowPrivate: boolean): Promise<void> => {
  if (url === '') return;
  const other = await askInstance(url, identity, allowPrivate).catch(() => undefined);
  if (other !== undefined && other !== identity.instance) throw nodeError('OTHER_INSTANCE', { url, other });
};
