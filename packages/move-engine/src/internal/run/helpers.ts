import { executionLimits } from '../../params.ts';
import type { EnumValue, MoveValue } from '../../types.ts';
import { abstractSize, withinTypeLimits } from '../types/fields.ts';
import type { Ty, Types } from '../types/ty.ts';
import { stop, VectorError } from './failure.ts';
import * as integers from './integers.ts';
import { assign, borrow, copy, equal, peek, Reference, write } from './refs.ts';
import { checkpoint, type RunState, tooDeep } from './state.ts';

/** A call site's instantiation, remembered for the type arguments it was last made from. */
interface OneTypeSite {
  readonly open: Ty;
  from: readonly Ty[] | undefined;
  made: Ty | undefined;
}

/** The same for a list of type arguments. */
interface ManyTypesSite {
  readonly open: readonly Ty[];
  from: readonly Ty[] | undefined;
  made: readonly Ty[] | undefined;
}

/** Functions that generated code calls by name. */
export const createHelpers = (types: Types) => {
  const chargeSize = (s: RunState, ty: Ty, value: MoveValue): void => {
    const size = abstractSize(types, ty, value);
    s.z += size;
    s.stop -= size;
  };
  const instantiate = (open: Ty, args: readonly Ty[]): Ty => {
    const made = types.substitute(open, args);
    if (!withinTypeLimits(made)) stop('limit', -1, undefined, 'a type instantiation is too large');
    return made;
  };
  return {
    ...integers,
    Reference,
    borrow,
    copy,
    peek,
    write,
    assign,
    checkpoint,
    tooDeep,
    chargeSize,
    longest: executionLimits.vectorLength,
    copySized: (s: RunState, ty: Ty, value: MoveValue): MoveValue => {
      chargeSize(s, ty, value);
      return copy(value);
    },
    equalSized: (s: RunState, ty: Ty, a: MoveValue | Reference, b: MoveValue | Reference): boolean => {
      const x = peek(a);
      const y = peek(b);
      chargeSize(s, ty, x);
      chargeSize(s, ty, y);
      return equal(x, y);
    },
    oneType: (site: OneTypeSite, args: readonly Ty[]): Ty => {
      if (site.from !== args) {
        site.made = instantiate(site.open, args);
        site.from = args;
      }
      return site.made as Ty;
    },
    manyTypes: (site: ManyTypesSite, args: readonly Ty[]): readonly Ty[] => {
      if (site.from !== args) {
        site.made = types.argumentList(site.open.map((open) => instantiate(open, args)));
        site.from = args;
      }
      return site.made as readonly Ty[];
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
