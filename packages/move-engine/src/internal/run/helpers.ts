import { executionLimits } from '../../params.ts';
import type { EnumValue, MoveValue } from '../../types.ts';
import { abstractSize, canBeMade, substitutedNodes, valueDepth } from '../types/fields.ts';
import { nodesOf, type Ty, type TypeArguments, type Types } from '../types/ty.ts';
import { stop, VectorError } from './failure.ts';
import * as integers from './integers.ts';
import { assign, borrow, copy, equal, peek, Reference, write } from './refs.ts';
import { checkpoint, pushBytes, type RunState, tooDeep } from './state.ts';

/** A call site's instantiation, remembered for the type arguments it was last made from. */
interface OneTypeSite {
  readonly open: Ty;
  from: readonly Ty[] | undefined;
  made: Ty | undefined;
}

/** The same for a list of type arguments. */
interface ManyTypesSite {
  readonly open: readonly Ty[];
  readonly at: number;
  from: TypeArguments | undefined;
  made: TypeArguments | undefined;
}

/**
 * Functions that generated code calls by name. `sizesOf` gives the pushes of the segment that starts at a site.
 */
export const createHelpers = (types: Types, sizesOf: (site: number) => readonly number[]) => {
  const chargeSize = (s: RunState, ty: Ty, value: MoveValue): void => pushBytes(s, abstractSize(types, ty, value));
  const tooManyNodes = (at: number): never => stop('limit', at, undefined, 'a type instantiation is too large');
  const measure = (args: TypeArguments): number => {
    args.deepest = args.reduce((depth, ty) => Math.max(depth, valueDepth(types, ty)), 1);
    return args.deepest;
  };
  return {
    ...integers,
    Reference,
    borrow,
    copy,
    peek,
    write,
    assign,
    checkpoint: (s: RunState, site: number): void => checkpoint(s, () => sizesOf(site)),
    pushBytes,
    tooDeep,
    chargeSize,
    longest: executionLimits.vectorLength,
    copySized: (s: RunState, ty: Ty, value: MoveValue): MoveValue => {
      chargeSize(s, ty, value);
      return copy(value);
    },
    /** Compares and pushes `base` bytes and the sizes of both values at once. */
    equalSized: (s: RunState, ty: Ty, a: MoveValue | Reference, b: MoveValue | Reference, base: number): boolean => {
      const x = peek(a);
      const y = peek(b);
      pushBytes(s, base + abstractSize(types, ty, x) + abstractSize(types, ty, y));
      return equal(x, y);
    },
    oneType: (site: OneTypeSite, args: readonly Ty[]): Ty => {
      if (site.from !== args) {
        site.made = types.substitute(site.open, args);
        site.from = args;
      }
      return site.made as Ty;
    },
    manyTypes: (site: ManyTypesSite, args: TypeArguments): TypeArguments => {
      if (site.from !== args) {
        if (site.open.some((open) => substitutedNodes(open, args) > executionLimits.typeNodes)) tooManyNodes(site.at);
        const made = types.argumentList(site.open.map((open) => types.substitute(open, args)));
        if (1 + args.nodes + made.nodes > executionLimits.typeNodes) tooManyNodes(site.at);
        site.made = made;
        site.from = args;
      }
      return site.made as TypeArguments;
    },
    tooManyNodes,
    tooDeepValue: (at: number): never => stop('limit', at, undefined, 'a value is too deep'),
    /** Whether type arguments may make a value exceed a limit that they usually cannot. */
    isLarge: (args: TypeArguments, depth: number, nodes: number): boolean =>
      (args.deepest || measure(args)) > depth || args.nodes > nodes,
    /** The limits on a value about to be made of an open type. */
    makeable: (open: Ty, args: TypeArguments, at: number): void => {
      const parts = open.datatype?.typeArguments ?? [open];
      const nodes = open.datatype ? 1 + nodesOf(parts) + args.nodes : 0;
      if (Math.max(nodes, ...parts.map((part) => substitutedNodes(part, args))) > executionLimits.typeNodes)
        tooManyNodes(at);
      if (!canBeMade(types, types.substitute(open, args))) stop('limit', at, undefined, 'a value is too deep');
    },
    abort: (code: number | bigint, at: number): never => stop('abort', at, code),
    outOfBounds: (at: number): never => stop('vector', at, VectorError.outOfBounds),
    popEmpty: (at: number): never => stop('vector', at, VectorError.popEmpty),
    tooLong: (at: number): never => stop('vector', at, VectorError.tooLong),
    unpackVector: (list: MoveValue[], count: number, at: number): MoveValue[] =>
      list.length === count ? list : stop('vector', at, VectorError.unpackParity),
    swap: (list: MoveValue[], i: number, j: number, at: number): void => {
      if (!(i < list.length && j < list.length)) stop('vector', at, VectorError.outOfBounds);
      const kept = list[i] as MoveValue;
      list[i] = list[j] as MoveValue;
      list[j] = kept;
    },
    variant: (value: EnumValue, tag: number, at: number): MoveValue[] =>
      value.tag === tag ? value.f : stop('internal', at, undefined, 'enum variant mismatch'),
  };
};

/** The helpers of one machine. */
export type Helpers = ReturnType<typeof createHelpers>;

/** Name of a helper. */
export type HelperName = keyof Helpers;
