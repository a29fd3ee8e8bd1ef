/** Programmable transactions for tests: commands in short, the context they run in, the plan they get. */

import type { MovePackage } from '@atoma/move-engine';
import { bcs } from '@mysten/sui/bcs';
import type { ObjectInput } from '../internal/checks.ts';
import { checkBorrows } from '../internal/ptb/borrows.ts';
import { contextPlace, type InputCell, objectCell, objectPlace, type PtbContext } from '../internal/ptb/context.ts';
import { isCommandFailure } from '../internal/ptb/failure.ts';
import { argumentsOf, type Plan } from '../internal/ptb/plan.ts';
import { checkEnds, checkUses } from '../internal/ptb/rules.ts';
import { planTransaction } from '../internal/ptb/typing.ts';
import { type LedgerState, packageOf, vmOf } from '../internal/state.ts';
import type { Argument, Command, TransactionData } from '../internal/transaction-data.ts';
import type { StoredObject } from '../types.ts';

/** An id in full. */
export const long = (id: string): string => id.padStart(64, '0');
/** Type of a SUI coin as objects have it. */
export const COIN = `0x${long('2')}::coin::Coin<0x${long('2')}::sui::SUI>`;
const hundred = Uint8Array.of(100, 0, 0, 0, 0, 0, 0, 0);
/** An object among the inputs: its id, then `contents`. */
export const object = (use: ObjectInput['use'], type: string, id: string, contents: Uint8Array): ObjectInput => ({
  use,
  object: {
    ...{ id: long(id), version: 1, digest: '', type, publicTransfer: true, previousTransaction: '' },
    owner: use === 'owned' ? { kind: 'address', address: long('a') } : { kind: 'shared', initialVersion: 1 },
    contents: Uint8Array.of(...Buffer.from(long(id), 'hex'), ...contents),
    storageRebate: 0n,
  } as StoredObject,
});
/** A SUI coin among the inputs. */
export const coin = (use: ObjectInput['use'], id = 'c', balance = hundred): ObjectInput =>
  object(use, COIN, id, balance);

/** An object, or the bytes of a pure value. */
export type Input = ObjectInput | Uint8Array;
/** A pure 7. */
export const u64 = bcs.u64().serialize(7).toBytes();
/** A pure address. */
export const address = Uint8Array.from(Buffer.from(long('b'), 'hex'));

/** The gas coin. */
export const gas: Argument = { kind: 'gas' };
/** An input. */
export const input = (index: number): Argument => ({ kind: 'input', index });
/** The only result of a command. */
export const result = (index: number): Argument => ({ kind: 'result', index });
/** One of the results of a command. */
export const nested = (index: number, sub: number): Argument => ({ kind: 'nested', index, sub });
/** SplitCoins. */
export const split = (from: Argument, ...amounts: Argument[]): Command => ({ kind: 'split', coin: from, amounts });
/** MergeCoins. */
export const merge = (destination: Argument, ...sources: Argument[]): Command => ({
  kind: 'merge',
  destination,
  sources,
});
/** TransferObjects. */
export const transfer = (to: Argument, ...objects: Argument[]): Command => ({ kind: 'transfer', objects, address: to });
/** MakeMoveVec. */
export const vector = (type: string | undefined, ...elements: Argument[]): Command => ({
  kind: 'vector',
  type,
  elements,
});
/** MoveCall of `package::module::function`. */
export const call = (target: string, types: string[], ...args: Argument[]): Command => {
  const [id, module, name] = target.replace(/^0x/, '').split('::') as [string, string, string];
  return {
    ...{ kind: 'call', package: long(id), module, function: name },
    ...{ typeArguments: types, arguments: args },
  };
};
/** Type of SUI as commands name it. */
export const SUI = '0x2::sui::SUI';
/** Commands in words, for the names of tests. */
export const told = (commands: readonly Command[]): string =>
  commands.map((one) => (one.kind === 'call' ? `${one.module}::${one.function}` : one.kind)).join(', ');

/** A transaction of these commands and inputs over the objects of a ledger, sent by 0xa with a gas coin of 100 MIST. */
export const contextOf = (
  state: LedgerState,
  commands: readonly Command[],
  inputs: readonly Input[],
  more: Partial<PtbContext> = {},
): PtbContext => {
  const vm = vmOf(state);
  const announced = new Map<string, MovePackage>();
  const session = vm.newSession({
    txContext: {
      ...{ sender: long('a'), digest: new Uint8Array(32), epoch: 0, epochTimestampMs: 0 },
      ...{ referenceGasPrice: 1_000, gasPrice: 1_000, gasBudget: 1_000_000_000n },
    },
    computationLimit: 1_000_000_000,
    objects: { child: () => undefined, receivable: () => undefined },
    inputs: new Map(),
  });
  const data = {
    inputs: inputs.map((each) => (each instanceof Uint8Array ? { kind: 'pure', bytes: each } : { kind: 'owned' })),
    commands,
    sender: long('a'),
    gas: { payment: [], owner: long('a'), price: 1_000n, budget: 1_000_000_000n },
    expiration: { kind: 'none' },
  } as unknown as TransactionData;
  return {
    ...{
      vm,
      session,
      data,
      protocol: state.protocol,
      inspect: false,
      gas: objectPlace(vm, 'gas', coin('owned', '6a5')),
    },
    inputs: inputs.map(
      (each): InputCell => (each instanceof Uint8Array ? { kind: 'pure', bytes: each } : objectCell(vm, each)),
    ),
    ...{
      txContext: contextPlace(vm),
      command: 0,
      gasSentTo: undefined,
      ownersChecked: false,
      calls: [],
      published: [],
    },
    packageOf: (id) => announced.get(id) ?? packageOf(state, id),
    announce: (pkg) => {
      announced.set(pkg.storageId, pkg);
    },
    ...more,
  };
};

/** The plan, or what it is refused for: a status, of an argument its position and fault. */
export const planned = (
  state: LedgerState,
  commands: readonly Command[],
  inputs: readonly Input[],
  more?: Partial<PtbContext>,
): Plan | string => {
  const ctx = contextOf(state, commands, inputs, more);
  try {
    const plan = planTransaction(ctx);
    checkUses(ctx, plan);
    checkBorrows(plan, ctx.gas.box.length === 0 ? [ctx.gas] : []);
    checkEnds(ctx, plan);
    return plan;
  } catch (thrown) {
    if (!isCommandFailure(thrown)) throw thrown;
    const { status, command } = thrown.failure;
    const [[name, detail]] = Object.entries(status) as [[string, { argIdx?: number; kind?: object }]];
    const fault = detail.kind ? `${detail.argIdx ?? ''} ${Object.keys(detail.kind)[0]}` : name;
    return `${command ?? '-'}: ${fault}`.replace(':  ', ': ');
  }
};

/** How each argument of each command is used, with `!` where it leaves its place. */
export const usesOf = (plan: Plan | string): string =>
  typeof plan === 'string'
    ? plan
    : plan.steps
        .map((step) => step.arguments.map(({ how, moves }) => `${how}${moves ? '!' : ''}`).join(' '))
        .join('; ');

/** Indices of the inputs a command names. */
export const inputsOf = (command: Command): number[] =>
  argumentsOf(command).flatMap((argument) => (argument.kind === 'input' ? [argument.index] : []));
