import type { Address, FundsMove, MoveVm } from '@atoma/move-engine';
import { ledgerError } from '../ledger-errors.ts';
import { MAX_RESERVATIONS } from '../params.ts';
import type { FundsWrite, StoredObject } from '../types.ts';
import { newWriter, putAddress, putRaw, written } from './bcs-writer.ts';
import { type Batch, type Executed, objectIn, runSystemTransaction } from './commit.ts';
import { fieldId, SYSTEM } from './genesis.ts';
import { headOf, type LedgerState } from './state.ts';
import type { FundsWithdrawal, TransactionData } from './transaction-data.ts';
import { parseTypeTag, putTypeTag, type StructTag, type TypeTag, typeTagText } from './type-tag.ts';
import type { NewObject } from './view.ts';

/**
 * What addresses own without objects (`sui::funds_accumulator`): one dynamic field of `0xacc` for each address and type,
 * `Field<Key<Balance<T>>, U128> { id, name: Key { address }, value: U128 { value } }`. Transactions say what they add and
 * take; a settlement behind each of them in its checkpoint writes the fields.
 */

const SUI = `0x${'2'.padStart(64, '0')}`;
const AMOUNT = `${SUI}::accumulator::U128`;

const keyType = (balanceType: string): string => `${SUI}::accumulator::Key<${balanceType}>`;

/** Type of the balances of a coin type. */
export const balanceTypeOf = (coinType: string): string => `${SUI}::balance::Balance<${coinType}>`;

/** Coin type of a type of balances. */
export const coinTypeOfBalance = (balanceType: string): string =>
  typeTagText((parseTypeTag(balanceType) as StructTag).typeArguments[0] as TypeTag);

const keyTags = new Map<string, Uint8Array>();

const keyTag = (balanceType: string): Uint8Array => {
  const known = keyTags.get(balanceType);
  if (known) return known;
  const w = newWriter(160);
  putTypeTag(w, parseTypeTag(keyType(balanceType)) as TypeTag);
  const tag = written(w);
  keyTags.set(balanceType, tag);
  return tag;
};

const idOf = (owner: Address, balanceType: string): Address =>
  fieldId(SYSTEM.accumulators, Buffer.from(owner, 'hex'), keyTag(balanceType));

const amountIn = (field: StoredObject | undefined): bigint => {
  if (!field) return 0n;
  const bytes = Buffer.from(field.contents);
  return bytes.readBigUInt64LE(64) + (bytes.readBigUInt64LE(72) << 64n);
};

/** What an address has of a coin type without objects, in base units. */
export const fundsOf = (find: (id: Address) => StoredObject | undefined, owner: Address, coinType: string): bigint =>
  amountIn(find(idOf(owner, balanceTypeOf(coinType))));

/** How the types of the fields that hold funds begin. */
export const FUNDS_FIELD = `${SUI}::dynamic_field::Field<${SUI}::accumulator::Key<`;

/** Coin type of a field that holds funds, by the field's type; undefined for every other type. */
export const coinTypeOfField = (type: string): string | undefined => {
  if (!type.startsWith(FUNDS_FIELD)) return undefined;
  const [key] = (parseTypeTag(type) as StructTag).typeArguments as [StructTag];
  return coinTypeOfBalance(typeTagText(key.typeArguments[0] as TypeTag));
};

/** Who pays a withdrawal. */
export const withdrawalOwner = ({ from }: FundsWithdrawal, data: TransactionData): Address =>
  from === 'sender' ? data.sender : data.gas.owner;

interface Reservation {
  readonly owner: Address;
  readonly coinType: string;
  readonly amount: bigint;
}

const reservationsOf = (data: TransactionData, gasFrom: Address | undefined): readonly Reservation[] => [
  ...data.inputs.flatMap((input) => {
    if (input.kind !== 'withdrawal') return [];
    const owner = withdrawalOwner(input, data);
    if (input.from === 'sponsor' && owner === data.sender) throw ledgerError('WITHDRAWAL_SPONSOR');
    if (input.amount === 0n) throw ledgerError('WITHDRAWAL_ZERO');
    return [{ owner, coinType: input.coinType, amount: input.amount }];
  }),
  ...(gasFrom === undefined ? [] : [{ owner: gasFrom, coinType: `${SUI}::sui::SUI`, amount: data.gas.budget }]),
];

/**
 * Requires that the funds cover the transaction's withdrawals and, when it is paid from somebody's funds, its budget: those of
 * one owner and type together.
 */
export const checkWithdrawals = (
  data: TransactionData,
  gasFrom: Address | undefined,
  find: (id: Address) => StoredObject | undefined,
): void => {
  const reservations = reservationsOf(data, gasFrom);
  if (reservations.length > MAX_RESERVATIONS) throw ledgerError('WITHDRAWALS_TOO_MANY', { most: MAX_RESERVATIONS });
  const reserved = new Map<Address, bigint>();
  for (const { owner, coinType, amount } of reservations) {
    const id = idOf(owner, balanceTypeOf(coinType));
    const total = (reserved.get(id) ?? 0n) + amount;
    reserved.set(id, total);
    const available = amountIn(find(id));
    if (total > available)
      throw ledgerError('WITHDRAWAL_UNCOVERED', { owner: `0x${owner}`, coinType, available, total });
  }
};

const SUI_BALANCE = balanceTypeOf(`${SUI}::sui::SUI`);

/** What adds MIST to somebody's funds, or takes them when negative; nothing for none. */
export const suiMove = (vm: MoveVm, owner: Address, amount: bigint): FundsMove[] =>
  amount === 0n
    ? []
    : [
        {
          accumulator: idOf(owner, SUI_BALANCE),
          operation: amount > 0n ? 'merge' : 'split',
          owner,
          type: vm.resolveType(SUI_BALANCE),
          amount: amount > 0n ? amount : -amount,
        },
      ];

/** Moves of one transaction, netted for each owner and type. */
export const netFunds = (moves: readonly FundsMove[]): FundsWrite[] => {
  if (moves.length === 0) return [];
  const net = new Map<Address, { owner: Address; type: string; sum: bigint }>();
  for (const { accumulator, operation, owner, type, amount } of moves) {
    const entry = net.get(accumulator) ?? { owner, type: type.text, sum: 0n };
    entry.sum += operation === 'merge' ? amount : -amount;
    net.set(accumulator, entry);
  }
  return [...net].map(([id, { owner, type, sum }]) => ({
    id,
    owner,
    type,
    operation: sum < 0n ? 'split' : 'merge',
    amount: sum < 0n ? -sum : sum,
  }));
};

const fieldOf = ({ id, owner, type }: FundsWrite, amount: bigint): NewObject => {
  const w = newWriter(96);
  putAddress(w, id);
  putAddress(w, owner);
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, amount));
  bytes.writeBigUInt64LE(amount >> 64n, 8);
  putRaw(w, bytes);
  return {
    id,
    owner: { kind: 'object', parent: SYSTEM.accumulators },
    type: `${SUI}::dynamic_field::Field<${keyType(type)},${AMOUNT}>`,
    publicTransfer: false,
    contents: written(w),
  };
};

/** Writes what a transaction moved into the fields, by a transaction of the system as on Sui. No Move code runs. */
export const settleFunds = (state: LedgerState, batch: Batch, { effects }: Executed): void => {
  const writes = effects.changedObjects.flatMap(({ output }) =>
    output?.kind === 'funds' && output.write.amount > 0n ? [output.write] : [],
  );
  const root = objectIn(state, batch, SYSTEM.accumulators);
  if (writes.length === 0 || !root) return;
  const objects: NewObject[] = [root];
  const removed: Address[] = [];
  for (const write of writes) {
    const before = amountIn(objectIn(state, batch, write.id));
    const amount = write.operation === 'merge' ? before + write.amount : before - write.amount;
    if (amount === 0n) removed.push(write.id);
    else objects.push(fieldOf(write, amount));
  }
  const { sequence, clock } = headOf(state);
  const kind = { kind: 'settlement', epoch: clock.epoch, checkpoint: sequence + 1, writes } as const;
  runSystemTransaction(state, batch, kind, objects, [], removed);
};
