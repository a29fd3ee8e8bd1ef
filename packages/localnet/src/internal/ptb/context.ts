import type { Address, MovePackage, MoveVm, Session } from '@atoma/move-engine';
import type { Protocol } from '../../protocol.ts';
import type { ObjectInput } from '../checks.ts';
import type { FundsWithdrawal, TransactionData } from '../transaction-data.ts';
import { GAS_COIN_TYPE } from '../type-tag.ts';
import { failWith } from './failure.ts';
import type { Place } from './plan.ts';
import { newCoin } from './values.ts';

/** An input of the transaction. */
export interface InputCell {
  readonly kind: 'pure' | 'receiving' | 'object' | 'withdrawal';
  readonly bytes?: Uint8Array;
  readonly input?: ObjectInput;
  readonly withdrawal?: FundsWithdrawal;
  /** Where an object or a withdrawal is; pure and receiving inputs get places by the types they are used at. */
  place?: Place;
}

/** A programmable transaction under way. */
export interface PtbContext {
  readonly vm: MoveVm;
  readonly session: Session;
  readonly data: TransactionData;
  readonly protocol: Protocol;
  /** Dev-inspect: any function, any pure value, references as results, no rules about what is left over. */
  readonly inspect: boolean;
  readonly inputs: readonly InputCell[];
  readonly gas: Place;
  readonly txContext: Place;
  /** Index of the command under way. */
  command: number;
  /** To whose funds the gas coin was sent. */
  gasSentTo: Address | undefined;
  /** Whether owners of coins were looked up in the deny list. */
  ownersChecked: boolean;
  /** Called package and module of every session call, in order, which events carry, and the command that made it. */
  readonly calls: { readonly package: Address; readonly module: string; readonly command: number }[];
  /** Packages published or upgraded by this transaction. */
  readonly published: MovePackage[];
  readonly packageOf: (id: Address) => MovePackage | undefined;
  /** Makes a package visible to the machine before it is stored. */
  readonly announce: (pkg: MovePackage) => void;
}

/** The place of an object, with its value in it. */
export const objectPlace = (vm: MoveVm, kind: 'gas' | 'object', input: ObjectInput): Place => {
  const type = vm.resolveType(input.object.type);
  return { kind, type, reference: 'none', input, box: [vm.deserialize(type, input.object.contents)] };
};

/** The place of a gas coin that stands for funds: made for this transaction, with what is left beside the budget. */
export const fundsPlace = (vm: MoveVm, id: Address, balance: bigint): Place => ({
  kind: 'gas',
  type: vm.resolveType(GAS_COIN_TYPE),
  reference: 'none',
  id,
  box: [newCoin(id, balance)],
});

/** The place of the gas coin of a transaction nobody pays for: there is none. */
export const noGasPlace = (vm: MoveVm): Place => ({
  kind: 'gas',
  type: vm.resolveType(GAS_COIN_TYPE),
  reference: 'none',
  box: [],
});

/** The input of an object the checks have found. */
export const objectCell = (vm: MoveVm, input: ObjectInput): InputCell =>
  input.use === 'receiving'
    ? { kind: 'receiving', input }
    : { kind: 'object', input, place: objectPlace(vm, 'object', input) };

/** The place TxContext is borrowed from; the engine has the value. */
export const contextPlace = (vm: MoveVm): Place => ({
  kind: 'context',
  type: vm.resolveType('0x2::tx_context::TxContext'),
  reference: 'none',
  box: [],
});

/** The called package, which the input checks have found. */
export const packageFor = (ctx: PtbContext, id: Address): MovePackage =>
  ctx.packageOf(id) ?? failWith({ FunctionNotFound: true }, `Package 0x${id} does not exist.`, ctx.command);
