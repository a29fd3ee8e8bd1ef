/**
 * The list of inputs a settlement names on chain (T), and the leaves that stand for what is wrong with them. H is BLAKE2b-256.
 *
 *   entry j  = BCS{request_hash, u64 units, Option<vector<u64>> cut, blind_j}
 *   blind_j  = H(0x0a || salt_j || work_hash_j), 32 secret bytes of salt
 *   T        = H(0x0b || entry_0 || entry_1 || ...)
 *
 * Where a trace of the work is shown (its tokens, and a sketch of its values), blind_j = H(0x0d || H(0x0a || salt_j || work_hash_j) ||
 * H(trace_j)), so that T binds the trace too.
 *
 * Whoever checks rows gets every byte bound by T: entry -> request_hash -> envelope -> body hash, and the blind of each row that
 * it need not repeat. So anybody may pass the bytes on, and nothing else counts as input.
 */
import { blake2b256, fromHex, openBlake2b256 } from '@atoma/base';
import { bcs } from '@mysten/bcs';
import { createHashIndex } from '../values/hash-index.ts';
import { u64le } from './hashes.ts';

const [BLIND, LIST, MALFORMED, TRACED] = [0x0a, 0x0b, 0x0c, 0x0d].map((tag) => Uint8Array.of(tag)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const [RECEIPT_LEAF, FAULT_LEAF] = [Uint8Array.of(0x05), Uint8Array.of(0x09)];
const ACCUSATION = Uint8Array.of(0x04);

/** Most rows of a list. */
export const MAX_INPUT_ROWS = 2 ** 20;

/** Most choices of a request: 128 prompts, 16 choices each. */
const MAX_CHOICES = 2_048;

/** One row as the list names it. */
export interface InputEntry {
  /** 32 bytes. */
  readonly requestHash: Uint8Array;
  readonly units: bigint;
  /** Units produced per choice where the client cut the answer short. */
  readonly cut: readonly number[] | null;
  /** 32 bytes. */
  readonly blind: Uint8Array;
}

const hash = bcs.bytes(32);
const EntryBcs = bcs.struct('InputEntry', {
  request_hash: hash,
  units: bcs.u64(),
  cut: bcs.option(bcs.vector(bcs.u64())),
  blind: hash,
});

/** Bytes of an entry without a cut: the encoder's usual room of 1,024 costs more to clear than the rest. */
const room = { initialSize: 73 };

/** BCS of an entry. */
export const encodeInputEntry = ({ requestHash, units, cut, blind }: InputEntry): Uint8Array =>
  EntryBcs.serialize({ request_hash: requestHash, units, cut: cut?.map(BigInt), blind }, room).toBytes();

/** Computes T row by row. */
export interface InputsHash {
  readonly add: (entry: InputEntry) => void;
  /** T; nothing can be added afterwards. */
  readonly finish: () => Uint8Array;
}

/** Starts a list. */
export const openInputsHash = async (): Promise<InputsHash> => {
  const stream = await openBlake2b256();
  stream.update(LIST);
  return { add: (entry) => stream.update(encodeInputEntry(entry)), finish: () => stream.digest() };
};

/** blind = H(0x0a || salt || work_hash). */
export const blindOf = (salt: Uint8Array, workHash: Uint8Array): Uint8Array => blake2b256(BLIND, salt, workHash);

/** blind = H(0x0d || blind without trace || trace hash). 32 bytes each. */
export const tracedBlind = (blind: Uint8Array, traceHash: Uint8Array): Uint8Array =>
  blake2b256(TRACED, blind, traceHash);

/** Why a list is malformed, row by row. */
export interface ListCheck {
  readonly add: (entry: Pick<InputEntry, 'requestHash' | 'units' | 'cut'>) => void;
  /** The first fault; null: there is none. */
  readonly finish: () => string | null;
}

/**
 * Why nobody has to work on a list that gives T: its units are not the claimed ones, a row is empty or above `rowCap`, a request
 * stands in it twice, a row is cut in more choices than a request can have, or it is too long. `cap` in units.
 */
export const openListCheck = (claimed: bigint, cap: bigint): ListCheck => {
  const seen = createHashIndex();
  let [sum, fault] = [0n, null as string | null];
  const faultOf = ({ requestHash, units, cut }: Parameters<ListCheck['add']>[0]): string | null => {
    const row = seen.size();
    if (units <= 0n) return `row ${row} has no units`;
    if (units > cap) return `row ${row} has more than ${cap} units`;
    if (cut && cut.length > MAX_CHOICES) return `row ${row} is cut in more than ${MAX_CHOICES} choices`;
    if (seen.add(requestHash) < row) return `row ${row} is of a request that stands there already`;
    sum += units;
    return seen.size() > MAX_INPUT_ROWS ? 'it is too long' : null;
  };
  return {
    add: (entry) => {
      fault ??= faultOf(entry);
    },
    finish: () => fault ?? (sum === claimed ? null : `its units are ${sum}, not ${claimed}`),
  };
};

/** {@link openListCheck} of a list that is there. */
export const listFault = (
  entries: Iterable<Parameters<ListCheck['add']>[0]>,
  claimed: bigint,
  cap: bigint,
): string | null => {
  const check = openListCheck(claimed, cap);
  for (const entry of entries) check.add(entry);
  return check.finish();
};

/** M of everybody who finds the list malformed: H(0x0c || T). */
export const malformedRoot = (inputs: Uint8Array): Uint8Array => blake2b256(MALFORMED, inputs);

/** Leaf of a row whose node signed another result than the check, or than the list where the row is not checked. */
export const receiptLeaf = (
  index: number,
  receipt: { readonly requestHash: Uint8Array; readonly contentHash: Uint8Array; readonly units: bigint },
): Uint8Array =>
  blake2b256(RECEIPT_LEAF, u64le(BigInt(index)), receipt.requestHash, receipt.contentHash, u64le(receipt.units));

/** Leaf of a row whose bytes show by themselves that it can never have been owed. */
export const faultLeaf = (index: number): Uint8Array => blake2b256(FAULT_LEAF, u64le(BigInt(index)));

const rowsBcs = bcs.vector(bcs.u64());

/** What {@link accusation} commits to. */
export interface AccusationContent {
  /** The committed stack proof as the challenger computed it; null: it could not obtain the inputs, or does not know. */
  readonly proof: Uint8Array | null;
  /** Address of the challenger; of an attester, its node's owner. */
  readonly challenger: string;
  /** Rows named in the dispute. */
  readonly rows?: readonly (bigint | number)[];
}

/** H(0x04 || own root or zeros || challenger || H(bcs rows)): nobody else gains by sending it. */
export const accusation = ({ proof, challenger, rows = [] }: AccusationContent): Uint8Array =>
  blake2b256(
    ACCUSATION,
    proof ?? new Uint8Array(32),
    fromHex(challenger.replace(/^0x/, '').padStart(64, '0')) as Uint8Array,
    blake2b256(rowsBcs.serialize(rows.map(BigInt)).toBytes()),
  );
