/**
 * What natives charge, in internal units, from Sui's protocol configuration 140 (`*_cost_base`, `*_cost_per_byte`, ...). Nodes of
 * a type are its parts (`Field<u64, u64>` has three); bytes of a tag and of a value are their abstract sizes. Natives
 * without an own entry charge `base`.
 */
export const nativeCosts = {
  /** object, transfer, address, type and id natives. */
  base: 52,
  perByte: 2,
  /** Getters of TxContext; making an id costs `base`. */
  txContext: 30,
  bcs: { base: 0, perByte: 2, leastBytes: 1, failed: 52 },
  /** Ranges of vectors, for every element moved or dropped. */
  range: { base: 52, perMoved: 8, perDropped: 1 },
  /** Dynamic fields, call by call. */
  hashKey: { base: 52, perNode: 2, perValueByte: 2, perTagByte: 2 },
  addField: { base: 52, perNode: 10, perValueByte: 1, perTagByte: 10 },
  /** Borrowing and removing charge the value, or a reference to it, one unit a byte. */
  borrowField: { base: 52, perNode: 10 },
  removeField: { base: 52, perNode: 2 },
  hasFieldOfType: { base: 52, perNode: 2, perTagByte: 2 },
  receive: { base: 52, perNode: 2, perValueByte: 1 },
  witness: { base: 52, perNode: 2, perTagByte: 2 },
  uidFromHash: 1,
  readSetting: { base: 100, perByte: 40 },
  event: { base: 52, perValueByte: 2, perTagByte: 5, perOutputByte: 10, authenticated: 52 },
  scratch: { base: 13, perByteRead: 1, perNode: 1 },
  originalPackageId: { base: 52, perByte: 15 },
  /** Hashes and signatures charge for every block of their input too. */
  blake2b: { base: 10, perByte: 2, perBlock: 2, blockBytes: 128 },
  keccak: { base: 10, perByte: 2, perBlock: 2, blockBytes: 136 },
  sha: { base: 52, perByte: 2, leastBytes: 1 },
  /** Key and message together, by bytes and blocks. */
  hmac: { base: 52, perByte: 2, perBlock: 2, blockBytes: 136 },
  ed25519: { base: 1_802, perByte: 2, perBlock: 2, blockBytes: 128 },
  ecvrf: { base: 4_848, perByte: 2, perBlock: 2, blockBytes: 128 },
  blsMinSig: { base: 44_064, perByte: 2, perBlock: 2, blockBytes: 64 },
  blsMinPk: { base: 49_282, perByte: 2, perBlock: 2, blockBytes: 64 },
  poseidon: { base: 260, perBlock: 388 },
  /** A document parsed, then proven by its certificates. */
  nitro: { parse: 2_650, perByte: 50, verify: 2_481_600, perCertificate: 2_618_450 },
  /** `sui::group_ops`: elements decoded and encoded included; by the group's number there (see `natives/groups.ts`). */
  groups: {
    validate: { 0: 7, 1: 2_848, 2: 3_770, 5: 7, 6: 200 },
    add: { 0: 10, 1: 1_556, 2: 3_048, 3: 188, 5: 10, 6: 500 },
    sub: { 0: 10, 1: 1_550, 2: 3_019, 3: 497, 5: 10, 6: 500 },
    mul: { 0: 11, 1: 4_842, 2: 9_108, 3: 27_490, 5: 11, 6: 1_200 },
    div: { 0: 91, 1: 5_091, 2: 9_206, 3: 27_804, 5: 151, 6: 2_500 },
    hashTo: { 1: 2_962, 2: 8_688 },
    hashPerByte: 2,
    /** Sums of products: `base`, and for each of the additions the usual method takes. */
    products: { 1: { base: 62_648, perAddition: 1_333 }, 2: { base: 131_192, perAddition: 3_216 } },
    pairing: 26_897,
    toUncompressed: 2_099,
    fromUncompressed: 677,
    sum: { base: 77, perTerm: 26 },
  },
  /** By the curve's number in `sui::groth16`: BLS12-381, BN254. */
  groth16: {
    prepare: [53_838, 82_010],
    verify: [72_090, 115_502],
    perInput: [8_213, 9_484],
    perInputByte: 2,
  },
  decompress: 52,
  /** Arguments that are refused before any work. */
  invalidArguments: 100,
  recover: { ecdsa_k1: 500, ecdsa_r1: 1_173 },
  verify: { ecdsa_k1: 1_470, ecdsa_r1: 4_225 },
  /** Blocks of Keccak-256 and SHA-256 in the ecdsa natives, by the number of the hash. */
  ecdsaBlockBytes: [136, 64],
} as const;
