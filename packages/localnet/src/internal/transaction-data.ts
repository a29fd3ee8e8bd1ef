import type { Address } from '@atoma/move-engine';
import { ledgerError } from '../ledger-errors.ts';
import type { Digest } from '../types.ts';
import {
  expectEnd,
  getAddress,
  getBool,
  getBytes,
  getLength,
  getList,
  getOption,
  getSmallU64,
  getU16,
  getU32,
  getU64,
  isBcsFault,
  newReader,
  type Reader,
  refuse,
} from './bcs-reader.ts';
import { getDigest } from './digests.ts';
import { getIdentifier, getTypeTag, typeTagText } from './type-tag.ts';

/** An object by id, version and digest. */
export interface ObjectReference {
  readonly id: Address;
  readonly version: number;
  readonly digest: Digest;
}

/** An input of a programmable transaction. */
export type CallInput =
  | { readonly kind: 'pure'; readonly bytes: Uint8Array }
  | { readonly kind: 'owned'; readonly reference: ObjectReference }
  | { readonly kind: 'shared'; readonly id: Address; readonly initialVersion: number; readonly mutable: boolean }
  | { readonly kind: 'receiving'; readonly reference: ObjectReference }
  | FundsWithdrawal;

/** The right to take up to `amount` out of what the sender or the gas owner has of a coin type without objects. */
export interface FundsWithdrawal {
  readonly kind: 'withdrawal';
  readonly amount: bigint;
  /** Canonical text of the tag as sent. */
  readonly coinType: string;
  readonly from: 'sender' | 'sponsor';
}

/** Where a command takes a value from. */
export type Argument =
  | { readonly kind: 'gas' }
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'result'; readonly index: number }
  | { readonly kind: 'nested'; readonly index: number; readonly sub: number };

/** A command of a programmable transaction. Types are canonical text of the tag as sent, not yet resolved. */
export type Command =
  | {
      readonly kind: 'call';
      readonly package: Address;
      readonly module: string;
      readonly function: string;
      readonly typeArguments: readonly string[];
      readonly arguments: readonly Argument[];
    }
  | { readonly kind: 'transfer'; readonly objects: readonly Argument[]; readonly address: Argument }
  | { readonly kind: 'split'; readonly coin: Argument; readonly amounts: readonly Argument[] }
  | { readonly kind: 'merge'; readonly destination: Argument; readonly sources: readonly Argument[] }
  | { readonly kind: 'vector'; readonly type: string | undefined; readonly elements: readonly Argument[] }
  | { readonly kind: 'publish'; readonly modules: readonly Uint8Array[]; readonly dependencies: readonly Address[] }
  | {
      readonly kind: 'upgrade';
      readonly modules: readonly Uint8Array[];
      readonly dependencies: readonly Address[];
      readonly package: Address;
      readonly ticket: Argument;
    };

/** When a transaction stops being valid. */
export type Expiration =
  | { readonly kind: 'none' }
  | { readonly kind: 'epoch'; readonly epoch: bigint }
  | {
      readonly kind: 'range';
      readonly minEpoch: bigint | undefined;
      readonly maxEpoch: bigint | undefined;
      readonly minTimestampMs: bigint | undefined;
      readonly maxTimestampMs: bigint | undefined;
      readonly chain: Digest;
    };

/** A programmable transaction as decoded from BCS. */
export interface TransactionData {
  readonly inputs: readonly CallInput[];
  readonly commands: readonly Command[];
  readonly sender: Address;
  readonly gas: {
    readonly payment: readonly ObjectReference[];
    readonly owner: Address;
    /** MIST per gas unit. */
    readonly price: bigint;
    /** MIST. */
    readonly budget: bigint;
  };
  readonly expiration: Expiration;
}

const getReference = (r: Reader): ObjectReference => ({
  id: getAddress(r),
  version: getSmallU64(r),
  digest: getDigest(r),
});

const getSharedInput = (r: Reader): CallInput => {
  const id = getAddress(r);
  const initialVersion = getSmallU64(r);
  return { kind: 'shared', id, initialVersion, mutable: getBool(r) };
};

const getWithdrawal = (r: Reader): FundsWithdrawal => {
  if (getLength(r) !== 0) refuse('a withdrawal has another reservation than an amount');
  const amount = getU64(r);
  if (getLength(r) !== 0) refuse('a withdrawal is of another type than a balance');
  const coinType = typeTagText(getTypeTag(r));
  const from = getLength(r);
  if (from === 2) throw ledgerError('UNSUPPORTED', { feature: 'withdrawals from allowances' });
  if (from > 1) refuse(`${from} is no source of a withdrawal`);
  return { kind: 'withdrawal', amount, coinType, from: from === 0 ? 'sender' : 'sponsor' };
};

const getInput = (r: Reader): CallInput => {
  const variant = getLength(r);
  if (variant === 0) return { kind: 'pure', bytes: getBytes(r) };
  if (variant === 2) return getWithdrawal(r);
  if (variant !== 1) return refuse(`${variant} is no kind of input`);
  const kind = getLength(r);
  if (kind === 0) return { kind: 'owned', reference: getReference(r) };
  if (kind === 1) return getSharedInput(r);
  return kind === 2 ? { kind: 'receiving', reference: getReference(r) } : refuse(`${kind} is no kind of object input`);
};

const getArgument = (r: Reader): Argument => {
  const variant = getLength(r);
  if (variant === 0) return { kind: 'gas' };
  if (variant === 1) return { kind: 'input', index: getU16(r) };
  if (variant === 2) return { kind: 'result', index: getU16(r) };
  if (variant === 3) return { kind: 'nested', index: getU16(r), sub: getU16(r) };
  return refuse(`${variant} is no kind of argument`);
};

const getArguments = (r: Reader): Argument[] => getList(r, getArgument);
const getTypeText = (r: Reader): string => typeTagText(getTypeTag(r));

/** Readers of the commands by their variant number in Sui's `Command`. Fields are read in the order they are written here. */
const COMMANDS: readonly ((r: Reader) => Command)[] = [
  (r) => ({
    kind: 'call',
    package: getAddress(r),
    module: getIdentifier(r),
    function: getIdentifier(r),
    typeArguments: getList(r, getTypeText),
    arguments: getArguments(r),
  }),
  (r) => ({ kind: 'transfer', objects: getArguments(r), address: getArgument(r) }),
  (r) => ({ kind: 'split', coin: getArgument(r), amounts: getArguments(r) }),
  (r) => ({ kind: 'merge', destination: getArgument(r), sources: getArguments(r) }),
  (r) => ({ kind: 'publish', modules: getList(r, getBytes), dependencies: getList(r, getAddress) }),
  (r) => ({ kind: 'vector', type: getOption(r, getTypeText), elements: getArguments(r) }),
  (r) => ({
    kind: 'upgrade',
    modules: getList(r, getBytes),
    dependencies: getList(r, getAddress),
    package: getAddress(r),
    ticket: getArgument(r),
  }),
];

const getCommand = (r: Reader): Command => {
  const variant = getLength(r);
  const read = COMMANDS[variant];
  return read ? read(r) : refuse(`${variant} is no kind of command`);
};

const getGas = (r: Reader): TransactionData['gas'] => ({
  payment: getList(r, getReference),
  owner: getAddress(r),
  price: getU64(r),
  budget: getU64(r),
});

const getRange = (r: Reader): Expiration => {
  const [minEpoch, maxEpoch] = [getOption(r, getU64), getOption(r, getU64)];
  const [minTimestampMs, maxTimestampMs] = [getOption(r, getU64), getOption(r, getU64)];
  const chain = getDigest(r);
  getU32(r); // nonce: only makes digests differ
  return { kind: 'range', minEpoch, maxEpoch, minTimestampMs, maxTimestampMs, chain };
};

const skipProposers = (r: Reader): void => {
  getU64(r);
  if (getList(r, getU32).length === 0) refuse('the list of allowed proposers is empty');
};

const getExpiration = (r: Reader): Expiration => {
  const variant = getLength(r);
  if (variant === 0) return { kind: 'none' };
  if (variant === 1) return { kind: 'epoch', epoch: getU64(r) };
  if (variant !== 2 && variant !== 3) return refuse(`${variant} is no kind of expiration`);
  const range = getRange(r);
  if (variant === 3) getOption(r, skipProposers);
  return range;
};

const getTransactionData = (r: Reader): TransactionData => {
  if (getLength(r) !== 0) refuse('only version 1 of TransactionData is known');
  const kind = getLength(r);
  if (kind > 10) refuse(`${kind} is no kind of transaction`);
  if (kind !== 0) throw ledgerError('UNSUPPORTED', { feature: 'system transactions from outside' });
  const inputs = getList(r, getInput);
  const commands = getList(r, getCommand);
  return { inputs, commands, sender: getAddress(r), gas: getGas(r), expiration: getExpiration(r) };
};

/** Decodes the BCS of a `TransactionData` holding a programmable transaction; throws LEDGER_BAD_TRANSACTION. */
export const decodeTransaction = (bytes: Uint8Array): TransactionData => {
  const reader = newReader(bytes);
  try {
    const data = getTransactionData(reader);
    expectEnd(reader);
    return data;
  } catch (thrown) {
    if (isBcsFault(thrown)) throw ledgerError('BAD_TRANSACTION', { reason: thrown.bcsFault });
    throw thrown;
  }
};

/** Reads a value no larger than the reader's bytes or reports why not; used for signatures and stored records alike. */
export const tryRead = <Value>(
  bytes: Uint8Array,
  read: (r: Reader) => Value,
): Value | { readonly bcsFault: string } => {
  const reader = newReader(bytes);
  try {
    const value = read(reader);
    expectEnd(reader);
    return value;
  } catch (thrown) {
    if (isBcsFault(thrown)) return thrown;
    throw thrown;
  }
};
