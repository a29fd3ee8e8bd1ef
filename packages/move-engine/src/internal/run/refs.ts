import type { EnumValue, MoveValue } from '../../types.ts';

/** A reference to a primitive: container and index. One class, so that `instanceof` tells it from every value. */
export class Reference {
  readonly c: MoveValue[];
  readonly i: number;
  constructor(c: MoveValue[], i: number) {
    this.c = c;
    this.i = i;
  }
}

/** A reference to slot `i` of `c`, whatever is in it: aggregates are their own reference. */
export const borrow = (c: MoveValue[], i: number): MoveValue | Reference => {
  const value = c[i] as MoveValue;
  return typeof value === 'object' ? value : new Reference(c, i);
};

/** Deep copy of a value. */
export const copy = (value: MoveValue): MoveValue => (typeof value === 'object' ? copyAggregate(value) : value);

const copyAggregate = (value: MoveValue[] | EnumValue): MoveValue => {
  if (!Array.isArray(value)) return { tag: value.tag, f: copyList(value.f) };
  return copyList(value);
};

const copyList = (list: MoveValue[]): MoveValue[] => {
  const made = list.slice();
  // Elements of one vector share a type, but fields of a struct do not: every slot is looked at.
  for (let k = 0; k < made.length; k++) {
    const item = made[k] as MoveValue;
    if (typeof item === 'object') made[k] = copyAggregate(item);
  }
  return made;
};

/** `*r`, copied. */
export const read = (r: MoveValue | Reference): MoveValue =>
  r instanceof Reference ? (r.c[r.i] as MoveValue) : copy(r as MoveValue);

/** `*r = value` for a reference of unknown kind. */
export const write = (r: MoveValue | Reference, value: MoveValue): void => {
  if (r instanceof Reference) r.c[r.i] = value;
  else assign(r as MoveValue[] | EnumValue, value as MoveValue[] | EnumValue);
};

/** Puts the contents of `value` into the aggregate `target`. */
export const assign = (target: MoveValue[] | EnumValue, value: MoveValue[] | EnumValue): void => {
  if (target === value) return;
  if (!Array.isArray(target)) {
    target.tag = (value as EnumValue).tag;
    target.f = (value as EnumValue).f;
    return;
  }
  const items = value as MoveValue[];
  target.length = items.length;
  for (let k = 0; k < items.length; k++) target[k] = items[k] as MoveValue;
};

/** Equality of two values of one type. */
export const equal = (a: MoveValue, b: MoveValue): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (Array.isArray(a)) return equalLists(a, b as MoveValue[]);
  return a.tag === (b as EnumValue).tag && equalLists(a.f, (b as EnumValue).f);
};

const equalLists = (a: MoveValue[], b: MoveValue[]): boolean => {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (!equal(a[k] as MoveValue, b[k] as MoveValue)) return false;
  return true;
};

/** The value behind a reference of unknown kind, not copied. */
export const peek = (r: MoveValue | Reference): MoveValue =>
  r instanceof Reference ? (r.c[r.i] as MoveValue) : (r as MoveValue);

/** Equality of what two references refer to. */
export const equalReferents = (a: MoveValue | Reference, b: MoveValue | Reference): boolean => equal(peek(a), peek(b));
