import { engineError } from '../../move-engine-errors.ts';
import type { BinaryModule, Instruction } from '../binary/decoded-module.ts';
import { Op } from '../binary/opcodes.ts';
import type { LoadedFunction, LoadedModule } from '../load/loaded-module.ts';
import type { Translation } from '../translate/function.ts';
import { Ability } from '../types/ty.ts';
import { exchangeOf, handleOf } from './exchange.ts';
import { analyse } from './flow.ts';
import { type Meter, tick } from './meter.ts';

/** Functions that give a fresh UID. */
const makers = new Set([
  '2::object::new',
  '2::object::new_uid_from_hash',
  '2::derived_object::claim',
  '2::test_scenario::new_object',
]);

/** Functions of the system that make objects at ids known beforehand. */
const exempt = new Set([
  '3::sui_system::create',
  '2::clock::create',
  '2::authenticator_state::create',
  '2::random::create',
  '2::deny_list::create',
  'b::bridge::create',
  '2::accumulator::create',
  '2::coin_registry::create',
  '2::display_registry::create',
  '2::address_alias::create',
]);

const ticks = { joining: 10, local: 5, step: 15 } as const;

const nameOf = ({ binary }: LoadedModule, handle: number): string => {
  const { module, name } = binary.functionHandles[handle] as BinaryModule['functionHandles'][number];
  const owner = binary.moduleHandles[module] as BinaryModule['moduleHandles'][number];
  const address = (binary.addresses[owner.address] as string).replace(/^0+(?=.)/, '');
  return `${address}::${binary.identifiers[owner.name]}::${binary.identifiers[name]}`;
};

/** Whether a local holds a fresh UID; locals that hold nothing are absent. */
type Locals = ReadonlyMap<number, boolean>;

const join = (known: Locals, other: Locals, meter: Meter): Locals | undefined => {
  tick(meter, ticks.joining + ticks.local * other.size);
  const joined = new Map(known);
  let isChanged = false;
  for (const [local, isFresh] of other) {
    const before = known.get(local) ?? false;
    isChanged ||= before && !isFresh;
    joined.set(local, before && isFresh);
  }
  return isChanged ? joined : undefined;
};

/** The struct with `key` that an instruction packs. */
const objectPacked = ({ binary }: LoadedModule, { op, a }: Instruction): string | undefined => {
  if (op !== Op.Pack && op !== Op.PackGeneric) return undefined;
  const def = binary.structDefs[op === Op.Pack ? a : (binary.structInstantiations[a]?.def ?? -1)];
  const handle = binary.datatypeHandles[def?.handle ?? -1];
  return handle && (handle.abilities & Ability.key) !== 0 ? binary.identifiers[handle.name] : undefined;
};

/**
 * Requires every object to be made with a UID that comes straight from a function that makes one, over all paths
 * (`sui-verifier/src/id_leak_verifier.rs`): else an id could be taken from one object and given to another.
 */
export const verifyFreshIds = (fn: LoadedFunction, { cfg, code }: Translation, meter: Meter): void => {
  const { module } = fn;
  const handle = module.binary.functionDefs[fn.definition]?.handle ?? -1;
  if (exempt.has(nameOf(module, handle))) return;

  const step = (locals: Map<number, boolean>, stack: boolean[], at: number): void => {
    tick(meter, ticks.step);
    const one = code[at] as Instruction;
    const { pops, pushes } = exchangeOf(module, one, fn.returns.length);
    const taken = stack.splice(stack.length - pops, pops);
    const object = objectPacked(module, one);
    if (object !== undefined && !taken[0])
      throw engineError('BROKEN_RULE', {
        module: module.name,
        reason: `function ${fn.name} makes a ${object} with a UID that does not come straight from sui::object::new`,
      });
    let isFresh = false;
    if (one.op === Op.StLoc) locals.set(one.a, taken[0] as boolean);
    else if (one.op === Op.MoveLoc) {
      isFresh = locals.get(one.a) ?? false;
      locals.delete(one.a);
    } else if (one.op === Op.Call || one.op === Op.CallGeneric)
      isFresh = makers.has(nameOf(module, handleOf(module, one)));
    for (let k = 0; k < pushes; k++) stack.push(isFresh);
  };

  analyse<Locals>(cfg, meter, {
    initial: new Map(fn.parameters.map((_, k) => [k, false])),
    walk: ({ start, end }, before) => {
      const [locals, stack] = [new Map(before), [] as boolean[]];
      for (let at = start; at < end; at++) step(locals, stack, at);
      return locals;
    },
    join: (known, other) => join(known, other, meter),
  });
};
