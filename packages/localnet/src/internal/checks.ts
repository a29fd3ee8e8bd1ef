import type { Address } from '@atoma/move-engine';
import { ledgerError } from '../ledger-errors.ts';
import {
  MAX_ARGUMENTS,
  MAX_COMMANDS,
  MAX_GAS_COINS,
  MAX_GAS_PRICE,
  MAX_INPUT_OBJECTS,
  MAX_MODULES,
  MAX_PACKAGE_DEPENDENCIES,
  MAX_PUBLISHES,
  MAX_PURE_BYTES,
  MAX_TRANSACTION_GAS,
  MAX_TYPE_ARGUMENTS,
  MIN_COMPUTATION_UNITS,
  REFERENCE_GAS_PRICE,
} from '../params.ts';
import type { Protocol } from '../protocol.ts';
import type { Digest, StoredObject } from '../types.ts';
import { SYSTEM } from './genesis.ts';
import { packagesInType } from './ptb/load.ts';
import { argumentsOf } from './ptb/plan.ts';
import type { CallInput, Command, Expiration, ObjectReference, TransactionData } from './transaction-data.ts';
import { GAS_COIN_TYPE, typeNodes } from './type-tag.ts';

/** What the checks look things up in. */
export interface CheckView {
  readonly object: (id: Address) => StoredObject | undefined;
  readonly hasPackage: (id: Address) => boolean;
  /** One version of an object, live or not. */
  readonly version: (id: Address, version: number) => StoredObject | undefined;
  /** Whether a transaction of this epoch received the object at this version. */
  readonly received: (id: Address, version: number) => boolean;
  /** A shared object that ended in this epoch: as it was last, at the version at which it ended. */
  readonly ended: (id: Address, initialVersion: number) => StoredObject | undefined;
}

/** An object input after the checks. */
export interface ObjectInput {
  readonly object: StoredObject;
  readonly use: 'owned' | 'immutable' | 'shared' | 'sharedMutable' | 'receiving' | 'ended' | 'endedMutable';
}

/** Whether an input names what is there no more. */
export const isEnded = ({ use }: ObjectInput): boolean => use === 'ended' || use === 'endedMutable';

const hex = (id: Address): string => `0x${id}`;
const hexVersion = (version: number): string => `0x${version.toString(16)}`;

const limit = (name: string, value: number, most: number): void => {
  if (value > most) throw ledgerError('SIZE_LIMIT', { limit: name, value: `${value}, at most ${most}` });
};

/** Most of Sui's limits are compared with `<`: the number itself is refused (`validity_check` in `sui-types/src/transaction.rs`). */
const below = (name: string, value: number, bound: number): void => limit(name, value, bound - 1);

/** Arguments of a command that count: all of a call; of others the list, without the coin or recipient beside it. */
const counted = (command: Command): number => {
  const beside = command.kind === 'transfer' || command.kind === 'split' || command.kind === 'merge' ? 1 : 0;
  return argumentsOf(command).length - beside;
};

const checkCommand = (command: Command, index: number): void => {
  const empty = (what: string) => ledgerError('EMPTY_COMMAND', { command: index, what });
  below('arguments of one command', counted(command), MAX_ARGUMENTS);
  const nodes = typesOf(command).reduce((sum, type) => sum + typeNodes(type), 0);
  below('type arguments of one command with the types in them', nodes, MAX_TYPE_ARGUMENTS);
  if (command.kind === 'publish' || command.kind === 'upgrade') {
    below('modules of one command', command.modules.length, MAX_MODULES);
    below('dependencies of one command', command.dependencies.length, MAX_PACKAGE_DEPENDENCIES);
  }
  if (command.kind === 'transfer' && command.objects.length === 0) throw empty('objects');
  if (command.kind === 'split' && command.amounts.length === 0) throw empty('amounts');
  if (command.kind === 'merge' && command.sources.length === 0) throw empty('source coins');
  if (command.kind === 'vector' && command.elements.length === 0 && command.type === undefined) throw empty('type');
  if ((command.kind === 'publish' || command.kind === 'upgrade') && command.modules.length === 0)
    throw empty('modules');
};

/** Limits on the shape of a transaction, before anything is looked up. */
export const checkShape = (data: TransactionData, { refusesArgumentIndices }: Protocol): void => {
  below('commands', data.commands.length, MAX_COMMANDS);
  const objects = data.inputs.filter((input) => input.kind !== 'pure' && input.kind !== 'withdrawal');
  limit('input objects with packages', objects.length + packagesNamed(data.commands).size, MAX_INPUT_OBJECTS);
  const publishes = data.commands.filter((command) => command.kind === 'publish' || command.kind === 'upgrade');
  limit('publish and upgrade commands', publishes.length, MAX_PUBLISHES);
  for (const input of data.inputs)
    if (input.kind === 'pure') below('bytes of a pure input', input.bytes.length, MAX_PURE_BYTES);
  data.commands.forEach(checkCommand);
  if (refusesArgumentIndices) checkIndices(data);
  checkRandomness(data);
};

/** Arguments name inputs there are, and results of commands before. */
const checkIndices = ({ inputs, commands }: TransactionData): void => {
  commands.forEach((command, at) => {
    argumentsOf(command).forEach((argument, position) => {
      if (argument.kind === 'gas') return;
      if (argument.index >= (argument.kind === 'input' ? inputs.length : at))
        throw ledgerError('ARGUMENT_INDEX', { index: argument.index, command: at, argument: position });
    });
  });
};

/** After the first command that takes the randomness, only TransferObjects and MergeCoins may follow. */
const checkRandomness = (data: TransactionData): void => {
  const random = data.inputs.findIndex((input) => input.kind === 'shared' && input.id === SYSTEM.random);
  if (random < 0) return;
  let seen = false;
  data.commands.forEach((command, index) => {
    if (seen && command.kind !== 'transfer' && command.kind !== 'merge')
      throw ledgerError('AFTER_RANDOM', { command: index });
    seen ||= argumentsOf(command).some((argument) => argument.kind === 'input' && argument.index === random);
  });
};

/** Requires that the transaction is valid in this epoch and at this time (ms, the checkpoint's). */
export const checkExpiration = (expiration: Expiration, epoch: number, timeMs: number, chainId: Digest): void => {
  if (expiration.kind === 'epoch' && BigInt(epoch) > expiration.epoch) throw ledgerError('EXPIRED');
  if (expiration.kind !== 'range') return;
  if (expiration.chain !== chainId) throw ledgerError('WRONG_CHAIN', { given: expiration.chain, expected: chainId });
  const { minEpoch, maxEpoch, minTimestampMs, maxTimestampMs } = expiration;
  if (minTimestampMs !== undefined && BigInt(timeMs) < minTimestampMs) throw ledgerError('EXPIRED');
  if (maxTimestampMs !== undefined && BigInt(timeMs) > maxTimestampMs) throw ledgerError('EXPIRED');
  if (minEpoch !== undefined && BigInt(epoch) < minEpoch) throw ledgerError('EXPIRED');
  if (maxEpoch !== undefined && BigInt(epoch) > maxEpoch) throw ledgerError('EXPIRED');
};

/** Requires a price and budget within bounds. */
export const checkGasData = ({ price, budget }: TransactionData['gas']): void => {
  const reference = BigInt(REFERENCE_GAS_PRICE);
  if (price < reference) throw ledgerError('GAS_PRICE_TOO_LOW', { price, reference });
  if (price >= MAX_GAS_PRICE) throw ledgerError('GAS_PRICE_TOO_HIGH', { max: MAX_GAS_PRICE });
  if (budget > MAX_TRANSACTION_GAS) throw ledgerError('GAS_BUDGET_TOO_HIGH', { budget, max: MAX_TRANSACTION_GAS });
  const min = MIN_COMPUTATION_UNITS * price;
  if (budget < min) throw ledgerError('GAS_BUDGET_TOO_LOW', { budget, min });
};

const balanceOf = (coin: StoredObject): bigint => Buffer.from(coin.contents).readBigUInt64LE(32);

/** Gas coins of a transaction, checked: SUI coins of the gas owner at their live versions, worth the budget together. */
export const checkGasCoins = (gas: TransactionData['gas'], view: CheckView): readonly StoredObject[] => {
  limit('gas coins', gas.payment.length, MAX_GAS_COINS);
  const coins = gas.payment.map((reference) => {
    const coin = liveAt(reference, view);
    if (coin.owner.kind !== 'address' || coin.type !== GAS_COIN_TYPE)
      throw ledgerError('GAS_OBJECT_INVALID', { object: hex(coin.id) });
    ownedBy(coin, gas.owner);
    return coin;
  });
  const balance = coins.reduce((sum, coin) => sum + balanceOf(coin), 0n);
  if (balance < gas.budget) throw ledgerError('GAS_BALANCE_TOO_LOW', { balance, needed: gas.budget });
  return coins;
};

const existing = (id: Address, version: string, view: CheckView): StoredObject => {
  const object = view.object(id);
  if (!object) throw ledgerError('OBJECT_NOT_FOUND', { object: hex(id), version });
  if (object.type === 'package') throw ledgerError('OBJECT_IS_PACKAGE', { object: hex(id) });
  return object;
};

/** The live object at exactly the version and digest given. */
const liveAt = ({ id, version, digest }: ObjectReference, view: CheckView): StoredObject => {
  const object = existing(id, `Some(${hexVersion(version)})`, view);
  if (object.owner.kind === 'object')
    throw ledgerError('OBJECT_IS_CHILD', { object: hex(id), parent: hex(object.owner.parent) });
  if (object.owner.kind === 'shared' || object.owner.kind === 'consensus')
    throw ledgerError('OBJECT_NOT_OWNED', { object: hex(id) });
  if (object.version !== version)
    throw ledgerError('OBJECT_VERSION', {
      object: hex(id),
      version: hexVersion(version),
      current: hexVersion(object.version),
    });
  if (object.digest !== digest) throw ledgerError('OBJECT_DIGEST', { object: hex(id), expected: object.digest });
  return object;
};

const ownedBy = (object: StoredObject, signer: Address): void => {
  const { owner } = object;
  if ((owner.kind === 'address' || owner.kind === 'consensus') && owner.address !== signer)
    throw ledgerError('OBJECT_OWNER', {
      object: hex(object.id),
      owner: hex(owner.address),
      signer: hex(signer),
    });
};

const SYSTEM_READ_ONLY: ReadonlySet<Address> = new Set([SYSTEM.clock, SYSTEM.random, SYSTEM.state]);

/**
 * What was deleted, wrapped or given to an address in this epoch: the transaction goes on, and fails for it. Later it is as
 * if it never was.
 */
const endedInput = (input: CallInput & { kind: 'shared' }, view: CheckView): ObjectInput | undefined => {
  const owner = view.object(input.id)?.owner;
  if (owner?.kind === 'shared' || owner?.kind === 'consensus') return undefined;
  const object = view.ended(input.id, input.initialVersion);
  return object && { object, use: input.mutable ? 'endedMutable' : 'ended' };
};

const checkShared = (input: CallInput & { kind: 'shared' }, sender: Address, view: CheckView): ObjectInput => {
  const gone = endedInput(input, view);
  if (gone) return gone;
  const object = existing(input.id, 'None', view);
  const { owner } = object;
  if (owner.kind !== 'shared' && owner.kind !== 'consensus')
    throw ledgerError('OBJECT_NOT_SHARED', { object: hex(input.id) });
  const expected = owner.kind === 'shared' ? owner.initialVersion : owner.startVersion;
  if (expected !== input.initialVersion)
    throw ledgerError('SHARED_VERSION', { object: hex(input.id), given: input.initialVersion, expected });
  ownedBy(object, sender);
  if (input.mutable && SYSTEM_READ_ONLY.has(input.id))
    throw ledgerError('SYSTEM_OBJECT_MUTABLE', { object: hex(input.id) });
  return { object, use: input.mutable ? 'sharedMutable' : 'shared' };
};

/** What was received before goes on, and fails when it is received again. */
const checkReceiving = (reference: ObjectReference, view: CheckView): ObjectInput => {
  const { id, version } = reference;
  const before = view.object(id)?.version === version ? undefined : view.version(id, version);
  if (before?.digest === reference.digest && view.received(id, version)) return { object: before, use: 'receiving' };
  const object = liveAt(reference, view);
  if (object.owner.kind !== 'address') throw ledgerError('OBJECT_NOT_OWNED', { object: hex(object.id) });
  return { object, use: 'receiving' };
};

const checkInput = (input: CallInput, sender: Address | undefined, view: CheckView): ObjectInput | undefined => {
  if (input.kind === 'pure' || input.kind === 'withdrawal') return undefined;
  if (sender === undefined) return inspected(input, view);
  if (input.kind === 'shared') return checkShared(input, sender, view);
  if (input.kind === 'receiving') return checkReceiving(input.reference, view);
  const object = liveAt(input.reference, view);
  if (object.owner.kind === 'immutable') return { object, use: 'immutable' };
  ownedBy(object, sender);
  return { object, use: 'owned' };
};

/** Dev-inspect takes any version of an object, whoever owns it, and what is shared by whoever it is owned by. */
const inspected = (input: Exclude<CallInput, { kind: 'pure' | 'withdrawal' }>, view: CheckView): ObjectInput => {
  if (input.kind === 'shared') {
    if (input.mutable && SYSTEM_READ_ONLY.has(input.id))
      throw ledgerError('SYSTEM_OBJECT_MUTABLE', { object: hex(input.id) });
    const object = existing(input.id, 'None', view);
    if (object.owner.kind !== 'shared' && object.owner.kind !== 'consensus')
      throw ledgerError('OBJECT_NOT_SHARED', { object: hex(input.id) });
    return { object, use: input.mutable ? 'sharedMutable' : 'shared' };
  }
  const { id, version } = input.reference;
  const object = view.version(id, version) ?? existing(id, `Some(${hexVersion(version)})`, view);
  if (input.kind === 'receiving') return { object, use: 'receiving' };
  return { object, use: object.owner.kind === 'immutable' ? 'immutable' : 'owned' };
};

/** Object inputs of a transaction, checked. Without `sender` anybody's objects may be named (dev-inspect). */
export const checkInputs = (
  data: TransactionData,
  sender: Address | undefined,
  view: CheckView,
): readonly (ObjectInput | undefined)[] => {
  const seen = new Set<Address>();
  const once = (id: Address): void => {
    if (seen.has(id)) throw ledgerError('DUPLICATE_INPUT', { object: hex(id) });
    seen.add(id);
  };
  for (const input of data.inputs)
    if (input.kind === 'shared') once(input.id);
    else if (input.kind === 'owned' || input.kind === 'receiving') once(input.reference.id);
  for (const coin of data.gas.payment) once(coin.id);
  for (const id of packagesNamed(data.commands)) {
    if (view.hasPackage(id)) continue;
    throw view.object(id)
      ? ledgerError('OBJECT_AS_PACKAGE', { object: hex(id) })
      : ledgerError('PACKAGE_NOT_FOUND', { package: hex(id) });
  }
  return data.inputs.map((input) => checkInput(input, sender, view));
};

/** Types a command names. */
const typesOf = (command: Command): readonly string[] => {
  if (command.kind === 'call') return command.typeArguments;
  return command.kind === 'vector' && command.type !== undefined ? [command.type] : [];
};

/** Packages that commands name: called, linked to, upgraded, or those of types. */
export const packagesNamed = (commands: readonly Command[]): ReadonlySet<Address> => {
  const ids = new Set<Address>();
  for (const command of commands) {
    if (command.kind === 'call' || command.kind === 'upgrade') ids.add(command.package);
    if (command.kind === 'publish' || command.kind === 'upgrade') for (const id of command.dependencies) ids.add(id);
    for (const type of typesOf(command)) for (const id of packagesInType(type)) ids.add(id);
  }
  return ids;
};
