import { isAtomaError } from '@atoma/base';
import { engineError } from '../../move-engine-errors.ts';
import { executionLimits, verifierLimits } from '../../params.ts';
import type { MovePackage } from '../../types.ts';
import { deserialize } from '../bcs.ts';
import { type LoadedFunction, type LoadedModule, type LoadedPackage, moduleAddress } from '../load/loaded-module.ts';
import { type Machine, requireSameSignature } from '../machine.ts';
import { type Translation, translateFunction } from '../translate/function.ts';
import type { Ty } from '../types/ty.ts';
import { verifyControlFlow } from './control-flow.ts';
import { datatypeFault } from './datatypes.ts';
import { exchangeOf } from './exchange.ts';
import { verifyFreshIds } from './fresh-ids.ts';
import { hasInstantiationLoop } from './instantiations.ts';
import { verifyLocals } from './locals.ts';
import { beginFunction, beginModule, endFunction, endModule, type Meter, newMeter, tick } from './meter.ts';
import { verifyReferences } from './references.ts';
import { tablesFault } from './repeated-rows.ts';
import { signaturesFault } from './signatures.ts';
import { nativeFault, suiFault } from './sui-rules.ts';

const verdicts: ReadonlySet<string> = new Set(['ENGINE_BAD_MODULE', 'ENGINE_BROKEN_RULE', 'ENGINE_TOO_COMPLEX']);

/**
 * Checks and links every module of a package: first what Move demands, then Sui's own rules. Throws ENGINE_BAD_MODULE,
 * ENGINE_BROKEN_RULE or ENGINE_TOO_COMPLEX, naming what is wrong.
 */
export const verifyPackage = (machine: Machine, pkg: MovePackage): void => {
  try {
    verifyAll(machine, pkg);
  } catch (error) {
    if (isAtomaError(error) && verdicts.has(error.code)) throw error;
    const reason = error instanceof Error ? error.message : 'it cannot be read';
    throw engineError('BAD_MODULE', { module: [...pkg.modules.keys()].join(', '), reason }, error);
  }
};

const verifyAll = (machine: Machine, pkg: MovePackage): void => {
  machine.addPackage(pkg);
  const root = machine.packages.root(pkg.storageId);
  const modules = [...pkg.modules.keys()].map((name) => root.module(name) as LoadedModule);
  for (const module of modules) verifyIdentity(root, module);
  requireNoCycle(modules);
  const meter = newMeter();
  const codes = modules.map((module) => verifyModule(machine, module, meter));
  modules.forEach((module, k) => {
    verifyRules(module, codes[k] as readonly Code[], meter);
  });
};

const bad = (module: LoadedModule, reason: string): never => {
  throw engineError('BAD_MODULE', { module: module.name, reason });
};

const verifyIdentity = (root: LoadedPackage, module: LoadedModule): void => {
  const { binary } = module;
  const self = binary.identifiers[binary.moduleHandles[binary.self]?.name ?? -1];
  if (self !== module.name) bad(module, `the module calls itself ${self}`);
  if (moduleAddress(module) !== root.pkg.originalId) bad(module, 'the module has another address than its package');
};

/** Modules of a package depend on each other without a cycle. */
const requireNoCycle = (modules: readonly LoadedModule[]): void => {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const done = new Set<LoadedModule>();
  const visit = (module: LoadedModule, above: ReadonlySet<LoadedModule>): void => {
    if (above.has(module)) bad(module, 'modules depend on each other in a circle');
    if (done.has(module)) return;
    const { binary } = module;
    binary.moduleHandles.forEach((handle, index) => {
      const isOwn = binary.addresses[handle.address] === moduleAddress(module) && index !== binary.self;
      const next = isOwn ? byName.get(binary.identifiers[handle.name] as string) : undefined;
      if (next) visit(next, new Set([...above, module]));
    });
    done.add(module);
  };
  for (const module of modules) visit(module, new Set());
};

/** Constants are primitives, and vectors of what may be one. */
const isConstantType = ({ element, kind }: Ty): boolean =>
  element ? isConstantType(element) : kind !== 'struct' && kind !== 'enum' && kind !== 'signer';

/** A function with its translation. */
type Code = readonly [LoadedFunction, Translation];

/** What Move demands. */
const verifyModule = (machine: Machine, module: LoadedModule, meter: Meter): readonly Code[] => {
  const { binary } = module;
  binary.datatypeHandles.forEach((handle, index) => {
    const def = module.datatype(index);
    const sameShape =
      def.abilities === handle.abilities &&
      def.parameters.length === handle.typeParameters.length &&
      def.parameters.every((one, k) => {
        const own = handle.typeParameters[k];
        return one.isPhantom === own?.isPhantom && one.constraints === own.constraints;
      });
    if (!sameShape) bad(module, `type ${def.module}::${def.name} is declared otherwise`);
  });
  const fault = tablesFault(binary) ?? nativeFault(module) ?? signaturesFault(module) ?? datatypeFault(module);
  if (fault) bad(module, fault);
  binary.functionHandles.forEach((_, handle) => {
    requireCallable(module, handle);
  });
  for (const pooled of binary.constants) {
    const ty = module.type(pooled.type);
    if (!isConstantType(ty) || pooled.data.length > executionLimits.vectorLength)
      bad(module, 'constant of a wrong type');
    deserialize(machine.types, ty, pooled.data);
  }
  beginModule(meter, module.name);
  let backEdges = 0;
  const codes = binary.functionDefs.flatMap((def, index): Code[] => {
    if (def.isNative) return [];
    beginFunction(meter);
    const fn = module.function(index);
    const translation = translateFunction(machine.types, fn, 0);
    backEdges += verifyControlFlow(fn, translation);
    countTypes(fn, translation, meter);
    verifyLocals(fn, translation, meter);
    verifyReferences(fn, translation, meter);
    endFunction(meter);
    return [[fn, translation]];
  });
  endModule(meter);
  if (backEdges > verifierLimits.backEdges) bad(module, 'too many jumps back');
  if (hasInstantiationLoop(codes)) bad(module, 'calls of generic functions make ever larger types');
  return codes;
};

/** Ticks for a type on the operand stack. */
const pushTicks = 3;

/** Counts what the type pass did: every block once. */
const countTypes = (fn: LoadedFunction, { code, typeWork }: Translation, meter: Meter): void => {
  const pushes = code.reduce((sum, one) => sum + exchangeOf(fn.module, one, fn.returns.length).pushes, 0);
  tick(meter, typeWork + pushTicks * pushes);
};

/** What Sui demands beyond it. */
const verifyRules = (module: LoadedModule, codes: readonly Code[], meter: Meter): void => {
  const broken = suiFault(module);
  if (broken) throw engineError('BROKEN_RULE', { module: module.name, reason: broken });
  beginModule(meter, module.name);
  beginFunction(meter);
  for (const [fn, translation] of codes) verifyFreshIds(fn, translation, meter);
};

/** The callee exists, has the signature the handle says and may be called from here. */
const requireCallable = (module: LoadedModule, handle: number): void => {
  const callee = module.callee(handle);
  requireSameSignature(module, handle, callee);
  if (callee.module === module) return;
  const def = callee.module.binary.functionDefs[callee.definition];
  const samePackage = callee.module.package.pkg.originalId === module.package.pkg.originalId;
  const allowed = def?.visibility === 'public' || (def?.visibility === 'friend' && samePackage);
  if (!allowed) bad(module, `function ${callee.module.name}::${callee.name} may not be called from here`);
};
