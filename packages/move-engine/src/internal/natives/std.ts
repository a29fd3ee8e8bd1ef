import { createHash } from 'node:crypto';
import { nativeCosts } from '../../native-costs.ts';
import { executionLimits, sizes } from '../../params.ts';
import type { MoveValue } from '../../types.ts';
import { serialize } from '../bcs.ts';
import { VectorError } from '../run/failure.ts';
import type { U64 } from '../run/integers.ts';
import { copy, peek, type Reference } from '../run/refs.ts';
import { chargeNative, nothing, type RunState } from '../run/state.ts';
import { abstractSize, hasLayout } from '../types/fields.ts';
import { typeName } from '../types/tags.ts';
import type { Datatype, Ty } from '../types/ty.ts';
import type { NativeContext, Natives } from './registry.ts';

/** A `vector<u8>` value from bytes. */
export const toVector = (bytes: Uint8Array | string): number[] => Array.from(Buffer.from(bytes as Uint8Array));

/** `NFE_BCS_SERIALIZATION_FAILURE`: the code of `bcs::to_bytes`. */
const CANNOT_SERIALIZE = 453;

/** A price by bytes, and by blocks of them where there are any. */
export interface ByteCost {
  readonly base: number;
  readonly perByte: number;
  readonly perBlock?: number;
  readonly blockBytes?: number;
  /** Shorter input counts as so many bytes. */
  readonly leastBytes?: number;
}

/** Charges `base`, per byte and per block of input, and the bytes returned ({@link nothing}: none). */
export const chargeBytes = (s: RunState, cost: ByteCost, input: number, returned: number): void => {
  const { base, perByte, perBlock = 0, blockBytes = 1, leastBytes = 0 } = cost;
  chargeNative(s, base + perByte * Math.max(input, leastBytes) + perBlock * Math.ceil(input / blockBytes), returned);
};

const plain = (s: RunState, returned: number): void => chargeNative(s, nativeCosts.base, returned);

const light = { base: nativeCosts.base, perByte: nativeCosts.perByte };

const hash = (name: 'sha256' | 'sha3-256') => () => (s: RunState, data: number[]) => {
  chargeBytes(s, nativeCosts.sha, data.length, 34);
  return toVector(createHash(name).update(Uint8Array.from(data)).digest());
};

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

const checkUtf8 = (bytes: number[]): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
    return true;
  } catch {
    return false;
  }
};

const nameNative = (original: boolean) => () => (s: RunState, ta: readonly Ty[]) => {
  const name = typeName(ta[0] as Ty, original);
  chargeBytes(s, light, name.length, name.length + 6);
  return [[toVector(name)]];
};

const idNative =
  (original: boolean) =>
  ({ abort }: { abort: (code: number) => never }) =>
  (s: RunState, ta: readonly Ty[]) => {
    const def = (ta[0] as Ty).def as Datatype | undefined;
    chargeNative(s, nativeCosts.base, def ? sizes.address : nothing);
    if (!def) return abort(0);
    return original ? def.original : def.address;
  };

/** A range [start, end) of a list, or the vector error that Move makes an abort of. */
const checkRange = ({ abort }: NativeContext, s: RunState, list: readonly MoveValue[], start: U64, end: U64): void => {
  if (start <= end && end <= list.length) return;
  chargeNative(s, range.base, nothing);
  abort(VectorError.outOfBounds);
};

const { range } = nativeCosts;

/** Later versions of `std::vector` have these as natives; each charges for the elements it moves. */
const vectorRangeNatives: Natives = {
  '1::vector::reverse': () => (s: RunState, _ta: readonly Ty[], list: MoveValue[]) => {
    chargeNative(s, range.base + range.perMoved * list.length, nothing);
    list.reverse();
  },
  '1::vector::keep': (context) => (s: RunState, _ta: readonly Ty[], list: MoveValue[], start: number, end: number) => {
    checkRange(context, s, list, start, end);
    const moved = start === 0 ? 0 : end - start;
    const dropped = list.length - (end - start);
    chargeNative(s, range.base + range.perMoved * moved + range.perDropped * dropped, nothing);
    list.splice(end);
    list.splice(0, start);
  },
  '1::vector::slice': (context) => (s: RunState, ta: readonly Ty[], list: MoveValue[], start: number, end: number) => {
    checkRange(context, s, list, start, end);
    const made = copy(list.slice(start, end)) as MoveValue[];
    const type = context.world.types.vector(ta[0] as Ty);
    chargeNative(s, range.base, abstractSize(context.world.types, type, made));
    return made;
  },
  '1::vector::splice':
    (context) =>
    (s: RunState, ta: readonly Ty[], list: MoveValue[], start: number, end: number, other: MoveValue[]) => {
      checkRange(context, s, list, start, end);
      if (list.length - (end - start) + other.length > executionLimits.vectorLength) {
        chargeNative(s, range.base, nothing);
        context.abort(VectorError.tooLong);
      }
      const tail = list.splice(start);
      const removed = tail.splice(0, end - start);
      for (const item of other) list.push(item);
      for (const item of tail) list.push(item);
      const type = context.world.types.vector(ta[0] as Ty);
      const moved = other.length + (other.length === end - start ? 0 : tail.length);
      chargeNative(s, range.base + range.perMoved * moved, abstractSize(context.world.types, type, removed));
      return removed;
    },
};

/** What a transaction may call of `std::vector` itself; inside modules these are instructions. Errors are aborts here. */
const vectorNatives: Natives = {
  '1::vector::empty': () => (s: RunState) => {
    plain(s, sizes.aggregate);
    return [];
  },
  '1::vector::length': () => (s: RunState, _ta: readonly Ty[], list: MoveValue[]) => {
    plain(s, sizes.small);
    return list.length;
  },
  '1::vector::push_back':
    ({ abort, world }) =>
    (s: RunState, ta: readonly Ty[], list: MoveValue[], value: MoveValue) => {
      const size = abstractSize(world.types, ta[0] as Ty, value);
      chargeNative(s, nativeCosts.base + nativeCosts.perByte * Math.max(size, 1), nothing);
      if (list.push(value) > executionLimits.vectorLength) abort(VectorError.tooLong);
    },
  '1::vector::pop_back':
    ({ abort, world }) =>
    (s: RunState, ta: readonly Ty[], list: MoveValue[]) => {
      const popped = list.pop();
      plain(s, popped === undefined ? nothing : abstractSize(world.types, ta[0] as Ty, popped));
      return popped ?? abort(VectorError.popEmpty);
    },
  '1::vector::destroy_empty':
    ({ abort }) =>
    (s: RunState, _ta: readonly Ty[], list: MoveValue[]) => {
      plain(s, nothing);
      if (list.length > 0) abort(VectorError.unpackParity);
    },
  '1::vector::swap':
    ({ abort }) =>
    (s: RunState, _ta: readonly Ty[], list: MoveValue[], i: number, j: number) => {
      plain(s, nothing);
      if (!(i < list.length && j < list.length)) abort(VectorError.outOfBounds);
      [list[i], list[j]] = [list[j] as MoveValue, list[i] as MoveValue];
    },
};

/** Natives of the Move standard library. */
export const stdNatives: Natives = {
  ...vectorNatives,
  ...vectorRangeNatives,
  '1::bcs::to_bytes':
    ({ world, abort }) =>
    (s: RunState, ta: readonly Ty[], value: MoveValue | Reference) => {
      const type = ta[0] as Ty;
      if (!hasLayout(world.types, type)) {
        chargeNative(s, nativeCosts.bcs.failed, nothing);
        return abort(CANNOT_SERIALIZE, `the layout of ${type.text} is too large`);
      }
      const bytes = serialize(world.types, type, peek(value));
      chargeBytes(s, nativeCosts.bcs, bytes.length, bytes.length + 2);
      return toVector(bytes);
    },
  '1::hash::sha2_256': hash('sha256'),
  '1::hash::sha3_256': hash('sha3-256'),
  '1::string::internal_check_utf8': () => (s: RunState, bytes: number[]) => {
    chargeBytes(s, light, bytes.length, 8);
    return checkUtf8(bytes);
  },
  '1::string::internal_is_char_boundary': () => (s: RunState, bytes: number[], at: number) => {
    plain(s, sizes.small);
    return at === bytes.length || (at < bytes.length && !isContinuation(bytes[at]));
  },
  '1::string::internal_sub_string':
    ({ abort }) =>
    (s: RunState, bytes: number[], from: number, to: number) => {
      if (!(from <= to && to <= bytes.length)) {
        plain(s, nothing);
        return abort(1);
      }
      chargeBytes(s, light, to - from, to - from + 2);
      return bytes.slice(from, to);
    },
  '1::string::internal_index_of': () => (s: RunState, bytes: number[], wanted: number[]) => {
    chargeBytes(s, light, bytes.length + wanted.length, 8);
    const at = Buffer.from(bytes).indexOf(Buffer.from(wanted));
    return at < 0 ? bytes.length : at;
  },
  '1::type_name::get': nameNative(false),
  '1::type_name::with_defining_ids': nameNative(false),
  '1::type_name::get_with_original_ids': nameNative(true),
  '1::type_name::with_original_ids': nameNative(true),
  '1::type_name::defining_id': idNative(false),
  '1::type_name::original_id': idNative(true),
  '1::debug::print': () => (s: RunState) => plain(s, nothing),
  '1::debug::print_stack_trace': () => (s: RunState) => plain(s, nothing),
};
