import type { MoveVm, Type } from '@atoma/move-engine';
import { failWith } from './ptb/failure.ts';

/** Fails a transaction that would write a value of a type whose layout is too large to be told. */
export const checkLayout = (vm: MoveVm, type: Type, command: number | undefined): void => {
  if (vm.hasLayout(type)) return;
  failWith({ MovePrimitiveRuntimeError: null }, `The layout of ${type.text} has too many nodes.`, command);
};
