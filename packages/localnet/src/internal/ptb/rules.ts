import type { Address } from '@atoma/move-engine';
import type { Command } from '../transaction-data.ts';
import type { PtbContext } from './context.ts';
import { failArgument, failWith } from './failure.ts';
import type { Place, Plan, PlannedArgument, Step } from './plan.ts';
import { isPureType, isValidPure } from './pure.ts';
import { hasAbility, isDatatype } from './values.ts';

/** What Sui demands of a planned transaction besides memory safety (`typing/verify`), one function a rule, in their order. */

const checkPure = (ctx: PtbContext, place: Place): void => {
  const { command, argument } = place.firstUse as { command: number; argument: number };
  if (!isPureType(place.type)) failArgument(command, argument, 'InvalidUsageOfPureArg', true, place.type.text);
  if (!isValidPure(ctx.vm, place.type, place.bytes as Uint8Array))
    failArgument(command, argument, 'InvalidBCSBytes', true, place.type.text);
};

const checkReceiving = ({ type, firstUse }: Place): void => {
  const received = type.datatype?.typeArguments[0];
  if (isDatatype(type, '2', 'transfer', 'Receiving') && received && hasAbility(received, 'key')) return;
  const { command, argument } = firstUse as { command: number; argument: number };
  failArgument(command, argument, 'TypeMismatch', true, `${type.text} for a receiving object`);
};

const isReadOnly = ({ input }: Place): boolean => input?.use === 'immutable' || input?.use === 'shared';

const checkObject = (command: number, { position, place, how, moves }: PlannedArgument): void => {
  if (place.kind !== 'object' || !isReadOnly(place)) return;
  if (how === 'borrowMut') failArgument(command, position, 'InvalidObjectByMutRef');
  if (how === 'use' && moves) failArgument(command, position, 'InvalidObjectByValue');
};

/** `coin::send_funds`, the one call that may take the gas coin: it goes on paying from where it went. */
const isCoinSend = (command: Command): boolean =>
  command.kind === 'call' &&
  command.module === 'coin' &&
  command.function === 'send_funds' &&
  /^0+2$/.test(command.package);

/** To whose funds a command sends the gas coin. */
export const gasSentTo = ({ command, arguments: args }: Step, values: readonly unknown[]): Address | undefined =>
  isCoinSend(command) && args.some(takesGas) ? (values[1] as Address) : undefined;

const takesGas = ({ how, place, moves }: PlannedArgument): boolean => how === 'use' && moves && place.kind === 'gas';

const checkInputs = (step: Step, command: number): void => {
  for (const argument of step.arguments) checkObject(command, argument);
  if (step.command.kind === 'transfer') return;
  const gas = step.arguments.find(takesGas);
  if (gas && !isCoinSend(step.command)) failArgument(command, gas.position, 'InvalidGasCoinUsage');
};

/** Functions whose type argument only a module that defines the type may give; a transaction is no module. */
const OWN_TYPES_ONLY: ReadonlySet<string> = new Set([
  '1::internal::permit',
  '2::event::emit',
  '2::event::emit_authenticated',
  '2::transfer::transfer',
  '2::transfer::freeze_object',
  '2::transfer::share_object',
  '2::transfer::receive',
  '2::transfer::party_transfer',
  '2::coin_registry::new_currency',
]);

const checkFunction = (ctx: PtbContext, { command, fn }: Step, index: number): void => {
  if (command.kind !== 'call' || !fn) return;
  const { package: id, module, function: name } = command;
  const reference = fn.returns.findIndex((returned) => returned.reference !== 'none');
  if (reference >= 0 && !ctx.inspect)
    failWith(
      { InvalidPublicFunctionReturnType: { idx: reference } },
      `Command ${index}: return value ${reference} of the function is a reference, which a transaction cannot hold.`,
      index,
    );
  const refuse = (why: string) =>
    failWith({ NonEntryFunctionInvoked: true }, `Function 0x${id}::${module}::${name} ${why}.`, index);
  if (OWN_TYPES_ONLY.has(`${id.replace(/^0+(?=.)/, '')}::${module}::${name}`))
    refuse('can only be called by the module that defines its type argument');
  if (fn.info.visibility !== 'public' && !fn.info.isEntry && !ctx.inspect) refuse('is neither public nor entry');
};

/** The last use of a copied value takes it, unless something refers to the place at that time. */
const moveLastCopies = ({ steps }: Plan): void => {
  const used = new Set<Place>();
  for (const step of [...steps].reverse())
    for (const argument of [...step.arguments].reverse()) {
      const isLast = !used.has(argument.place);
      used.add(argument.place);
      const copies = argument.how !== 'borrow' && argument.how !== 'borrowMut' && !argument.moves;
      if (isLast && copies && !argument.borrowed) argument.moves = true;
    }
};

const checkLeftovers = ({ steps }: Plan): void => {
  const taken = new Set(steps.flatMap((step) => step.arguments.flatMap(({ moves, place }) => (moves ? [place] : []))));
  steps.forEach(({ results }, resultIdx) => {
    results.forEach((place, secondaryIdx) => {
      if (place.reference !== 'none' || hasAbility(place.type, 'drop') || taken.has(place)) return;
      failWith(
        { UnusedValueWithoutDrop: { resultIdx, secondaryIdx } },
        `Unused result without the drop ability. Command result ${resultIdx}, return value ${secondaryIdx}: ${place.type.text}.`,
        undefined,
      );
    });
  });
};

/** Values that met in a command. Hot while it holds unfinished values (no drop, no store), or for ever. */
interface Clique {
  parent: Clique | undefined;
  heat: number;
  always: boolean;
}

interface Member {
  readonly clique: Clique;
  readonly heats: boolean;
}

const newClique = (): Clique => ({ parent: undefined, heat: 0, always: false });

const rootOf = (clique: Clique): Clique => {
  let root = clique;
  while (root.parent) root = root.parent;
  return root;
};

const merged = (cliques: readonly Clique[]): Clique => {
  const roots = new Set(cliques.map(rootOf));
  const [only] = roots;
  if (only && roots.size === 1) return only;
  const made = newClique();
  for (const root of roots) {
    made.heat += root.heat;
    made.always ||= root.always;
    root.parent = made;
  }
  return made;
};

/** Shared objects (not those of parties) a place holds: an input itself, or the elements of a vector made of inputs. */
const sharedIn = (inside: ReadonlyMap<Place, readonly Address[]>, { place, how, moves }: PlannedArgument) => {
  if (how !== 'use' || !moves) return [];
  const { input } = place;
  const isShared = place.kind === 'object' && input?.object.owner.kind === 'shared';
  return isShared ? [input.object.id] : (inside.get(place) ?? []);
};

/**
 * A private entry function takes nothing that is entangled with unfinished values, or with a shared object taken by value
 * (`private_entry_arguments.rs`). The call's own arguments are finished by it.
 */
const checkPrivateEntries = ({ steps }: Plan): void => {
  const members = new Map<Place, Member>();
  const inside = new Map<Place, readonly Address[]>();
  const memberOf = (place: Place): Member => {
    const known = members.get(place) ?? { clique: newClique(), heats: false };
    members.set(place, known);
    return known;
  };
  steps.forEach((step, command) => {
    const met = step.arguments.filter(({ place }) => place.kind !== 'context');
    const cliques = met.map(({ place, moves }) => {
      const { clique, heats } = memberOf(place);
      if (moves && heats) rootOf(clique).heat -= 1;
      return clique;
    });
    const isPrivate = step.fn?.info.isEntry && step.fn.info.visibility !== 'public';
    const hot = isPrivate ? cliques.findIndex((clique) => rootOf(clique).always || rootOf(clique).heat > 0) : -1;
    if (hot >= 0)
      failArgument(command, (met[hot] as PlannedArgument).position, 'InvalidArgumentToPrivateEntryFunction');
    const clique = merged(cliques);
    const shared = step.arguments.flatMap((argument) => sharedIn(inside, argument));
    if (step.command.kind === 'vector') inside.set(step.results[0] as Place, shared);
    else if (shared.length > 0) clique.always = true;
    step.results.forEach((place) => {
      const heats = place.reference === 'none' && !hasAbility(place.type, 'drop') && !hasAbility(place.type, 'store');
      if (heats) clique.heat += 1;
      members.set(place, { clique, heats });
    });
  });
};

/** Rules that hold before memory safety is looked at. */
export const checkUses = (ctx: PtbContext, plan: Plan): void => {
  if (!ctx.inspect) for (const place of plan.pure) checkPure(ctx, place);
  plan.receiving.forEach(checkReceiving);
  plan.steps.forEach(checkInputs);
  plan.steps.forEach((step, index) => {
    checkFunction(ctx, step, index);
  });
};

/** Rules that need every last use to be known; makes the last copies moves. */
export const checkEnds = (ctx: PtbContext, plan: Plan): void => {
  moveLastCopies(plan);
  if (ctx.inspect) return;
  checkLeftovers(plan);
  checkPrivateEntries(plan);
};
