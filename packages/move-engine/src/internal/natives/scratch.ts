import { nativeCosts } from '../../native-costs.ts';
import { executionLimits } from '../../params.ts';
import type { Address, MoveValue } from '../../types.ts';
import type { ScratchEntry } from '../objects.ts';
import { copy } from '../run/refs.ts';
import { chargeNative, nothing, type RunState } from '../run/state.ts';
import { abstractSize } from '../types/fields.ts';
import type { Ty } from '../types/ty.ts';
import type { NativeContext, Natives } from './registry.ts';

/** Error constants of `sui::scratch`. */
const EXISTS = 0;
const MISSING = 1;
const OTHER_TYPE = 2;

const entry = ({ abort }: NativeContext, s: RunState, type: Ty, key: Address): ScratchEntry => {
  const found = s.objects.scratch.get(key);
  if (found?.type === type) return found;
  chargeNative(s, nativeCosts.scratch.base, nothing);
  return abort(found ? OTHER_TYPE : MISSING);
};

/** Values of `sui::scratch`, by an address made of key type and key, for the length of one transaction. */
export const scratchNatives: Natives = {
  '2::scratch::add_impl':
    ({ abort, limit }) =>
    (s: RunState, ta: readonly Ty[], key: Address, value: MoveValue) => {
      chargeNative(s, nativeCosts.scratch.base, nothing);
      const { scratch } = s.objects;
      if (scratch.has(key)) abort(EXISTS);
      if (scratch.size >= executionLimits.scratchEntries) limit('too many scratch entries');
      scratch.set(key, { type: ta[0] as Ty, value });
    },
  '2::scratch::read_impl': (context) => (s: RunState, ta: readonly Ty[], key: Address) => {
    const { type, value } = entry(context, s, ta[0] as Ty, key);
    const size = abstractSize(context.world.types, type, value);
    chargeNative(s, nativeCosts.scratch.base + nativeCosts.scratch.perByteRead * size, size);
    return copy(value);
  },
  '2::scratch::remove_impl': (context) => (s: RunState, ta: readonly Ty[], key: Address) => {
    const { type, value } = entry(context, s, ta[0] as Ty, key);
    chargeNative(s, nativeCosts.scratch.base, abstractSize(context.world.types, type, value));
    s.objects.scratch.delete(key);
    return value;
  },
  '2::scratch::exists_impl': () => (s: RunState, key: Address) => {
    chargeNative(s, nativeCosts.scratch.base, 8);
    return s.objects.scratch.has(key);
  },
  '2::scratch::exists_with_type_impl': () => (s: RunState, ta: readonly Ty[], key: Address) => {
    const { base, perNode } = nativeCosts.scratch;
    chargeNative(s, base + perNode * (ta[0] as Ty).nodes, 8);
    return s.objects.scratch.get(key)?.type === ta[0];
  },
};
