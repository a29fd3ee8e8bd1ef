import { executionLimits, instructionTiers, nativeCallThreshold, sizeTiers, type Tiers } from '../../params.ts';
import type { TxContextData } from '../../types.ts';
import type { ObjectRuntime } from '../objects.ts';
import { stop } from './failure.ts';

/**
 * State of a session that generated code touches on every segment. Short names, because they occur in generated text:
 * i instructions, p pushes, z bytes pushed, n native units, d call depth. Never add a field after construction: V8 must
 * keep one shape.
 */
export interface RunState {
  i: number;
  p: number;
  z: number;
  n: number;
  d: number;
  /** Instruction count up to which neither the budget can be gone nor the tier of bytes end. */
  stop: number;
  /** Bytes at which the tier that pushes are charged at ends. */
  tierEnd: number;
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
  const state = { i: 0, p: 0, z: 0, n: 0, d: 0, stop: 0, tierEnd: 0, limit, nativeCalls: 0, call: -1, tx, objects };
  state.tierEnd = tierAt(sizeTiers, 0)[1];
  state.stop = nextStop(state);
  return state;
};

/** Cost of `quantity` units under a table of tiers, each unit at the tier it lies in. */
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

const tierAt = (tiers: Tiers, quantity: number): readonly [units: number, end: number] => {
  for (let k = tiers.length - 1; k >= 0; k--) {
    const [above, units] = tiers[k] as Tiers[number];
    if (quantity >= above) return [units, k + 1 < tiers.length ? (tiers[k + 1] as Tiers[number])[0] : Infinity];
  }
  return [1, Infinity];
};

/**
 * Sui charges an amount wholly at the tier it ends in: what that adds to {@link tiered} for the amount that brought the
 * total from one tier to `total` in another.
 */
const crossing = (tiers: Tiers, total: number, amount: number): number =>
  tierAt(tiers, total)[0] * amount - (tiered(tiers, total) - tiered(tiers, total - amount));

/** Exact computation so far in internal units. */
export const computation = (s: RunState): number => tiered(instructionTiers, s.i) + s.p + tiered(sizeTiers, s.z) + s.n;

/** Widest push that a segment counts with others; wider ones go through {@link pushBytes} one by one. */
export const widestPush = 64;
const mostPushes = 4;

/** Accounts for pushes of these sizes that led into another tier. */
const enterTier = (s: RunState, sizes: readonly number[]): void => {
  let total = s.z - sizes.reduce((sum, size) => sum + size, 0);
  for (const size of sizes) {
    total += size;
    if (total <= s.tierEnd) continue;
    s.n += crossing(sizeTiers, total, size);
    s.tierEnd = tierAt(sizeTiers, total)[1];
  }
};

/**
 * Called when `s.i` passes `s.stop`: stops the call when the budget is gone, else sets the next stop. `sizesOf` gives
 * the pushes of the segment just charged.
 */
export const checkpoint = (s: RunState, sizesOf: () => readonly number[]): void => {
  if (s.z > s.tierEnd) enterTier(s, sizesOf());
  if (computation(s) > s.limit) stop('outOfGas', -1);
  s.stop = nextStop(s);
};

const nextStop = (s: RunState): number => {
  const left = s.limit - computation(s);
  const [rateI, endI] = tierAt(instructionTiers, s.i);
  const [rateZ] = tierAt(sizeTiers, s.z);
  const steps = Math.min(left / (rateI + mostPushes + rateZ * widestPush), endI - s.i, (s.tierEnd - s.z) / widestPush);
  return s.i + Math.max(0, Math.floor(steps));
};

/** One push of any number of bytes. An instruction pushes at most {@link widestPush} otherwise, so the stop moves back by that. */
export const pushBytes = (s: RunState, bytes: number): void => {
  s.z += bytes;
  if (s.z > s.tierEnd) enterTier(s, [bytes]);
  s.stop -= Math.ceil(bytes / widestPush);
};

const none: readonly number[] = [];

/** Adds what a native or the ledger prices and stops the call when the budget is gone. */
export const charge = (s: RunState, units: number): void => {
  s.n += units;
  checkpoint(s, () => none);
};

/** What a native that aborts, or returns nothing, returns. */
export const nothing = -1;

/**
 * Charges a call of a native: an instruction, its units, and a push of the bytes it returns ({@link nothing}: no push).
 * After many calls units count as instructions. Every instruction costs at least one unit, so moving the stop back by the
 * units is never too late.
 */
export const chargeNative = (s: RunState, units: number, returned: number): void => {
  s.i += 1;
  if (++s.nativeCalls > nativeCallThreshold) countUnits(s, units);
  else s.n += units;
  s.stop -= units + 2;
  if (returned === nothing) return;
  s.p += 1;
  pushBytes(s, returned);
};

const countUnits = (s: RunState, units: number): void => {
  const end = instructionTiers.find(([above]) => above >= s.i && above > 0)?.[0] ?? Infinity;
  s.i += units;
  if (s.i > end) s.n += crossing(instructionTiers, s.i, units);
};

/** Takes back what instructions that did not run were charged for. */
export const refund = (
  s: RunState,
  gas: { readonly pushes: readonly number[]; readonly bytes: readonly number[] },
): void => {
  s.i -= gas.bytes.length;
  for (const pushes of gas.pushes) s.p -= pushes;
  for (const bytes of gas.bytes) s.z -= bytes;
};

/** Refuses a call nested deeper than Move allows. */
export const tooDeep = (site: number): never =>
  stop('stack', site, undefined, `call depth above ${executionLimits.callDepth}`);
