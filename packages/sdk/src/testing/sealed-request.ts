/** A request to be sealed, of which nothing but its size matters. */
import type { SealRequestParameters } from '../wire/sealed/inner.ts';

/** One to a channel key (32 bytes) whose body has so many bytes. */
export const requestOf = (publicKey: Uint8Array, bytes: number): SealRequestParameters => ({
  kid: new Uint8Array(32),
  publicKey,
  signer: `0x${'ab'.repeat(32)}`,
  envelope: {
    chainId: new Uint8Array(32),
    packageId: new Uint8Array(32),
    stack: 1n,
    node: 1n,
    endpoint: '/v1/chat/completions',
    model: 'm',
    requestId: new Uint8Array(16),
    timestampMs: 1n,
    maxUnits: 4n,
  },
  inner: { contentType: 'application/json', body: new Uint8Array(bytes) },
});
