import { failArgument } from './failure.ts';
import type { Place, Plan, PlannedArgument, Step } from './plan.ts';

/**
 * Memory safety of a planned transaction, after Sui's `typing/verify/memory_safety.rs` over `move-regex-borrow-graph`: no
 * value is used once moved, moved while borrowed, or changed while something else refers to it. References outlive a
 * command only where functions may return them (dev-inspect).
 */

/** How one reference extends another: it may be the same (`exact`), or anything inside (`within`). */
interface Extension {
  exact: boolean;
  within: boolean;
}

/** A live reference. */
interface Reference {
  readonly isMutable: boolean;
  /** Places it points into. */
  readonly roots: Set<Place>;
  /** References that extend this one. */
  readonly extensions: Map<Reference, Extension>;
}

/** What an argument or a result is: a reference, or a value of its own. */
type Held = Reference | undefined;

interface Borrows {
  readonly live: Set<Reference>;
  readonly moved: Set<Place>;
  /** References that places hold. */
  readonly held: Map<Place, Reference>;
}

const extend = (from: Reference, to: Reference, more: Extension): void => {
  if (from === to) return;
  const known = from.extensions.get(to);
  if (!known) from.extensions.set(to, { ...more });
  else {
    known.exact ||= more.exact;
    known.within ||= more.within;
  }
};

const create = (borrows: Borrows, isMutable: boolean): Reference => {
  const made: Reference = { isMutable, roots: new Set(), extensions: new Map() };
  borrows.live.add(made);
  return made;
};

const release = (borrows: Borrows, gone: Held): void => {
  if (!gone) return;
  borrows.live.delete(gone);
  for (const other of borrows.live) other.extensions.delete(gone);
};

/** `&place`: the same reference as every other one to the place itself, extended by those further inside. */
const borrowPlace = (borrows: Borrows, place: Place, isMutable: boolean): Reference => {
  const made = create(borrows, isMutable);
  for (const other of borrows.live) {
    if (other === made || !other.roots.has(place)) continue;
    extend(made, other, { exact: true, within: true });
    extend(other, made, { exact: true, within: false });
  }
  made.roots.add(place);
  return made;
};

const SAME: Extension = { exact: true, within: false };

/** Another name of the reference. */
const alias = (borrows: Borrows, source: Reference, isMutable: boolean): Reference => {
  const made = create(borrows, isMutable);
  for (const other of borrows.live) {
    const toSource = other.extensions.get(source);
    if (other !== made && toSource) extend(other, made, toSource);
    const fromSource = source.extensions.get(other);
    if (other === made || !fromSource) continue;
    extend(made, other, fromSource);
    extend(other, made, SAME);
  }
  extend(source, made, SAME);
  extend(made, source, SAME);
  for (const root of source.roots) made.roots.add(root);
  return made;
};

/** A reference a function returns: it may point to or into whatever the references it was given do. */
const derive = (borrows: Borrows, sources: readonly Reference[], made: Reference): void => {
  for (const source of sources) {
    for (const other of borrows.live) {
      if (other === made) continue;
      if (other === source || other.extensions.has(source)) extend(other, made, { exact: true, within: true });
      const beyond = other === source ? SAME : source.extensions.get(other);
      if (!beyond) continue;
      extend(made, other, beyond);
      extend(other, made, { exact: true, within: true });
    }
    for (const root of source.roots) made.roots.add(root);
  }
};

/** The mutable reference that must not be passed together with the others, if there is one. */
const conflicting = (passed: ReadonlySet<Reference>): Held => {
  for (const one of passed)
    for (const [other, { within }] of one.extensions) {
      if (one.isMutable && (within || passed.has(other))) return one;
      if (!one.isMutable && passed.has(other) && other.isMutable) return other;
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
  const sources = new Set(passed.filter((held) => held !== undefined));
  const conflict = conflicting(sources);
  if (conflict) failArgument(command, passed.indexOf(conflict), 'InvalidReferenceArgument');
  const results = step.results.map(({ reference }) =>
    reference === 'none' ? undefined : create(borrows, reference === 'mutable'),
  );
  const made = results.filter((result) => result !== undefined);
  for (const result of made)
    derive(
      borrows,
      [...sources].filter((source) => source.isMutable || !result.isMutable),
      result,
    );
  const shared = made.filter(({ isMutable }) => !isMutable);
  for (const one of shared) for (const other of shared) extend(one, other, { exact: false, within: true });
  return results;
};

/** A coin is written through its reference: nothing may point inside it. */
const write = (command: number, target: Held): void => {
  for (const { within } of target?.extensions.values() ?? [])
    if (within) failArgument(command, 0, 'CannotWriteToExtendedReference');
};

const runStep = (borrows: Borrows, step: Step, command: number): void => {
  const passed = step.arguments.map((argument) => take(borrows, command, argument));
  const results = step.fn ? call(borrows, command, step, passed) : [];
  const { kind } = step.command;
  if (kind === 'split' || kind === 'merge') {
    for (const held of passed.slice(1)) release(borrows, held);
    write(command, passed[0]);
  }
  for (const held of passed) release(borrows, held);
  step.results.forEach((place, i) => {
    const result = results[i];
    if (step.dropped[i]) {
      release(borrows, result);
      borrows.moved.add(place);
    } else if (result) borrows.held.set(place, result);
  });
};

/** Checks the plan and marks the copies made of borrowed places. `absent` are places without a value from the start. */
export const checkBorrows = (plan: Plan, absent: readonly Place[]): void => {
  const borrows: Borrows = { live: new Set(), moved: new Set(absent), held: new Map() };
  plan.steps.forEach((step, command) => {
    runStep(borrows, step, command);
  });
};
