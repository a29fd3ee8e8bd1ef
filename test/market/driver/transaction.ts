/** Transactions of Move calls as BCS, written directly: some 20 us instead of the SDK builder's milliseconds. */
import {
  newWriter,
  putAddress,
  putBytes,
  putLength,
  putList,
  putRaw,
  putText,
  putU8,
  putU16,
  putU64,
  type Writer,
  written,
} from '../../../packages/localnet/src/internal/bcs-writer.ts';
import { putDigest } from '../../../packages/localnet/src/internal/digests.ts';

/** An object at one version. */
export interface Reference {
  readonly id: string;
  readonly version: number;
  readonly digest: string;
}

/** An argument of a call before it becomes an input. */
export type Arg =
  | { readonly kind: 'pure'; readonly bytes: Uint8Array }
  | { readonly kind: 'object'; readonly reference: Reference }
  | { readonly kind: 'shared'; readonly id: string; readonly initialVersion: number; readonly mutable: boolean }
  /** What an earlier command returned. */
  | { readonly kind: 'result'; readonly command: number };

/** One command. */
export type Command =
  | {
      readonly kind: 'call';
      readonly package: string;
      readonly module: string;
      readonly function: string;
      readonly typeArguments?: readonly Uint8Array[];
      readonly args: readonly Arg[];
    }
  | { readonly kind: 'merge'; readonly into: Arg; readonly coins: readonly Arg[] }
  | { readonly kind: 'transfer'; readonly objects: readonly Arg[]; readonly to: Arg };

/** A whole transaction. */
export interface Plan {
  readonly sender: string;
  readonly gas: Reference;
  /** MIST. */
  readonly budget: bigint;
  readonly commands: readonly Command[];
}

const pure = (put: (w: Writer) => void): Arg => {
  const w = newWriter(64);
  put(w);
  return { kind: 'pure', bytes: written(w) };
};

export const u8 = (value: number): Arg => pure((w) => putU8(w, value));
export const u16 = (value: number): Arg => pure((w) => putU16(w, value));
export const u64 = (value: number | bigint): Arg => pure((w) => putU64(w, BigInt(value)));
export const u64s = (values: readonly (number | bigint)[]): Arg =>
  pure((w) => putList(w, values, (value) => putU64(w, BigInt(value))));
export const lists = (values: readonly Uint8Array[]): Arg =>
  pure((w) => putList(w, values, (value) => putBytes(w, value)));
export const flag = (value: boolean): Arg => u8(value ? 1 : 0);
export const bytes = (value: Uint8Array): Arg => pure((w) => putBytes(w, value));
export const text = (value: string): Arg => pure((w) => putText(w, value));
export const address = (value: string): Arg => pure((w) => putAddress(w, value));
export const none: Arg = u8(0);
/** Option with a value. */
export const some = (value: Arg & { kind: 'pure' }): Arg => ({
  kind: 'pure',
  bytes: Buffer.concat([Buffer.of(1), value.bytes]),
});

/** Inputs in the order of first use; the same object becomes one input. */
interface Inputs {
  readonly list: Arg[];
  readonly byObject: Map<string, number>;
}

const inputOf = (inputs: Inputs, arg: Arg): number => {
  const key = arg.kind === 'object' ? arg.reference.id : arg.kind === 'shared' ? arg.id : undefined;
  const known = key === undefined ? undefined : inputs.byObject.get(key);
  if (known !== undefined) return known;
  const index = inputs.list.push(arg) - 1;
  if (key !== undefined) inputs.byObject.set(key, index);
  return index;
};

const putReference = (w: Writer, { id, version, digest }: Reference): void => {
  putAddress(w, id);
  putU64(w, version);
  putDigest(w, digest);
};

const putInput = (w: Writer, arg: Arg): void => {
  if (arg.kind === 'pure') {
    putU8(w, 0);
    putBytes(w, arg.bytes);
  } else if (arg.kind === 'object') {
    putU16(w, 1); // object, immutable or owned
    putReference(w, arg.reference);
  } else if (arg.kind === 'shared') {
    putU16(w, 0x101); // object, shared
    putAddress(w, arg.id);
    putU64(w, arg.initialVersion);
    putU8(w, arg.mutable ? 1 : 0);
  }
};

const putArgument = (w: Writer, inputs: Inputs, arg: Arg): void => {
  putU8(w, arg.kind === 'result' ? 2 : 1);
  putU16(w, arg.kind === 'result' ? arg.command : inputOf(inputs, arg));
};

const putCommand = (w: Writer, inputs: Inputs, command: Command): void => {
  const one = (arg: Arg): void => putArgument(w, inputs, arg);
  if (command.kind === 'call') {
    putU8(w, 0);
    putAddress(w, command.package);
    putText(w, command.module);
    putText(w, command.function);
    putList(w, command.typeArguments ?? [], (tag) => putRaw(w, tag));
    putList(w, command.args, one);
  } else if (command.kind === 'transfer') {
    putU8(w, 1);
    putList(w, command.objects, one);
    one(command.to);
  } else {
    putU8(w, 3);
    one(command.into);
    putList(w, command.coins, one);
  }
};

/** BCS of `TransactionData`. */
export const encodePlan = (plan: Plan): Uint8Array => {
  const inputs: Inputs = { list: [], byObject: new Map() };
  const commands = newWriter(512);
  putList(commands, plan.commands, (command) => putCommand(commands, inputs, command));
  const w = newWriter(1024);
  putU16(w, 0); // V1, programmable
  putList(w, inputs.list, (arg) => putInput(w, arg));
  putRaw(w, written(commands));
  putAddress(w, plan.sender);
  putLength(w, 1);
  putReference(w, plan.gas);
  putAddress(w, plan.sender);
  putU64(w, 1_000);
  putU64(w, plan.budget);
  putU8(w, 0); // no expiration
  return written(w);
};
