import type { NativeContext, Natives } from '../internal/natives/registry.ts';
import { createState, type RunState } from '../internal/run/state.ts';

/** How a native ended, and the units it was charged. */
export interface NativeCall {
  readonly value?: unknown;
  /** The code it aborted with. */
  readonly abort?: number;
  readonly units: number;
}

/** Calls natives without a machine around them: those that need nothing but a meter. `prefix` begins their names. */
export const createNativeCaller =
  (natives: Natives, prefix: string) =>
  (name: string, ...args: readonly unknown[]): NativeCall => {
    const aborted: number[] = [];
    const context = {
      abort: (code: number) => {
        aborted.push(code);
        throw aborted;
      },
    } as unknown as NativeContext;
    const state = createState(2 ** 40, {} as RunState['tx'], {} as RunState['objects']);
    try {
      const value = natives[`${prefix}${name}`]?.(context)(state, ...(args as never[]));
      return { value, units: state.n };
    } catch (thrown) {
      if (thrown !== aborted) throw thrown;
      return { abort: aborted[0] as number, units: state.n };
    }
  };
