import type { BinaryModule, Instruction } from '../binary/decoded-module.ts';
import { Op } from '../binary/opcodes.ts';
import type { LoadedFunction } from '../load/loaded-module.ts';
import { rejectAt } from '../translate/context.ts';
import type { Translation } from '../translate/function.ts';
import type { Ty } from '../types/ty.ts';
import * as borrows from './borrow-graph.ts';
import { exchangeOf, handleOf, variantOf } from './exchange.ts';
import { analyse } from './flow.ts';
import { growing, type Meter, tick } from './meter.ts';

/** A value without a reference, on the stack or in a local; references are their numbers. */
const plain = -1;

interface State {
  /** Of a canonical state: a reference in local k has number k, the frame the one behind. */
  readonly locals: number[];
  readonly graph: borrows.BorrowGraph;
  next: number;
}

const ticks = { step: 1, joining: 10, joiningItem: 4, graphItem: 4, releasedItem: 3, borrow: 3 } as const;

const releaseTicks = (edges: number): number => ticks.releasedItem * growing(edges, 5);

const isReference = (ty: Ty): boolean => ty.target !== undefined;

/**
 * Requires references to be used so that none dangles and no value changes under another reference, over all paths
 * (`move-bytecode-verifier/src/reference_safety`).
 */
export const verifyReferences = (fn: LoadedFunction, translation: Translation, meter: Meter): void => {
  const { cfg, code, locals } = translation;
  analyse<State>(cfg, meter, {
    initial: initialState(fn, locals.length),
    walk: ({ start, end }, before) => {
      const walk: Walk = { fn, meter, state: copyState(before), stack: [], at: start };
      for (; walk.at < end; walk.at++) step(walk, code[walk.at] as Instruction);
      return canonicalState(walk.state);
    },
    join: (known, other) => join(known, other, meter),
  });
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
const join = (known: State, other: State, meter: Meter): State | undefined => {
  const joined = copyState(known);
  const graph = borrows.copyGraph(other.graph);
  const [size, otherSize] = [borrows.sizeOf(known.graph), borrows.sizeOf(other.graph)];
  let released = 0;
  let isChanged = false;
  known.locals.forEach((id, k) => {
    const there = other.locals[k] as number;
    if (id === there) return;
    if (there === plain) {
      released += borrows.release(joined.graph, id);
      joined.locals[k] = plain;
      isChanged = true;
    } else released += borrows.release(graph, there);
  });
  const isNew = borrows.joinGraphs(joined.graph, graph);
  const most = Math.max(size, otherSize, borrows.sizeOf(joined.graph), 1);
  const joining = ticks.joiningItem * growing(Math.max(size, 1) + Math.max(otherSize, 1), 10);
  tick(meter, ticks.joining + joining + ticks.graphItem * most + releaseTicks(released));
  return isNew || isChanged ? joined : undefined;
};

/** A block under analysis. */
interface Walk {
  readonly fn: LoadedFunction;
  readonly meter: Meter;
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

const release = ({ state, meter }: Walk, id: number): void =>
  tick(meter, releaseTicks(borrows.release(state.graph, id)));

const borrowExactly = ({ state, meter }: Walk, parent: number, path: string, child: number): void => {
  tick(meter, ticks.borrow);
  borrows.borrowExactly(state.graph, parent, path, child);
};

const discard = (walk: Walk, value: number): void => {
  if (value !== plain) release(walk, value);
};

const isMutable = ({ state }: Walk, id: number): boolean => borrows.isMutable(state.graph, id);
const looked = ({ state, meter }: Walk, id: number, part: borrows.Part, mutably: boolean): boolean => {
  tick(meter, ticks.graphItem * Math.max(borrows.sizeOf(state.graph), 1));
  return borrows.isBorrowed(state.graph, id, part, mutably);
};
const isBorrowed = (walk: Walk, id: number, part: borrows.Part): boolean => looked(walk, id, part, false);
const isMutablyBorrowed = (walk: Walk, id: number, part: borrows.Part): boolean => looked(walk, id, part, true);
/** Sui's meter leaves this look-up out. */
const isWholeBorrowed = ({ state }: Walk, id: number): boolean => borrows.isBorrowed(state.graph, id, 'whole', false);

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
  if (isWholeBorrowed(walk, frame(walk)) || isMutablyBorrowed(walk, frame(walk), localPart(local)))
    reject(walk, `local ${local} is borrowed mutably`);
};

const exchange = ({ stack }: Walk, pops: number, pushed: number): void => {
  stack.length -= pops;
  for (let k = 0; k < pushed; k++) stack.push(plain);
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
  borrowExactly(walk, id, '', copied);
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
  else if (isWholeBorrowed(walk, frame(walk))) reject(walk, 'the frame is borrowed');
  const made = newReference(walk, mutably);
  borrowExactly(walk, frame(walk), localLabel(local), made);
  walk.stack.push(made);
};

/** A field may be borrowed mutably beside others, and read beside mutable borrows of others. */
const borrowField = (walk: Walk, handle: number, mutably: boolean): void => {
  const id = popReference(walk);
  const label = `f${handle},`;
  if (!mutably) requireReadable(walk, id, { label });
  else if (isWholeBorrowed(walk, id)) reject(walk, 'the value is borrowed');
  const made = newReference(walk, mutably);
  borrowExactly(walk, id, label, made);
  release(walk, id);
  walk.stack.push(made);
};

const borrowVariant = (walk: Walk, index: number, mutably: boolean, generic: boolean): void => {
  const id = popReference(walk);
  const { owner, variant, fields } = variantOf(walk.fn.module, index, generic);
  if (!mutably) requireReadable(walk, id);
  else if (isWholeBorrowed(walk, id)) reject(walk, 'the value is borrowed');
  for (let k = 0; k < fields; k++) {
    const made = newReference(walk, mutably);
    borrowExactly(walk, id, `v${owner}.${variant}.${k},`, made);
    walk.stack.push(made);
  }
  release(walk, id);
};

const compare = (walk: Walk): void => {
  const operands = [popReference(walk), popReference(walk)].filter((id) => id !== plain);
  for (const id of operands) requireReadable(walk, id);
  for (const id of operands) release(walk, id);
  walk.stack.push(plain);
};

const borrowElement = (walk: Walk, mutably: boolean): void => {
  walk.stack.pop();
  borrowFrom(walk, [popReference(walk)], [mutably]);
};

const changeBehind = (walk: Walk, id: number): void => {
  requireWritable(walk, id);
  release(walk, id);
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
      for (const parent of result ? mutable : given) {
        tick(walk.meter, ticks.borrow);
        borrows.borrowSomewhere(state.graph, parent, made);
      }
      stack.push(made);
    }
  }
  for (const id of given) release(walk, id);
};

const returnValues = (walk: Walk): void => {
  const { state, stack } = walk;
  for (const id of state.locals) discard(walk, id);
  state.locals.fill(plain, 0);
  if (isBorrowed(walk, frame(walk), 'any')) reject(walk, 'a local is still borrowed');
  for (const id of stack) if (id !== plain && isMutable(walk, id)) requireWritable(walk, id);
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
    borrowExactly(walk, id, '', frozen);
    release(walk, id);
    walk.stack.push(frozen);
  },
  [Op.Eq]: (walk) => compare(walk),
  [Op.Neq]: (walk) => compare(walk),
  [Op.ReadRef]: (walk) => {
    const id = popReference(walk);
    requireReadable(walk, id);
    release(walk, id);
    walk.stack.push(plain);
  },
  [Op.WriteRef]: (walk) => {
    const id = popReference(walk);
    walk.stack.pop();
    changeBehind(walk, id);
  },
  [Op.Call]: (walk, one) => call(walk, handleOf(walk.fn.module, one)),
  [Op.CallGeneric]: (walk, one) => call(walk, handleOf(walk.fn.module, one)),
  [Op.Ret]: (walk) => returnValues(walk),
  [Op.VecLen]: (walk) => {
    release(walk, popReference(walk));
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

const exchangeValues: Step = (walk, instruction) => {
  const { pops, pushes } = exchangeOf(walk.fn.module, instruction, walk.fn.returns.length);
  exchange(walk, pops, pushes);
};

/** What is not in the table only exchanges values on the stack. */
const step = (walk: Walk, instruction: Instruction): void => {
  tick(walk.meter, ticks.step);
  (referenceSteps[instruction.op] ?? exchangeValues)(walk, instruction);
};
