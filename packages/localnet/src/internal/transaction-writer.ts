import type { Address } from '@atoma/move-engine';
import type { FundsWrite } from '../types.ts';
import {
  newWriter,
  putAddress,
  putBytes,
  putLength,
  putList,
  putText,
  putU8,
  putU16,
  putU64,
  type Writer,
  written,
} from './bcs-writer.ts';
import { putDigest } from './digests.ts';
import { SYSTEM } from './genesis.ts';
import { putData } from './object-bcs.ts';
import type { ObjectReference } from './transaction-data.ts';
import { GAS_TYPE, parseTypeTag, putTypeTag, type TypeTag } from './type-tag.ts';
import type { NewObject } from './view.ts';

const ZERO = '0'.repeat(64);
const SUI = '2'.padStart(64, '0');

/** What the ledger itself does, each a transaction of its own with sender 0x0 and no gas. */
export type SystemKind =
  | { readonly kind: 'genesis'; readonly objects: readonly NewObject[] }
  | { readonly kind: 'clock'; readonly epoch: number; readonly round: number; readonly timestampMs: number }
  | {
      readonly kind: 'randomness';
      readonly epoch: number;
      readonly round: number;
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'settlement';
      readonly epoch: number;
      readonly checkpoint: number;
      readonly writes: readonly FundsWrite[];
    }
  | {
      readonly kind: 'epoch';
      readonly epoch: number;
      readonly protocolVersion: number;
      readonly timestampMs: number;
      readonly storageCharge: bigint;
      readonly computationCharge: bigint;
      readonly storageRebate: bigint;
      readonly nonRefundable: bigint;
    };

const putGenesisObject = (w: Writer, object: NewObject): void => {
  putU8(w, 0); // RawObject
  putData(w, object, 1);
};

const putSystemKind = (w: Writer, kind: SystemKind): void => {
  if (kind.kind === 'genesis') {
    putLength(w, 2);
    putList(w, kind.objects, (object) => putGenesisObject(w, object));
  } else if (kind.kind === 'clock') {
    putLength(w, 3); // ConsensusCommitPrologue
    for (const figure of [kind.epoch, kind.round, kind.timestampMs]) putU64(w, figure);
  } else if (kind.kind === 'randomness') {
    putLength(w, 6);
    putU64(w, kind.epoch);
    putU64(w, kind.round);
    putBytes(w, kind.bytes);
    putU64(w, 1); // initial shared version of 0x8
  } else if (kind.kind === 'settlement') putSettlement(w, kind);
  else putEpochChange(w, kind);
};

const SUI_BALANCE = `0x${SUI}::balance::Balance<${GAS_TYPE}>`;

/** MIST that writes take out of (`split`) or add to (`merge`) funds. */
const suiMoved = (writes: readonly FundsWrite[], operation: FundsWrite['operation']): bigint =>
  writes
    .filter((write) => write.operation === operation && write.type === SUI_BALANCE)
    .reduce((sum, { amount }) => sum + amount, 0n);

const putCall = (w: Writer, name: string, type: string | undefined, inputs: readonly number[]): void => {
  putU8(w, 0); // MoveCall
  putAddress(w, SUI);
  putText(w, 'accumulator_settlement');
  putText(w, name);
  putList(w, type === undefined ? [] : [type], (text) => putTypeTag(w, parseTypeTag(text) as TypeTag));
  putList(w, inputs, (index) => putInputArgument(w, index));
};

/** `settlement_prologue(root, epoch, checkpoint, 0, input, output)` and `settle_u128<T>(root, owner, merge, split)` for each write. */
const putSettlement = (w: Writer, { epoch, checkpoint, writes }: SystemKind & { kind: 'settlement' }): void => {
  const [input, output] = [suiMoved(writes, 'split'), suiMoved(writes, 'merge')];
  putLength(w, 10); // ProgrammableSystemTransaction
  putLength(w, 6 + 3 * writes.length);
  putU8(w, 1); // object
  putU8(w, 1); // shared
  putAddress(w, SYSTEM.accumulators);
  putU64(w, 1);
  putU8(w, 1); // mutable
  for (const figure of [BigInt(epoch), BigInt(checkpoint), 0n, input, output]) putPure(w, u64Bytes(figure));
  for (const { owner, operation, amount } of writes) {
    putPure(w, Buffer.from(owner, 'hex'));
    for (const side of ['merge', 'split']) putPure(w, u128Bytes(side === operation ? amount : 0n));
  }
  putLength(w, 1 + writes.length);
  putCall(w, 'settlement_prologue', undefined, [0, 1, 2, 3, 4, 5]);
  writes.forEach(({ type }, i) => {
    putCall(w, 'settle_u128', type, [0, 6 + 3 * i, 7 + 3 * i, 8 + 3 * i]);
  });
};

const putEpochChange = (w: Writer, kind: SystemKind & { kind: 'epoch' }): void => {
  putLength(w, 1);
  putU64(w, kind.epoch);
  putU64(w, kind.protocolVersion);
  putU64(w, kind.storageCharge);
  putU64(w, kind.computationCharge);
  putU64(w, kind.storageRebate);
  putU64(w, kind.nonRefundable);
  putU64(w, kind.timestampMs);
  putLength(w, 0); // system packages
};

/** BCS of the `TransactionData` of a system transaction: sender and gas owner 0x0, no payment, price 1, as Sui builds them. */
export const encodeSystemTransaction = (kind: SystemKind): Uint8Array => {
  const w = newWriter(256);
  putU8(w, 0); // V1
  putSystemKind(w, kind);
  putAddress(w, ZERO);
  putLength(w, 0);
  putAddress(w, ZERO);
  putU64(w, 1);
  putU64(w, 0);
  putU8(w, 0); // no expiration
  return written(w);
};

/** A transfer of SUI out of the payer's gas coin. */
export interface GasTransfer {
  readonly sender: Address;
  readonly recipient: Address;
  /** MIST. */
  readonly amount: bigint;
  readonly payment: ObjectReference;
  /** MIST per gas unit. */
  readonly price: number;
  /** MIST. */
  readonly budget: bigint;
}

const u128Bytes = (value: bigint): Uint8Array => {
  const w = newWriter(16);
  putU64(w, value); // amounts of one transaction fit a u64
  putU64(w, 0);
  return written(w);
};

const u64Bytes = (value: bigint): Uint8Array => {
  const w = newWriter(8);
  putU64(w, value);
  return written(w);
};

const putPure = (w: Writer, bytes: Uint8Array): void => {
  putU8(w, 0);
  putBytes(w, bytes);
};

const putInputArgument = (w: Writer, index: number): void => {
  putU8(w, 1);
  putU16(w, index);
};

/** BCS of the transaction SplitCoins(gas, [amount]) -> TransferObjects(recipient), which the faucet signs and executes. */
export const encodeGasTransfer = (transfer: GasTransfer): Uint8Array => {
  const w = newWriter(512);
  putU8(w, 0); // V1
  putU8(w, 0); // programmable
  putLength(w, 2);
  putPure(w, u64Bytes(transfer.amount));
  putPure(w, Buffer.from(transfer.recipient, 'hex'));
  putLength(w, 2);
  putU8(w, 2); // SplitCoins
  putU8(w, 0); // of the gas coin
  putLength(w, 1);
  putInputArgument(w, 0);
  putU8(w, 1); // TransferObjects
  putLength(w, 1);
  putU8(w, 3); // nested result
  putU16(w, 0);
  putU16(w, 0);
  putInputArgument(w, 1);
  putAddress(w, transfer.sender);
  putLength(w, 1);
  putAddress(w, transfer.payment.id);
  putU64(w, transfer.payment.version);
  putDigest(w, transfer.payment.digest);
  putAddress(w, transfer.sender);
  putU64(w, transfer.price);
  putU64(w, transfer.budget);
  putU8(w, 0);
  return written(w);
};
