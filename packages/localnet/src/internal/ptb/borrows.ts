import { failArgument } from './failure.ts';
import type { Place, Plan, PlannedArgument, Step } from './plan.ts';

/**
 * Memory safety of a planned transaction, after Sui's `typing/verify/memory_safety.rs` over `move-regex-borrow-graph`: no
 * value is used once moved, moved while borrowed, or changed while something else refers to it. References outlive a
 * command only where functions may return them (dev-inspect).
 */

/** A live reference. */
interface Reference {
  readonly isMutable: boolean;
  /** Places it points into. */
  readonly roots: ReadonlySet<Place>;
  /** References that extend this one: `true` where they may point inside what it points to, `false` where they are the same. */
  readonly extensions: Map<Reference, boolean>;
}

/** What an argument or a result is: a reference, or a value of its own. */
type Held = Reference | undefined;

interface Borrows {
  /** In the order in which they were made. */
  readonly live: Set<Reference>;
  readonly moved: Set<Place>;
  /** References that places hold. */
  readonly held: Map<Place, Reference>;
}

const extend = (from: Reference, to: Reference, isWithin: boolean): void => {
  from.extensions.set(to, isWithin || from.extensions.get(to) === true);
};

const release = (borrows: Borrows, gone: Held): void => {
  if (!gone) return;
  borrows.live.delete(gone);
  for (const other of borrows.live) other.extensions.delete(gone);
};

/** `&place`: the same reference as every other one to the place itself, extended by those further inside. */
const borrowPlace = ({ live }: Borrows, place: Place, isMutable: boolean): Reference => {
  const made: Reference = { isMutable, roots: new Set([place]), extensions: new Map() };
  for (const other of live) {
    if (!other.roots.has(place)) continue;
    extend(made, other, true);
    extend(other, made, false);
  }
  live.add(made);
  return made;
};

/** Another name of the reference. */
const alias = ({ live }: Borrows, source: Reference, isMutable: boolean): Reference => {
  const made: Reference = { isMutable, roots: source.roots, extensions: new Map() };
  for (const other of live) {
    const toSource = other.extensions.get(source);
    if (toSource !== undefined) extend(other, made, toSource);
    const fromSource = source.extensions.get(other);
    if (fromSource === undefined) continue;
    extend(made, other, fromSource);
    extend(other, made, false);
  }
  extend(source, made, false);
  extend(made, source, false);
  live.add(made);
  return made;
};

/**
 * A reference a function returns: it may point to or into whatever the references it was given do. It is not live yet, for
 * what is mutable among the results of one call is apart from all others, and between immutable ones nothing depends on it.
 */
const derive = ({ live }: Borrows, sources: readonly Reference[], isMutable: boolean): Reference => {
  const roots = new Set(sources.flatMap((source) => [...source.roots]));
  const made: Reference = { isMutable, roots, extensions: new Map() };
  for (const source of sources)
    for (const other of live) {
      const beyond = other === source ? false : source.extensions.get(other);
      if (beyond !== undefined || other.extensions.has(source)) extend(other, made, true);
      if (beyond !== undefined) extend(made, other, beyond);
    }
  return made;
};

/** The mutable reference that must not be passed together with the others, if there is one. */
const conflicting = ({ live }: Borrows, passed: ReadonlySet<Reference>): Held => {
  for (const one of live) {
    if (!passed.has(one)) continue;
    for (const [other, isWithin] of one.extensions) {
      if (one.isMutable && (isWithin || passed.has(other))) return one;
      if (!one.isMutable && other.isMutable && passed.has(other)) return other;
    }
  }
  return undefined;
};

const isBorrowed = (borrows: Borrows, place: Place): boolean => {
  for (const reference of borrows.live) if (reference.roots.has(place)) return true;
  return false;
};

const use = (borrows: Borrows, command: number, argument: PlannedArgument): Held => {
  const { place, position } = argument;
  if (argument.moves && isBorrowed(borrows, place)) failArgument(command, position, 'CannotMoveBorrowedValue');
  if (borrows.moved.has(place)) failArgument(command, position, 'ArgumentWithoutValue');
  const held = borrows.held.get(place);
  if (argument.moves) {
    borrows.moved.add(place);
    borrows.held.delete(place);
    return held;
  }
  argument.borrowed = isBorrowed(borrows, place);
  return held && alias(borrows, held, held.isMutable);
};

const take = (borrows: Borrows, command: number, argument: PlannedArgument): Held => {
  const { how, place, position } = argument;
  if (how === 'borrow' || how === 'borrowMut') {
    if (borrows.moved.has(place)) failArgument(command, position, 'ArgumentWithoutValue');
    return borrowPlace(borrows, place, how === 'borrowMut');
  }
  const held = use(borrows, command, argument);
  if (how === 'use' || !held) return held;
  const frozen = how === 'freeze' ? alias(borrows, held, false) : undefined;
  release(borrows, held);
  return frozen;
};

const call = (borrows: Borrows, command: number, step: Step, passed: readonly Held[]): Held[] => {
  const sources = passed.filter((held) => held !== undefined);
  const conflict = conflicting(borrows, new Set(sources));
  if (conflict) failArgument(command, passed.indexOf(conflict), 'InvalidReferenceArgument');
  const results = step.results.map(({ reference }): Held => {
    if (reference === 'none') return undefined;
    const isMutable = reference === 'mutable';
    return derive(borrows, isMutable ? sources.filter((source) => source.isMutable) : sources, isMutable);
  });
  for (const result of results) if (result) borrows.live.add(result);
  return results;
};

/** A coin is written through its reference: nothing may point inside it. */
const write = (command: number, target: Reference): void => {
  if ([...target.extensions.values()].includes(true)) failArgument(command, 0, 'CannotWriteToExtendedReference');
};

const runStep = (borrows: Borrows, step: Step, command: number): void => {
  const passed = step.arguments.map((argument) => take(borrows, command, argument));
  const results = step.fn ? call(borrows, command, step, passed) : [];
  const { kind } = step.command;
  if (kind === 'split' || kind === 'merge') write(command, passed[0] as Reference);
  for (const held of passed) release(borrows, held);
  step.results.forEach((place, i) => {
    const result = results[i];
    if (step.dropped[i]) release(borrows, result);
    else if (result) borrows.held.set(place, result);
  });
};

/** Checks the plan and marks the copies made of borrowed places. `absent` are places without a value from the start. */
export const checkBorrows = (plan: Plan, absent: readonly Place[]): void => {
  const borrows: Borrows = { live: new Set(), moved: new Set(absent), held: new Map() };
  plan.steps.forEach((step, command) => {
    runStep(borrows, step, command);
  });
};
