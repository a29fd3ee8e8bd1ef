import { Op } from '../binary/opcodes.ts';
import type { LoadedFunction } from '../load/loaded-module.ts';
import { rejectAt } from '../translate/context.ts';
import type { Translation } from '../translate/function.ts';
import { Ability, abilitiesIn } from '../types/ty.ts';
import { analyse } from './flow.ts';
import { type Meter, tick } from './meter.ts';

/** What is known of a local at a point: unset or moved away, surely set, or set on some paths only. */
const State = { unset: 0, set: 1, maybe: 2 } as const;

const ticks = { step: 1, returning: 10, joining: 10 } as const;

/**
 * Requires every local to be set when it is read and nothing without `drop` to be lost, over all paths
 * (`move-bytecode-verifier/src/locals_safety`). Without it a value could be moved twice, which copies it.
 */
export const verifyLocals = (fn: LoadedFunction, { cfg, code, locals }: Translation, meter: Meter): void => {
  const canDrop = locals.map((ty) => (abilitiesIn(ty, fn.constraints) & Ability.drop) !== 0);
  const reject = (at: number, reason: string): never => rejectAt({ fn, module: fn.module }, at, reason);

  const step = (state: Uint8Array, at: number): void => {
    tick(meter, ticks.step);
    const { op, a } = code[at] as (typeof code)[number];
    switch (op) {
      case Op.CopyLoc:
      case Op.MoveLoc:
      case Op.MutBorrowLoc:
      case Op.ImmBorrowLoc:
        if (state[a] !== State.set) reject(at, `local ${a} is not set on every path`);
        if (op === Op.MoveLoc) state[a] = State.unset;
        break;
      case Op.StLoc:
        if (state[a] !== State.unset && !canDrop[a]) reject(at, `local ${a} is overwritten but may not be dropped`);
        state[a] = State.set;
        break;
      case Op.Ret: {
        tick(meter, ticks.returning * state.length);
        const lost = state.findIndex((one, k) => one !== State.unset && !canDrop[k]);
        if (lost >= 0) reject(at, `local ${lost} is left behind but may not be dropped`);
      }
    }
  };

  analyse<Uint8Array>(cfg, meter, {
    initial: Uint8Array.from(locals, (_, k) => (k < fn.parameters.length ? State.set : State.unset)),
    walk: ({ start, end }, before) => {
      const state = before.slice();
      for (let at = start; at < end; at++) step(state, at);
      return state;
    },
    join: (known, other) => {
      tick(meter, ticks.joining);
      return join(known, other);
    },
  });
};

/** Both states as one, or undefined when the first says as much already. */
const join = (a: Uint8Array, b: Uint8Array): Uint8Array | undefined => {
  let joined = a;
  for (let k = 0; k < a.length; k++) {
    if (a[k] === b[k] || a[k] === State.maybe) continue;
    if (joined === a) joined = a.slice();
    joined[k] = State.maybe;
  }
  return joined === a ? undefined : joined;
};
