import type { Address, FunctionInfo, MoveValue, Ref, SignatureType, Type } from '@atoma/move-engine';
import type { ObjectInput } from '../checks.ts';
import type { Argument, Command } from '../transaction-data.ts';

/** A closed type, or a reference to one. */
export interface ValueType {
  readonly type: Type;
  readonly reference: SignatureType['reference'];
}

/** Where a value is during a transaction: what arguments name. A pure or receiving input has one place for each type it is used at. */
export interface Place extends ValueType {
  readonly kind: 'context' | 'gas' | 'object' | 'withdrawal' | 'pure' | 'receiving' | 'result';
  /** Object input, gas coin and receiving input. */
  readonly input?: ObjectInput;
  /** Of a gas coin that stands for funds: the object's id. */
  readonly id?: Address;
  /** Pure input. */
  readonly bytes?: Uint8Array;
  /** Argument that first gave a pure or receiving input its type. */
  readonly firstUse?: { readonly command: number; readonly argument: number };
  /** Holds the value while there is one. It is also the container of references to a primitive. */
  readonly box: (MoveValue | Ref)[];
}

/** An argument whose type and way of use are known. */
export interface PlannedArgument {
  /** Position among the command's arguments, which errors name. */
  readonly position: number;
  readonly place: Place;
  /** `use` takes or copies the value (of a reference: the reference), `read` copies what a reference points to, `freeze` makes `&` of `&mut`. */
  readonly how: 'use' | 'read' | 'freeze' | 'borrow' | 'borrowMut';
  /** Whether `use`, `read` and `freeze` leave the place empty: without `copy`, and at the last use of a value nothing borrows. */
  moves: boolean;
  /** Whether a reference to the place lived when the value was copied. */
  borrowed: boolean;
}

/** The function of a MoveCall under its type arguments. */
export interface LoadedFunction {
  readonly info: FunctionInfo;
  readonly typeArguments: readonly Type[];
  /** Storage ids by original ids it runs with, where type arguments ask for later versions than its package's own. */
  readonly linkage: ReadonlyMap<Address, Address> | undefined;
  readonly parameters: readonly ValueType[];
  readonly returns: readonly ValueType[];
}

/** A command with everything resolved that does not depend on values. */
export interface Step {
  readonly command: Command;
  /** In the order of the command's arguments; of a MoveCall with TxContext where its parameters have it. */
  readonly arguments: readonly PlannedArgument[];
  readonly results: readonly Place[];
  /** Results that have `drop` and that nobody uses: dropped at once. */
  readonly dropped: boolean[];
  readonly fn?: LoadedFunction;
  /** Coin type of SplitCoins and MergeCoins, element type of MakeMoveVec. */
  readonly type?: Type;
}

/** Everything about a transaction that can be said before it runs. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Places of pure and receiving inputs in the order of their first use. */
  readonly pure: readonly Place[];
  readonly receiving: readonly Place[];
}

/** Arguments of a command in the order errors number them. */
export const argumentsOf = (command: Command): readonly Argument[] => {
  if (command.kind === 'call') return command.arguments;
  if (command.kind === 'transfer') return [...command.objects, command.address];
  if (command.kind === 'split') return [command.coin, ...command.amounts];
  if (command.kind === 'merge') return [command.destination, ...command.sources];
  if (command.kind === 'vector') return command.elements;
  return command.kind === 'upgrade' ? [command.ticket] : [];
};
