import type { MoveFunction, World } from '../load/loaded-module.ts';

/** What a native is told when it is linked. */
export interface NativeContext {
  readonly world: World;
  /** Stops the call with an abort at the native's own place; `detail` is for people. */
  readonly abort: (code: number, detail?: string) => never;
  /** Stops the call because a limit of the protocol is reached, at the native's own place. */
  readonly limit: (detail: string) => never;
}

/**
 * Natives by `address::module::function`, the address short and without 0x. Each makes a function taking the run state,
 * the type arguments when it is generic, and the arguments.
 */
export type Natives = Readonly<Record<string, (context: NativeContext) => MoveFunction>>;

/** Key of a native: original address of its module without leading zeros, module, function. */
export const nativeKey = (address: string, module: string, name: string): string =>
  `${address.replace(/^0+(?=.)/, '')}::${module}::${name}`;
