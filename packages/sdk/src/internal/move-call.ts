/** How the generated bindings put a Move call into a transaction. */
import type { Transaction, TransactionArgument, TransactionObjectInput } from '@mysten/sui/transactions';

/** An object argument: its id, or a result of an earlier command. */
export type ObjectInput = TransactionObjectInput;
/** A pure argument: its value, or a result of an earlier command. */
export type PureInput<Value> = Value | TransactionArgument;
/** Value of an unsigned integer argument. */
export type IntegerInput = bigint | number | string;
/** Adds one Move call to a transaction and returns its result. */
export type CallBuilder = (tx: Transaction) => ReturnType<Transaction['moveCall']>;

/** What one argument is: an object, a value of a BCS type, or one of the two system objects found by themselves. */
export type ArgumentKind = 'object' | 'random' | 'clock' | PureKind;

/** Encodes one pure argument; every BCS type does. */
interface PureKind {
  serialize(value: never): { toBytes(): Uint8Array };
}

const isArgument = (value: unknown): value is TransactionArgument =>
  typeof value === 'function' ||
  (typeof value === 'object' && value !== null && '$kind' in value && !('toBytes' in value));

const argument = (
  tx: Transaction,
  kind: Exclude<ArgumentKind, 'random' | 'clock'>,
  value: unknown,
): TransactionArgument => {
  if (kind === 'object') return tx.object(value as ObjectInput);
  return isArgument(value) ? value : tx.pure(kind.serialize(value as never).toBytes());
};

/** A Move call; `kinds` has one entry a parameter, `values` one for each that is not a system object. */
export const moveCall =
  (target: string, kinds: readonly ArgumentKind[], values: readonly unknown[]): CallBuilder =>
  (tx) => {
    const rest = values.values();
    const passed = kinds.map((kind) => {
      if (kind === 'random') return tx.object.random();
      if (kind === 'clock') return tx.object.clock();
      return argument(tx, kind, rest.next().value);
    });
    return tx.moveCall({ target, arguments: passed });
  };
