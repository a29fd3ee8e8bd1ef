import type { MoveVm, Type } from '@atoma/move-engine';
import { MAX_LAYOUT_NODES } from '../params.ts';
import { failWith } from './ptb/failure.ts';

const known = new WeakMap<Type, number>();

const fieldsOf = (vm: MoveVm, type: Type): readonly Type[] => {
  if (type.element) return [type.element];
  if (!type.datatype) return [];
  const layout = vm.layout(type);
  const fields = layout.kind === 'struct' ? layout.fields : layout.variants.flatMap((variant) => variant.fields);
  return fields.map((field) => field.type);
};

/** Types in the whole layout of a type: itself, its fields', those of every variant, and so on. */
const layoutNodes = (vm: MoveVm, type: Type): number => {
  const nodes =
    known.get(type) ?? fieldsOf(vm, type).reduce((sum, field) => Math.min(sum + layoutNodes(vm, field), 1e9), 1);
  known.set(type, nodes);
  return nodes;
};

/** Fails a transaction that would write a value of a type whose layout is too large to be told. */
export const checkLayout = (vm: MoveVm, type: Type, command: number | undefined): void => {
  if (layoutNodes(vm, type) > MAX_LAYOUT_NODES)
    failWith(
      { MovePrimitiveRuntimeError: null },
      `The layout of ${type.text} has more than ${MAX_LAYOUT_NODES} nodes.`,
      command,
    );
};
