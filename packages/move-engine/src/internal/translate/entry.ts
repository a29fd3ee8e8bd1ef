import type { Ty } from '../types/ty.ts';

/** Why an expression may not move past statements. */
export const Impure = { throws: 1, reads: 2 } as const;

/** Of an expression that reads no local. */
export const noDeps: readonly number[] = [];

/** A value on the symbolic operand stack, used exactly once. */
export interface Entry {
  readonly ty: Ty;
  /** JavaScript expression; of a place, its container. */
  x: string;
  /** Index expression of a place: the entry is a reference to slot `i` of container `x`. */
  i?: string;
  impure: number;
  /** Locals the expression reads. */
  deps: readonly number[];
}

/** How references to values of a type look: to a primitive a Reference, to an aggregate the value itself. */
export type Shape = 'primitive' | 'aggregate' | 'unknown';

/** Shape of values of a type; unknown for type parameters. */
export const shapeOf = (ty: Ty): Shape => {
  if (ty.kind === 'parameter') return 'unknown';
  return ty.primitive ? 'primitive' : 'aggregate';
};

/** Union of the locals of several entries. */
export const mergedDeps = (entries: readonly Entry[]): readonly number[] => {
  if (entries.every((entry) => entry.deps.length === 0)) return noDeps;
  return [...new Set(entries.flatMap((entry) => entry.deps))];
};

/** Union of the impurities of several entries. */
export const mergedImpure = (entries: readonly Entry[]): number =>
  entries.reduce((bits, entry) => bits | entry.impure, 0);

/** An identifier or literal: evaluating it twice costs nothing. */
export const isAtom = (text: string): boolean => /^\w+$/.test(text);
