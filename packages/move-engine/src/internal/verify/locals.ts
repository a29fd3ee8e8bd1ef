import { Op } from '../binary/opcodes.ts';
import type { LoadedFunction } from '../load/module.ts';
import { rejectAt } from '../translate/context.ts';
import type { Translation } from '../translate/function.ts';
import { Ability, abilitiesIn } from '../types/ty.ts';

/** What is known of a local at a point: unset or moved away, surely set, or set on some paths only. */
const State = { unset: 0, set: 1, maybe: 2 } as const;

/**
 * Requires every local to be set when it is read and nothing without `drop` to be lost, over all paths
 * (`move-bytecode-verifier/src/locals_safety`). Without it a value could be moved twice, which copies it.
 */
export const verifyLocals = (fn: LoadedFunction, { cfg, code, locals }: Translation): void => {
  const canDrop = locals.map((ty) => (abilitiesIn(ty, fn.constraints) & Ability.drop) !== 0);
  const reject = (at: number, reason: string): never => rejectAt({ fn, module: fn.module }, at, reason);

  const step = (state: Uint8Array, at: number): void => {
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
        const lost = state.findIndex((one, k) => one !== State.unset && !canDrop[k]);
        if (lost >= 0) reject(at, `local ${lost} is left behind but may not be dropped`);
      }
    }
  };

  const entry: (Uint8Array | undefined)[] = cfg.blocks.map(() => undefined);
  entry[0] = Uint8Array.from(locals, (_, k) => (k < fn.parameters.length ? State.set : State.unset));
  for (const pending = [0]; pending.length > 0; ) {
    const at = pending.pop() as number;
    const block = cfg.blocks[at] as (typeof cfg.blocks)[number];
    const state = (entry[at] as Uint8Array).slice();
    for (let k = block.start; k < block.end; k++) step(state, k);
    for (const next of block.successors) {
      const known = entry[next];
      const joined = known ? join(known, state) : state.slice();
      if (joined !== known) {
        entry[next] = joined;
        pending.push(next);
      }
    }
  }
};

/** Both states as one; the first itself when it says as much already. */
const join = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  let joined = a;
  for (let k = 0; k < a.length; k++) {
    if (a[k] === b[k] || a[k] === State.maybe) continue;
    if (joined === a) joined = a.slice();
    joined[k] = State.maybe;
  }
  return joined;
};
