/**
 * What natives charge, in internal units, from Sui's protocol configuration (`*_cost_base`, `*_per_byte`). Natives
 * without an own entry charge {@link nativeCosts.base}.
 */
export const nativeCosts = {
  /** object, transfer, dynamic field, event and id natives. */
  base: 52,
  perByte: 2,
  txContext: 30,
  blake2b: { base: 10, perByte: 10, perBlock: 2, blockBytes: 128 },
  sha: { base: 52, perByte: 2 },
  hmac: { base: 52, perByte: 2 },
  ed25519: { base: 1_802, perByte: 2 },
  ecdsa: { base: 500, perByte: 2 },
  ecvrf: { base: 4_848, perByte: 2 },
} as const;
