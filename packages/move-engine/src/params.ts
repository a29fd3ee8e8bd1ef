/**
 * Every number the engine takes from Sui: cost table version 5 with gas model 15 and the limits of protocol
 * configurations 121 to 140. Internal units: 1,000 to a gas unit.
 */

/** Steps of a piecewise-linear cost: [first quantity that is above the tier before, units per one]. */
export type Tiers = readonly (readonly [above: number, units: number])[];

/** Units per instruction by the number of instructions executed. */
export const instructionTiers: Tiers = [
  [0, 1],
  [20_000, 2],
  [50_000, 10],
  [100_000, 50],
  [200_000, 100],
  [10_000_000, 1_000],
];

/** Units per byte pushed by the number of bytes pushed. */
export const sizeTiers: Tiers = [
  [0, 1],
  [100_000, 2],
  [500_000, 5],
  [1_000_000, 100],
  [100_000_000, 1_000],
];

/** Abstract sizes of values in bytes (`abstract_memory_size`); a vector of numbers counts its raw bytes instead. */
export const sizes = { small: 8, u128: 16, u256: 32, address: 32, aggregate: 2, reference: 8 } as const;

/**
 * Bytes that instructions push whatever their operands: literals, casts, arithmetic, comparisons and lengths one (every
 * primitive type has base size 1), packed structs and variants two, packed vectors eight.
 */
export const pushed = { primitive: 1, pack: 2, vectorPack: 8 } as const;

/** After so many calls of natives their cost counts as executed instructions (`native_function_threshold_exceeded`). */
export const nativeCallThreshold = 700;

/** Limits on one execution. */
export const executionLimits = {
  /** Frames: 1,024 below the running one. */
  callDepth: 1_025,
  vectorLength: 262_144,
  /** Depth of a type's fields, checked where a value is made. */
  valueDepth: 128,
  /** `max_type_to_layout_nodes`: types in the whole layout of a type, and variants of its enums. */
  layoutNodes: 512,
  /** Nodes of a list of run-time type arguments, those of the function that makes it and one more. */
  typeNodes: 128,
  events: 1_024,
  /** Abstract sizes of an event and its tag, and of all of a transaction. */
  eventBytes: 256_000,
  totalEventBytes: 65_536_000,
  /** Ids created, deleted or transferred, each. */
  ids: 2_048,
  /** Dynamic-field objects loaded or stored. */
  children: 1_000,
  /** `max_scratch_pad_size`: values kept for the length of a transaction. */
  scratchEntries: 16_384,
  objectBytes: 256_000,
} as const;

/** Limits on a module. */
export const binaryLimits = {
  identifierBytes: 128,
  /** Types in a signature. */
  signatureTypes: 255,
  signatureDepth: 20,
  /** Of a type in a module; a datatype or type parameter counts four. */
  typeNodes: 256,
  functions: 1_000,
  datatypes: 200,
  fields: 32,
  variants: 127,
  parameters: 128,
  typeParameters: 32,
  blocks: 1_024,
  loopDepth: 5,
  stackHeight: 1_024,
  /** Values that the instructions of a block push. */
  pushes: 10_000,
  locals: 255,
} as const;

/** Rows a table of a module may have, by its kind (`binary_*` of the protocol's configuration). */
export const tableRows: Readonly<Record<number, number>> = {
  1: 100, // module handles
  2: 300, // datatype handles
  3: 1_500, // function handles
  4: 750, // function instantiations
  5: 1_000, // signatures
  6: 4_000, // constants
  7: 10_000, // identifiers
  8: 100, // addresses
  10: 200, // structs
  11: 100, // struct instantiations
  12: 1_000, // functions
  13: 500, // field handles
  14: 250, // field instantiations
  15: 100, // friends
  19: 1_024, // variant handles
  20: 1_024, // variant instantiations
};

/** Limits on what the verifier looks at. */
export const verifierLimits = {
  /** Work on a function, a module and a package, each: `max_meter_ticks_per_package` and its like. */
  ticks: 16_000_000,
  /** Jumps back in a function and in a module, each. */
  backEdges: 10_000,
} as const;

/** Ids of objects made outside any transaction: system state, clock, authenticator state, random, coin and display registry, deny list, accumulator root. */
export const systemObjects: readonly string[] = ['5', '6', '7', '8', 'c', 'd', '403', 'acc'];

/** Packages that may declare natives: std, sui, sui-system, bridge, deepbook. */
export const systemPackages: readonly string[] = ['1', '2', '3', 'b', 'dee9'];
