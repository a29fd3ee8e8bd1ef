import { executionLimits, instructionTiers, nativeCallThreshold, sizeTiers, type Tiers } from '../../params.ts';
import type { TxContextData } from '../../types.ts';
import type { ObjectRuntime } from '../objects.ts';
import { stop } from './failure.ts';

/**
 * State of a session that generated code touches on every block. Short names, because they occur in generated text:
 * i instructions, p pushes, z bytes pushed, n native units, d call depth. Never add a field after construction: V8 must
 * keep one shape.
 */
export interface RunState {
  i: number;
  p: number;
  z: number;
  n: number;
  d: number;
  /** Instruction count at which the budget could be gone at the earliest. */
  stop: number;
  /** Budget in internal units. */
  limit: number;
  nativeCalls: number;
  /** Index of the session call under way. */
  call: number;
  readonly tx: TxContextData;
  readonly objects: ObjectRuntime;
}

/** A fresh meter over `limit` internal units. */
export const createState = (limit: number, tx: TxContextData, objects: ObjectRuntime): RunState => {
  const state = { i: 0, p: 0, z: 0, n: 0, d: 0, stop: 0, limit, nativeCalls: 0, call: -1, tx, objects };
  state.stop = nextStop(state);
  return state;
};

/** Cost of `quantity` units under a table of tiers. */
export const tiered = (tiers: Tiers, quantity: number): number => {
  let cost = 0;
  for (let k = 0; k < tiers.length; k++) {
    const [above, units] = tiers[k] as Tiers[number];
    if (quantity <= above) break;
    const upTo = k + 1 < tiers.length ? (tiers[k + 1] as Tiers[number])[0] : quantity;
    cost += (Math.min(quantity, upTo) - above) * units;
  }
  return cost;
};

/** Exact computation so far in internal units. */
export const computation = (s: RunState): number => tiered(instructionTiers, s.i) + s.p + tiered(sizeTiers, s.z) + s.n;

/** Called when `s.i` passes `s.stop`: stops the call when the budget is gone, else sets the next stop. */
export const checkpoint = (s: RunState): void => {
  if (computation(s) > s.limit) stop('outOfGas', -1);
  s.stop = nextStop(s);
};

/** Most bytes one instruction pushes; translated blocks that push more ask for a checkpoint themselves. */
const widestPush = 64;
const mostPushes = 4;

const nextStop = (s: RunState): number => {
  const left = s.limit - computation(s);
  const [rateI, endI] = tierAt(instructionTiers, s.i);
  const [rateZ, endZ] = tierAt(sizeTiers, s.z);
  const steps = Math.min(left / (rateI + mostPushes + rateZ * widestPush), endI - s.i, (endZ - s.z) / widestPush);
  return s.i + Math.max(0, Math.floor(steps));
};

const tierAt = (tiers: Tiers, quantity: number): readonly [units: number, end: number] => {
  for (let k = tiers.length - 1; k >= 0; k--) {
    const [above, units] = tiers[k] as Tiers[number];
    if (quantity >= above) return [units, k + 1 < tiers.length ? (tiers[k + 1] as Tiers[number])[0] : Infinity];
  }
  return [1, Infinity];
};

/** Adds what a native or the ledger prices and stops the call when the budget is gone. */
export const charge = (s: RunState, units: number): void => {
  s.n += units;
  checkpoint(s);
};

/**
 * Charges a call of a native: its units, and a push and the bytes when it returns something. Every instruction costs at least one
 * unit, so moving the stop back by the units is never too late.
 */
export const chargeNative = (s: RunState, units: number, returnedBytes: number): void => {
  if (returnedBytes > 0) s.p += 1;
  s.z += returnedBytes;
  if (++s.nativeCalls > nativeCallThreshold) s.i += units;
  else s.n += units;
  s.stop -= units + returnedBytes + 1;
};

/** Refuses a call nested deeper than Move allows. */
export const tooDeep = (): never => stop('stack', -1, undefined, `call depth above ${executionLimits.callDepth}`);
