import type { AtomaError } from '@atoma/base';
import { engineError } from '../../move-engine-errors.ts';
import type { Instruction } from '../binary/decoded-module.ts';
import { ownType } from '../binary/opcodes.ts';
import type { LoadedFunction, LoadedModule } from '../load/loaded-module.ts';
import type { HelperName } from '../run/helpers.ts';
import { widestPush } from '../run/state.ts';
import { abilitiesIn, type Ty, type Types } from '../types/ty.ts';
import { growing } from '../verify/meter.ts';
import { type Entry, Impure, isAtom, noDeps, shapeOf } from './entry.ts';

/** Everything one translation collects. */
export interface FunctionContext {
  readonly types: Types;
  readonly fn: LoadedFunction;
  readonly module: LoadedModule;
  readonly code: readonly Instruction[];
  /** Types of all local slots, parameters first. */
  readonly locals: readonly Ty[];
  /** Locals that live in a one-element box because a primitive in them is borrowed. */
  readonly boxed: ReadonlySet<number>;
  readonly siteBase: number;
  /** Values the generated text refers to as k0, k1, ... */
  readonly constants: unknown[];
  readonly constantNames: Map<unknown, string>;
  /** Function handles called, as f0, f1, ... */
  readonly targets: number[];
  readonly helpers: Set<HelperName>;
  readonly gas: CodeGas;
  readonly chargesConstantValues: boolean;
  temporaries: number;
  /** Work of copying the types of what is pushed, as the verifier's meter counts it. */
  typeWork: number;
}

/** What each instruction of a function pushes, and where its segments start. */
export interface CodeGas {
  readonly pushes: number[];
  /** Bytes that the segment counts; what {@link pushBytes} charges as it happens is not here. */
  readonly bytes: number[];
  readonly segments: number[];
}

/** The block under translation. */
export interface BlockContext {
  readonly f: FunctionContext;
  readonly stack: Entry[];
  readonly lines: string[];
  /** Index of the instruction under translation. */
  at: number;
  /** The segment ends after this instruction: something in it charges while it runs. */
  splits: boolean;
}

/** An instruction of a function. */
export interface At {
  readonly f: Pick<FunctionContext, 'fn' | 'module'>;
  readonly at: number;
}

/** Refuses the function: what the type pass found, with the place. */
export const reject = (b: At, reason: string): never => rejectAt(b.f, b.at, reason);

/** The error of {@link reject}, to throw where the compiler must see that nothing follows. */
export const faultAt = (b: BlockContext, reason: string): AtomaError => fault(b.f, b.at, reason);

const fault = (f: Pick<FunctionContext, 'fn' | 'module'>, at: number, reason: string): AtomaError =>
  engineError('BAD_MODULE', { module: f.module.name, reason: `function ${f.fn.name}, instruction ${at}: ${reason}` });

/** Refuses a function at an instruction. */
export const rejectAt = (f: Pick<FunctionContext, 'fn' | 'module'>, at: number, reason: string): never => {
  throw fault(f, at, reason);
};

/** Machine-wide number of the current instruction. */
export const site = (b: BlockContext): number => b.f.siteBase + b.at;

/** Name of a runtime helper in generated text. */
export const helper = (b: BlockContext, name: HelperName): string => {
  b.f.helpers.add(name);
  return name;
};

/** Name of a captured constant; equal objects share one. */
export const constant = (f: FunctionContext, value: unknown): string => {
  const known = f.constantNames.get(value);
  if (known) return known;
  const name = `k${f.constants.length}`;
  f.constants.push(value);
  f.constantNames.set(value, name);
  return name;
};

/** Expression for a run-time type. */
export const typeExpression = (b: BlockContext, ty: Ty): string => {
  if (!ty.open) return constant(b.f, ty);
  if (ty.kind === 'parameter') return `ta[${ty.index}]`;
  return `${helper(b, 'oneType')}(${constant(b.f, { open: ty, from: undefined, made: undefined })},ta)`;
};

/** Expression for the type arguments of a call. */
export const argumentsExpression = (b: BlockContext, args: readonly Ty[]): string => {
  if (args.every((arg) => !arg.open)) return constant(b.f, b.f.types.argumentList(args));
  const at = site(b);
  return `${helper(b, 'manyTypes')}(${constant(b.f, { open: args, at, from: undefined, made: undefined })},ta)`;
};

/** Abilities of a type in this function. */
export const abilities = (b: BlockContext, ty: Ty): number => abilitiesIn(ty, b.f.fn.constraints);

/** Requires an ability. */
export const requireAbility = (b: BlockContext, ty: Ty, ability: number, what: string): void => {
  if ((abilities(b, ty) & ability) !== ability) reject(b, `${what} of a type that does not allow it`);
};

/** Charges what the instruction pushes: one value of `bytes`, or several that count no bytes. */
export const pushGas = (b: BlockContext, pushes: number, bytes: number): void => {
  const { gas } = b.f;
  gas.pushes[b.at] = (gas.pushes[b.at] ?? 0) + pushes;
  if (bytes <= widestPush) gas.bytes[b.at] = bytes;
  else {
    b.lines.push(`${helper(b, 'pushBytes')}(S,${bytes});`);
    splitAfter(b);
  }
};

/** Ends the segment after this instruction, for it charges something of its own. */
export const splitAfter = (b: BlockContext): void => {
  b.splits = true;
};

/** Ticks for each node of a type. */
const typeTicks = 6;

/** Literals and results of arithmetic have a type of their own; every other instruction copies one. */
const copiesType = (b: BlockContext): boolean => !ownType.has((b.f.code[b.at] as Instruction).op);

/** Pushes a value. */
export const push = (
  b: BlockContext,
  ty: Ty,
  x: string,
  impure = 0,
  deps: readonly number[] = noDeps,
  index?: string,
): void => {
  const entry: Entry = index === undefined ? { ty, x, impure, deps } : { ty, x, impure, deps, i: index };
  b.stack.push(entry);
  if (copiesType(b)) b.f.typeWork += typeTicks * growing(ty.nodes, 10);
  // Nested source text must stay shallow enough for any JavaScript parser.
  if (x.length > 400) materialize(b, entry);
};

/** Pops a value of any type. */
export const pop = (b: BlockContext): Entry => b.stack.pop() ?? reject(b, 'operand stack is empty');

/** Pops a value of exactly this type. */
export const popType = (b: BlockContext, ty: Ty): Entry => {
  const entry = pop(b);
  return entry.ty === ty ? entry : reject(b, `expected ${ty.text}, found ${entry.ty.text}`);
};

/** Pops `types` so that the last is on top; first to last in the result. */
export const popTypes = (b: BlockContext, types: readonly Ty[]): Entry[] => {
  const entries: Entry[] = [];
  for (let k = types.length - 1; k >= 0; k--) entries.unshift(popType(b, types[k] as Ty));
  return entries;
};

/** Pops a reference, of the given mutability when asked. */
export const popReference = (b: BlockContext, isMutable = false): { entry: Entry; target: Ty } => {
  const entry = pop(b);
  if (!entry.ty.target || (isMutable && entry.ty.kind !== 'mutable'))
    return reject(b, `expected a ${isMutable ? 'mutable ' : ''}reference, found ${entry.ty.text}`);
  return { entry, target: entry.ty.target };
};

/** A fresh temporary holding the expression. */
export const temporary = (b: BlockContext, x: string): string => {
  const name = `t${b.f.temporaries++}`;
  b.lines.push(`const ${name}=${x};`);
  return name;
};

/** Evaluates an entry now, so that later statements cannot change it. A place keeps being a place. */
export const materialize = (b: BlockContext, entry: Entry): void => {
  if (entry.i === undefined || !isAtom(entry.x) || entry.deps.length > 0) entry.x = temporary(b, entry.x);
  if (entry.i !== undefined && /^l/.test(entry.i)) entry.i = temporary(b, entry.i);
  entry.impure = 0;
  entry.deps = noDeps;
};

/** Evaluates what is pending and must not move past a statement that throws or (`writes`) changes memory. */
export const settle = (b: BlockContext, writes: boolean): void => {
  const bits = writes ? Impure.throws | Impure.reads : Impure.throws;
  for (const entry of b.stack) if ((entry.impure & bits) !== 0) materialize(b, entry);
};

/** Evaluates what is pending and reads a local that is about to change. */
export const settleLocal = (b: BlockContext, local: number): void => {
  for (const entry of b.stack) if (entry.deps.includes(local)) materialize(b, entry);
};

/** Expression for an entry as a value to store or pass on; references become real. */
export const valueText = (b: BlockContext, entry: Entry): string => {
  if (entry.i === undefined) return entry.x;
  const shape = shapeOf(entry.ty.target as Ty);
  if (shape === 'primitive') return `new ${helper(b, 'Reference')}(${entry.x},${entry.i})`;
  return shape === 'aggregate' ? `${entry.x}[${entry.i}]` : `${helper(b, 'borrow')}(${entry.x},${entry.i})`;
};

/** Impurity of {@link valueText}: reading a slot of an aggregate is a memory read. */
export const valueImpure = (entry: Entry): number =>
  entry.i !== undefined && shapeOf(entry.ty.target as Ty) !== 'primitive' ? entry.impure | Impure.reads : entry.impure;

/** The entry's value as an atom, in a temporary when it is not one already. */
export const atom = (b: BlockContext, entry: Entry): string => {
  const text = valueText(b, entry);
  return isAtom(text) ? text : temporary(b, text);
};
