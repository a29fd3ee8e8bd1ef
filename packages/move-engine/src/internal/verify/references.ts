import type { BinaryModule, Instruction } from '../binary/module.ts';
import { Op } from '../binary/opcodes.ts';
import type { LoadedFunction } from '../load/module.ts';
import { rejectAt } from '../translate/context.ts';
import type { Translation } from '../translate/function.ts';
import type { Ty } from '../types/ty.ts';
import * as borrows from './borrow-graph.ts';

/** A value without a reference, on the stack or in a local; references are their numbers. */
const plain = -1;

interface State {
  /** Of a canonical state: a reference in local k has number k, the frame the one behind. */
  readonly locals: number[];
  readonly graph: borrows.BorrowGraph;
  next: number;
}

const isReference = (ty: Ty): boolean => ty.target !== undefined;

/**
 * Requires references to be used so that none dangles and no value changes under another reference, over all paths
 * (`move-bytecode-verifier/src/reference_safety`).
 */
export const verifyReferences = (fn: LoadedFunction, translation: Translation): void => {
  const { cfg, code } = translation;
  const before: (State | undefined)[] = cfg.blocks.map(() => undefined);
  before[0] = initialState(fn, translation.locals.length);
  const sequence = [...cfg.blocks.keys()]
    .filter((block) => (cfg.order[block] as number) >= 0)
    .sort((a, b) => (cfg.order[a] as number) - (cfg.order[b] as number));
  for (let position = 0; position < sequence.length; ) {
    const block = sequence[position] as number;
    const after = copyState(before[block] as State);
    const { start, end, successors } = cfg.blocks[block] as (typeof cfg.blocks)[number];
    const walk: Walk = { fn, state: after, stack: [], at: start };
    for (; walk.at < end; walk.at++) step(walk, code[walk.at] as Instruction);
    const canonical = canonicalState(after);
    let back: number | undefined;
    for (const next of successors) {
      const known = before[next];
      const isBack = (cfg.order[next] as number) <= position;
      if (!known) before[next] = canonical;
      else {
        const joined = join(known, canonical);
        if (!joined) continue;
        before[next] = joined;
        if (!isBack) continue;
        back = cfg.order[next];
        break;
      }
    }
    position = back ?? position + 1;
  }
};

const initialState = (fn: LoadedFunction, locals: number): State => {
  const graph: borrows.BorrowGraph = new Map();
  fn.parameters.forEach((ty, k) => {
    if (isReference(ty)) borrows.addReference(graph, k, ty.kind === 'mutable');
  });
  borrows.addReference(graph, locals, true);
  return {
    locals: Array.from({ length: locals }, (_, k) => (graph.has(k) ? k : plain)),
    graph,
    next: locals + 1,
  };
};

const copyState = ({ locals, graph, next }: State): State => ({
  locals: [...locals],
  graph: borrows.copyGraph(graph),
  next,
});

const canonicalState = ({ locals, graph }: State): State => {
  const renamed = new Map<number, number>();
  locals.forEach((id, k) => {
    if (id !== plain) renamed.set(id, k);
  });
  return {
    locals: locals.map((id, k) => (id === plain ? plain : k)),
    graph: borrows.copyGraph(graph, renamed),
    next: locals.length + 1,
  };
};

/** Both states as one, or undefined when the first says as much already. */
const join = (known: State, other: State): State | undefined => {
  const joined = copyState(known);
  const graph = borrows.copyGraph(other.graph);
  let isChanged = false;
  known.locals.forEach((id, k) => {
    const there = other.locals[k] as number;
    if (id === there) return;
    if (there === plain) {
      borrows.release(joined.graph, id);
      joined.locals[k] = plain;
      isChanged = true;
    } else borrows.release(graph, there);
  });
  return borrows.joinGraphs(joined.graph, graph) || isChanged ? joined : undefined;
};

/** A block under analysis. */
interface Walk {
  readonly fn: LoadedFunction;
  readonly state: State;
  readonly stack: number[];
  at: number;
}

const reject = (walk: Walk, reason: string): never =>
  rejectAt({ fn: walk.fn, module: walk.fn.module }, walk.at, reason);

const popReference = (walk: Walk): number => walk.stack.pop() as number;

const frame = ({ state }: Walk): number => state.locals.length;

const newReference = ({ state }: Walk, isMutable: boolean): number => {
  borrows.addReference(state.graph, state.next, isMutable);
  return state.next++;
};

const discard = ({ state }: Walk, value: number): void => {
  if (value !== plain) borrows.release(state.graph, value);
};

const isMutable = ({ state }: Walk, id: number): boolean => borrows.isMutable(state.graph, id);
const isBorrowed = ({ state }: Walk, id: number, part: borrows.Part): boolean =>
  borrows.isBorrowed(state.graph, id, part, false);
const isMutablyBorrowed = ({ state }: Walk, id: number, part: borrows.Part): boolean =>
  borrows.isBorrowed(state.graph, id, part, true);

const requireReadable = (walk: Walk, id: number, part: borrows.Part = 'any'): void => {
  if (isMutable(walk, id) && isMutablyBorrowed(walk, id, part)) reject(walk, 'the value is borrowed mutably');
};
const requireWritable = (walk: Walk, id: number): void => {
  if (isBorrowed(walk, id, 'any')) reject(walk, 'the value is borrowed');
};

const localLabel = (index: number): string => `${index},`;
const localPart = (index: number) => ({ label: localLabel(index) });

/** The frame as a whole is borrowed, or a local of it mutably. */
const requireUnborrowedLocal = (walk: Walk, local: number): void => {
  if (isBorrowed(walk, frame(walk), 'whole') || isMutablyBorrowed(walk, frame(walk), localPart(local)))
    reject(walk, `local ${local} is borrowed mutably`);
};

const exchange = ({ stack }: Walk, pops: number, pushed: number): void => {
  stack.length -= pops;
  for (let k = 0; k < pushed; k++) stack.push(plain);
};

const variantOf = (walk: Walk, index: number, generic: boolean) => {
  const { binary } = walk.fn.module;
  const { def, variant } = (generic ? binary.variantInstantiations : binary.variantHandles)[index] as {
    readonly def: number;
    readonly variant: number;
  };
  const owner = generic ? (binary.enumInstantiations[def]?.def as number) : def;
  return { owner, variant, fields: binary.enumDefs[owner]?.variants[variant]?.fields.length ?? 0 };
};

const copyLocal = (walk: Walk, local: number): void => {
  const { state, stack } = walk;
  const id = state.locals[local] as number;
  if (id === plain) {
    requireUnborrowedLocal(walk, local);
    stack.push(plain);
    return;
  }
  const copied = newReference(walk, isMutable(walk, id));
  borrows.borrowExactly(state.graph, id, '', copied);
  stack.push(copied);
};

const replaceLocal = (walk: Walk, local: number, value: number): number => {
  const { locals } = walk.state;
  const old = locals[local] as number;
  locals[local] = value;
  if (old === plain && isBorrowed(walk, frame(walk), localPart(local))) reject(walk, `local ${local} is borrowed`);
  return old;
};

const borrowLocal = (walk: Walk, local: number, mutably: boolean): void => {
  if (!mutably) requireUnborrowedLocal(walk, local);
  else if (isBorrowed(walk, frame(walk), 'whole')) reject(walk, 'the frame is borrowed');
  const made = newReference(walk, mutably);
  borrows.borrowExactly(walk.state.graph, frame(walk), localLabel(local), made);
  walk.stack.push(made);
};

/** A field may be borrowed mutably beside others, and read beside mutable borrows of others. */
const borrowField = (walk: Walk, handle: number, mutably: boolean): void => {
  const id = popReference(walk);
  const label = `f${handle},`;
  if (!mutably) requireReadable(walk, id, { label });
  else if (isBorrowed(walk, id, 'whole')) reject(walk, 'the value is borrowed');
  const made = newReference(walk, mutably);
  borrows.borrowExactly(walk.state.graph, id, label, made);
  borrows.release(walk.state.graph, id);
  walk.stack.push(made);
};

const borrowVariant = (walk: Walk, index: number, mutably: boolean, generic: boolean): void => {
  const id = popReference(walk);
  const { owner, variant, fields } = variantOf(walk, index, generic);
  if (!mutably) requireReadable(walk, id);
  else if (isBorrowed(walk, id, 'whole')) reject(walk, 'the value is borrowed');
  for (let k = 0; k < fields; k++) {
    const made = newReference(walk, mutably);
    borrows.borrowExactly(walk.state.graph, id, `v${owner}.${variant}.${k},`, made);
    walk.stack.push(made);
  }
  borrows.release(walk.state.graph, id);
};

const compare = (walk: Walk): void => {
  const operands = [popReference(walk), popReference(walk)].filter((id) => id !== plain);
  for (const id of operands) requireReadable(walk, id);
  for (const id of operands) borrows.release(walk.state.graph, id);
  walk.stack.push(plain);
};

const borrowElement = (walk: Walk, mutably: boolean): void => {
  walk.stack.pop();
  borrowFrom(walk, [popReference(walk)], [mutably]);
};

const changeBehind = (walk: Walk, id: number): void => {
  requireWritable(walk, id);
  borrows.release(walk.state.graph, id);
};

const call = (walk: Walk, handle: number): void => {
  const { module } = walk.fn;
  const { parameters, returns } = module.binary.functionHandles[handle] as BinaryModule['functionHandles'][number];
  const given = walk.stack.splice(walk.stack.length - module.signature(parameters).length);
  borrowFrom(
    walk,
    given.filter((id) => id !== plain),
    module.signature(returns).map((ty) => (isReference(ty) ? ty.kind === 'mutable' : undefined)),
  );
};

/** References among results may be of anything passed, mutable ones of what was passed mutably. */
const borrowFrom = (walk: Walk, given: readonly number[], results: readonly (boolean | undefined)[]): void => {
  const { state, stack } = walk;
  const mutable = given.filter((id) => isMutable(walk, id));
  for (const id of mutable) requireWritable(walk, id);
  for (const result of results) {
    if (result === undefined) stack.push(plain);
    else {
      const made = newReference(walk, result);
      for (const parent of result ? mutable : given) borrows.borrowSomewhere(state.graph, parent, made);
      stack.push(made);
    }
  }
  for (const id of given) borrows.release(state.graph, id);
};

const returnValues = (walk: Walk): void => {
  const { state, stack } = walk;
  for (const id of state.locals) discard(walk, id);
  state.locals.fill(plain, 0);
  if (isBorrowed(walk, frame(walk), 'any')) reject(walk, 'a local is still borrowed');
  for (const id of stack) if (id !== plain && isMutable(walk, id)) requireWritable(walk, id);
};

const takePlain =
  (pops: number, pushed: number) =>
  (walk: Walk): void =>
    exchange(walk, pops, pushed);

const structFieldCount = (walk: Walk, index: number, generic: boolean): number => {
  const { structDefs, structInstantiations } = walk.fn.module.binary;
  return structDefs[generic ? (structInstantiations[index]?.def ?? -1) : index]?.fields?.length ?? 0;
};

const fieldOf = (walk: Walk, instantiation: number): number =>
  walk.fn.module.binary.fieldInstantiations[instantiation]?.handle as number;

const drop = (walk: Walk): void => discard(walk, popReference(walk));

type Step = (walk: Walk, instruction: Instruction) => void;

/** Instructions that references take part in. */
const referenceSteps: Readonly<Record<number, Step>> = {
  [Op.Pop]: drop,
  [Op.VariantSwitch]: drop,
  [Op.CopyLoc]: (walk, { a }) => copyLocal(walk, a),
  [Op.MoveLoc]: (walk, { a }) => {
    const value = replaceLocal(walk, a, plain);
    walk.stack.push(value);
  },
  [Op.StLoc]: (walk, { a }) => discard(walk, replaceLocal(walk, a, popReference(walk))),
  [Op.MutBorrowLoc]: (walk, { a }) => borrowLocal(walk, a, true),
  [Op.ImmBorrowLoc]: (walk, { a }) => borrowLocal(walk, a, false),
  [Op.MutBorrowField]: (walk, { a }) => borrowField(walk, a, true),
  [Op.ImmBorrowField]: (walk, { a }) => borrowField(walk, a, false),
  [Op.MutBorrowFieldGeneric]: (walk, { a }) => borrowField(walk, fieldOf(walk, a), true),
  [Op.ImmBorrowFieldGeneric]: (walk, { a }) => borrowField(walk, fieldOf(walk, a), false),
  [Op.UnpackVariantMutRef]: (walk, { a }) => borrowVariant(walk, a, true, false),
  [Op.UnpackVariantImmRef]: (walk, { a }) => borrowVariant(walk, a, false, false),
  [Op.UnpackVariantGenericMutRef]: (walk, { a }) => borrowVariant(walk, a, true, true),
  [Op.UnpackVariantGenericImmRef]: (walk, { a }) => borrowVariant(walk, a, false, true),
  [Op.FreezeRef]: (walk) => {
    const id = popReference(walk);
    requireReadable(walk, id);
    const frozen = newReference(walk, false);
    borrows.borrowExactly(walk.state.graph, id, '', frozen);
    borrows.release(walk.state.graph, id);
    walk.stack.push(frozen);
  },
  [Op.Eq]: (walk) => compare(walk),
  [Op.Neq]: (walk) => compare(walk),
  [Op.ReadRef]: (walk) => {
    const id = popReference(walk);
    requireReadable(walk, id);
    borrows.release(walk.state.graph, id);
    walk.stack.push(plain);
  },
  [Op.WriteRef]: (walk) => {
    const id = popReference(walk);
    walk.stack.pop();
    changeBehind(walk, id);
  },
  [Op.Call]: (walk, { a }) => call(walk, a),
  [Op.CallGeneric]: (walk, { a }) => call(walk, walk.fn.module.binary.functionInstantiations[a]?.handle as number),
  [Op.Ret]: (walk) => returnValues(walk),
  [Op.VecLen]: (walk) => {
    borrows.release(walk.state.graph, popReference(walk));
    walk.stack.push(plain);
  },
  [Op.VecImmBorrow]: (walk) => borrowElement(walk, false),
  [Op.VecMutBorrow]: (walk) => borrowElement(walk, true),
  [Op.VecPushBack]: (walk) => {
    walk.stack.pop();
    changeBehind(walk, popReference(walk));
  },
  [Op.VecPopBack]: (walk) => {
    changeBehind(walk, popReference(walk));
    walk.stack.push(plain);
  },
  [Op.VecSwap]: (walk) => {
    exchange(walk, 2, 0);
    changeBehind(walk, popReference(walk));
  },
};

/** Instructions that only exchange values on the stack. */
const valueSteps: Readonly<Record<number, Step>> = {
  [Op.Branch]: () => {},
  [Op.Nop]: () => {},
  [Op.BrTrue]: takePlain(1, 0),
  [Op.BrFalse]: takePlain(1, 0),
  [Op.Abort]: takePlain(1, 0),
  [Op.Not]: takePlain(1, 1),
  [Op.Pack]: (walk, { a }) => exchange(walk, structFieldCount(walk, a, false), 1),
  [Op.PackGeneric]: (walk, { a }) => exchange(walk, structFieldCount(walk, a, true), 1),
  [Op.Unpack]: (walk, { a }) => exchange(walk, 1, structFieldCount(walk, a, false)),
  [Op.UnpackGeneric]: (walk, { a }) => exchange(walk, 1, structFieldCount(walk, a, true)),
  [Op.PackVariant]: (walk, { a }) => exchange(walk, variantOf(walk, a, false).fields, 1),
  [Op.PackVariantGeneric]: (walk, { a }) => exchange(walk, variantOf(walk, a, true).fields, 1),
  [Op.UnpackVariant]: (walk, { a }) => exchange(walk, 1, variantOf(walk, a, false).fields),
  [Op.UnpackVariantGeneric]: (walk, { a }) => exchange(walk, 1, variantOf(walk, a, true).fields),
  [Op.VecPack]: (walk, { b }) => exchange(walk, b, 1),
  [Op.VecUnpack]: (walk, { b }) => exchange(walk, 1, b),
};

const literals = [Op.LdU8, Op.LdU16, Op.LdU32, Op.LdU64, Op.LdU128, Op.LdU256, Op.LdConst, Op.LdTrue, Op.LdFalse];
const casts = [Op.CastU8, Op.CastU16, Op.CastU32, Op.CastU64, Op.CastU128, Op.CastU256];

const steps: Readonly<Record<number, Step>> = {
  ...Object.fromEntries(literals.map((op) => [op, takePlain(0, 1)])),
  ...Object.fromEntries(casts.map((op) => [op, takePlain(1, 1)])),
  ...valueSteps,
  ...referenceSteps,
};

/** What is not in the table takes two values and gives one. */
const step = (walk: Walk, instruction: Instruction): void => {
  (steps[instruction.op] ?? takePlain(2, 1))(walk, instruction);
};
