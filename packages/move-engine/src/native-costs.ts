/**
 * What natives charge, in internal units, from Sui's protocol configuration (`*_cost_base`, `*_cost_per_byte`). Bytes of a
 * type are those of its BCS type tag. Natives without an own entry charge `base`.
 */
export const nativeCosts = {
  /** object, transfer, address, type and id natives. */
  base: 52,
  perByte: 2,
  /** Getters of TxContext. */
  txContext: 30,
  /** Dynamic fields: every call, and per byte of value or type. */
  field: { base: 100, perByte: 2, perBorrowedByte: 10 },
  event: { base: 52, perValueByte: 2, perTagByte: 5, perOutputByte: 10 },
  scratch: { base: 13, perByteRead: 1 },
  originalPackageId: { base: 52, perByte: 15 },
  blake2b: { base: 10, perByte: 2, perBlock: 2, blockBytes: 128 },
  keccak: { base: 10, perByte: 2 },
  sha: { base: 52, perByte: 2 },
  hmac: { base: 52, perByte: 2 },
  ed25519: { base: 1_802, perByte: 2 },
  ecvrf: { base: 4_848, perByte: 2 },
  decompress: 52,
  recover: { ecdsa_k1: 500, ecdsa_r1: 1_173 },
  verify: { ecdsa_k1: 1_470, ecdsa_r1: 4_225 },
} as const;
