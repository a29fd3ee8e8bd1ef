import type { Address } from '@atoma/move-engine';
import { ledgerError } from '../ledger-errors.ts';
import type { FundsWrite, StoredObject } from '../types.ts';
import { newWriter, putBytes, putU64, written } from './bcs-writer.ts';
import type { ObjectInput } from './checks.ts';
import { coinTypeOfBalance } from './funds.ts';
import { fieldId, SYSTEM, U64_TAG } from './genesis.ts';
import { failWith } from './ptb/failure.ts';
import type { TransactionData } from './transaction-data.ts';
import { coinTypeOf, GAS_COIN_TYPE, GAS_TYPE, parseTypeTag, putTypeTag, type TypeTag } from './type-tag.ts';
import type { NewObject } from './view.ts';

/** Deny lists of regulated coins (`sui::deny_list`), applied as Sui does in `sui-types/src/deny_list_v{1,2}.rs`. */

/** Looks up a live object. */
export type Find = (id: Address) => StoredObject | undefined;

/** `0x2::deny_list` keeps coins under this number. */
const COIN_INDEX = 0;

const tagOf = (text: string): Uint8Array => {
  const w = newWriter(128);
  putTypeTag(w, parseTypeTag(text) as TypeTag);
  return written(w);
};

const ADDRESS_KEY = tagOf('0x2::deny_list::AddressKey');
const PAUSE_KEY = tagOf('0x2::deny_list::GlobalPauseKey');
const WRAPPED_CONFIG_KEY = tagOf('0x2::dynamic_object_field::Wrapper<0x2::deny_list::ConfigKey>');
const ADDRESS_TAG = tagOf('address');
const BYTES_TAG = tagOf('vector<u8>');

/** Name of a coin type in the lists: long addresses without 0x. */
const listedName = (coinType: string): string => coinType.replace(/\b0x(?=[0-9a-f]{64}::)/g, '');

/** Coin type of an object that can be regulated: SUI cannot. */
const coinIn = (object: { readonly type: string }): string | undefined => {
  if (object.type === GAS_COIN_TYPE) return undefined;
  const coinType = coinTypeOf(object.type);
  return coinType === undefined ? undefined : listedName(coinType);
};

const u64 = (value: number): Uint8Array => {
  const w = newWriter(8);
  putU64(w, value);
  return written(w);
};

/** Bytes of a field's value: behind its id and its name. */
const fieldValue = (field: StoredObject | undefined, name: Uint8Array): Buffer | undefined =>
  field && Buffer.from(field.contents).subarray(32 + name.length);

/** Id of the settings of one coin type, second form; undefined while there are none. */
const configOf = (find: Find, coinType: string): Address | undefined => {
  const w = newWriter(160);
  putU64(w, COIN_INDEX);
  putBytes(w, Buffer.from(coinType, 'utf8'));
  const name = written(w);
  return fieldValue(find(fieldId(SYSTEM.denyList, name, WRAPPED_CONFIG_KEY)), name)?.toString('hex', 0, 32);
};

interface Option {
  readonly value: boolean | undefined;
  readonly next: number;
}

const optionAt = (bytes: Buffer, at: number): Option =>
  bytes[at] === 0 ? { value: undefined, next: at + 1 } : { value: bytes[at + 1] === 1, next: at + 2 };

/**
 * `Setting { data: Option<SettingData { newer_value_epoch, newer_value, older_value_opt }> }`: the newer value from the
 * epoch after the one it was set in, and always without an epoch.
 */
const isSet = (
  find: Find,
  config: Address,
  name: Uint8Array,
  keyTag: Uint8Array,
  epoch: number | undefined,
): boolean => {
  const setting = fieldValue(find(fieldId(config, name, keyTag)), name);
  if (!setting || setting[0] === 0) return false;
  const newer = optionAt(setting, 9);
  const isNewer = epoch === undefined || BigInt(epoch) > setting.readBigUInt64LE(1);
  return (isNewer ? newer.value : optionAt(setting, newer.next).value) === true;
};

const isPaused = (find: Find, config: Address, epoch?: number): boolean =>
  isSet(find, config, Uint8Array.of(0), PAUSE_KEY, epoch);

const isDenied = (find: Find, config: Address, address: Address, epoch?: number): boolean =>
  isSet(find, config, Buffer.from(address, 'hex'), ADDRESS_KEY, epoch);

/** Tables of the first form: `PerTypeList { id, denied_count: Table, denied_addresses: Table }` in the bag of the list. */
const firstForm = (find: Find): { readonly counts: Address; readonly addresses: Address } | undefined => {
  const root = find(SYSTEM.denyList);
  const bag = root && Buffer.from(root.contents).toString('hex', 32, 64);
  const name = u64(COIN_INDEX);
  const list = bag === undefined ? undefined : fieldValue(find(fieldId(bag, name, U64_TAG)), name);
  return list && { counts: list.toString('hex', 32, 64), addresses: list.toString('hex', 72, 104) };
};

const uleb = (bytes: Buffer): { readonly value: number; readonly next: number } => {
  let [value, at] = [0, 0];
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] as number;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next: at };
  }
};

/** Whether the first form denies an address a coin type. */
const isDeniedFirst = (find: Find, address: Address, coinTypes: readonly string[]): string | undefined => {
  const list = firstForm(find);
  const key = Buffer.from(address, 'hex');
  if (!list || !find(fieldId(list.counts, key, ADDRESS_TAG))) return undefined;
  return coinTypes.find((coinType) => {
    const w = newWriter(128);
    putBytes(w, Buffer.from(coinType, 'utf8'));
    const name = written(w);
    const set = fieldValue(find(fieldId(list.addresses, name, BYTES_TAG)), name);
    if (!set) return false;
    const { value: count, next } = uleb(set);
    return Array.from({ length: count }, (_, i) => next + 32 * i).some((at) => set.subarray(at, at + 32).equals(key));
  });
};

const sortedUnique = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

/** Coin types other than SUI that a transaction may take from somebody: of its coins and its withdrawals. */
const coinTypesUsed = (data: TransactionData, inputs: readonly (ObjectInput | undefined)[]): string[] => {
  const withdrawn = data.inputs.flatMap((input) =>
    input.kind === 'withdrawal' && input.coinType !== GAS_TYPE ? [listedName(input.coinType)] : [],
  );
  return sortedUnique([...withdrawn, ...inputs.flatMap((input) => (input ? (coinIn(input.object) ?? []) : []))]);
};

/** Refuses a transaction whose sender may not use a coin it names; what was set in this epoch counts already. */
export const checkDenied = (data: TransactionData, inputs: readonly (ObjectInput | undefined)[], find: Find): void => {
  const { sender } = data;
  const coinTypes = coinTypesUsed(data, inputs);
  if (coinTypes.length === 0) return;
  const address = `0x${sender}`;
  const first = isDeniedFirst(find, sender, coinTypes);
  if (first !== undefined) throw ledgerError('COIN_DENIED', { address, coinType: first });
  for (const coinType of coinTypes) {
    const config = configOf(find, coinType);
    if (config === undefined) continue;
    if (isPaused(find, config)) throw ledgerError('COIN_PAUSED', { coinType });
    if (isDenied(find, config, sender)) throw ledgerError('COIN_DENIED', { address, coinType });
  }
};

/** Whose coins and funds other than SUI a transaction writes: owners by coin type, both sorted. */
export const coinOwners = (
  objects: Iterable<NewObject>,
  funds: readonly FundsWrite[],
): ReadonlyMap<string, readonly Address[]> => {
  const found = new Map<string, Set<Address>>();
  const add = (coinType: string, owner: Address): void => {
    found.set(coinType, (found.get(coinType) ?? new Set()).add(owner));
  };
  for (const object of objects) {
    const { owner } = object;
    const coinType = owner.kind === 'address' || owner.kind === 'consensus' ? coinIn(object) : undefined;
    if (coinType !== undefined) add(coinType, (owner as { address: Address }).address);
  }
  for (const { owner, type } of funds) {
    const coinType = coinTypeOfBalance(type);
    if (coinType !== GAS_TYPE) add(listedName(coinType), owner);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, owners]) => [type, [...owners].sort()]));
};

/** Fails a transaction that gives a coin to somebody who may not have it in this epoch. `find` sees the state before it. */
export const checkReceivers = (owners: ReturnType<typeof coinOwners>, epoch: number, find: Find): void => {
  for (const [coinType, addresses] of owners) {
    const config = configOf(find, coinType);
    if (config === undefined) continue;
    if (isPaused(find, config, epoch))
      failWith({ CoinTypeGlobalPause: { coinType } }, `Coin type is globally paused for use: ${coinType}.`, undefined);
    for (const owner of addresses)
      if (isDenied(find, config, owner, epoch))
        failWith(
          { AddressDeniedForCoin: { address: `0x${owner}`, coinType } },
          `Address 0x${owner} is denied for coin ${coinType}.`,
          undefined,
        );
  }
};
