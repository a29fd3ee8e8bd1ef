/** The key requests are sealed to, as the environment's own key signs it. */
import { blake2b256 } from '@atoma/base';
import { layout, type RecordOf, raw, u64 } from '../layout.ts';

const channelKeyFields = {
  chainId: raw(32),
  packageId: raw(32),
  node: u64,
  /** X25519 public key. */
  key: raw(32),
  /** ms since 1970. */
  notBeforeMs: u64,
  notAfterMs: u64,
} as const;

/** A key requests are sealed to, as the enclave key signs it. */
export type ChannelKeyRecord = RecordOf<typeof channelKeyFields>;

/** `atoma/chankey/v1`. */
export const channelKeyLayout = layout({
  what: 'channel key',
  domain: 'atoma/chankey/v1',
  fields: channelKeyFields,
  rule: ({ notBeforeMs, notAfterMs }) => (notBeforeMs < notAfterMs ? undefined : ['notAfterMs', 'it never holds']),
});

/** kid = H(0x16 || the encoded channel key). */
export const channelKid = (encoded: Uint8Array): Uint8Array => blake2b256(Uint8Array.of(0x16), encoded);
