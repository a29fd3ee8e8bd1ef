import { isAtomaError } from '@atoma/base';
import { sizes } from '../params.ts';
import type {
  Address,
  Call,
  CallResult,
  MoveFailure,
  MoveValue,
  Ref,
  Session,
  SessionOptions,
  Type,
} from '../types.ts';
import { describeClever } from './clever.ts';
import { type LoadedFunction, moduleAddress } from './load/loaded-module.ts';
import type { Machine } from './machine.ts';
import { createObjects, freshId, recordCreated, recordDeleted, sessionChanges } from './objects.ts';
import { isStop, type Stop } from './run/failure.ts';
import { Reference } from './run/refs.ts';
import { charge, computation, createState, pushBytes, type RunState, refund } from './run/state.ts';
import { abstractSize, collectUids } from './types/fields.ts';
import type { Ty } from './types/ty.ts';

const contextText = `0x${'2'.padStart(64, '0')}::tx_context::TxContext`;

/** True for TxContext and references to it. */
export const isTxContext = (ty: Ty): boolean => (ty.target ?? ty).text === contextText;

/** A session over one machine. */
export const createSession = (machine: Machine, options: SessionOptions): Session => {
  const { types } = machine;
  const { txContext } = options;
  const objects = createObjects(types, machine.resolveType, txContext, options.objects, options.inputs);
  const state = createState(options.computationLimit, txContext, objects);
  let made: MoveValue[] | undefined;
  /** One value for all calls of the session, made when the first asks for it. */
  const context = (): MoveValue[] => {
    const { sender, digest, epoch, epochTimestampMs } = txContext;
    made ??= [sender, [...digest], epoch, epochTimestampMs, 0];
    return made;
  };
  return {
    call: (call) => {
      state.call++;
      return run(machine, state, context, call);
    },
    charge: (units) => {
      state.n += units;
      state.stop = -1;
      return computation(state) <= state.limit;
    },
    step: (value) => {
      state.i += 1;
      if (!value) return;
      state.p += 1;
      pushBytes(state, value === 'reference' ? sizes.reference : abstractSize(types, value.type as Ty, value.value));
    },
    computation: () => Math.min(computation(state), state.limit),
    freshId: () => freshId(objects),
    recordCreated: (id) => recordCreated(objects, id),
    recordDeleted: (id) => recordDeleted(objects, id),
    recordTransfer: (id, owner, type, value) => {
      objects.transfers.set(id, { owner, type: type as Ty, value });
    },
    addPackage: (pkg) => machine.addPackage(pkg),
    uidsWithin: (type, value) => {
      const found: Address[] = [];
      collectUids(types, type as Ty, value, found);
      return found;
    },
    changes: () => sessionChanges(objects),
  };
};

const internal = (message: string): MoveFailure => ({ ok: false, kind: 'internal', message });

const run = (machine: Machine, state: RunState, context: () => MoveValue[], call: Call): CallResult => {
  try {
    const fn = findFunction(machine, call);
    if (!fn) return internal(`function ${call.module}::${call.function} of package 0x${call.package} does not exist`);
    const ta = machine.types.argumentList(call.typeArguments as readonly Ty[]);
    const fault = typeArgumentFault(fn, ta);
    if (fault) return internal(fault);
    const parameters = fn.parameters.map((ty) => machine.types.substitute(ty, ta));
    const passed = passArguments(parameters, call.arguments, context);
    if (!passed) return internal(`${fn.name} got ${call.arguments.length} arguments, which does not fit`);
    const code = machine.compiled(fn);
    state.d = 0;
    charge(state, 0);
    const result = fn.constraints.length > 0 ? code(state, ta, ...passed) : code(state, ...passed);
    // Between the last loop header and the end the budget may have gone unnoticed.
    charge(state, 0);
    return { ok: true, returns: returned(machine, fn, ta, result) };
  } catch (error) {
    return failure(machine, state, error);
  }
};

const findFunction = (machine: Machine, call: Call): LoadedFunction | undefined => {
  if (!machine.packages.find(call.package)) return undefined;
  const module = machine.packages.root(call.package, call.linkage).module(call.module);
  const index = module?.functionIndex(call.function);
  return index === undefined ? undefined : module?.function(index);
};

const typeArgumentFault = (fn: LoadedFunction, ta: readonly Ty[]): string | undefined => {
  if (ta.length !== fn.constraints.length)
    return `${fn.name} takes ${fn.constraints.length} type arguments, ${ta.length} given`;
  const lacking = ta.findIndex((ty, k) => (ty.abilities & (fn.constraints[k] as number)) !== fn.constraints[k]);
  return lacking < 0 ? undefined : `type argument ${ta[lacking]?.text} of ${fn.name} lacks an ability`;
};

/** Arguments in place of parameters, TxContext supplied; undefined when their number does not fit. */
const passArguments = (
  parameters: readonly Ty[],
  given: readonly (MoveValue | Ref)[],
  context: () => MoveValue[],
): unknown[] | undefined => {
  let next = 0;
  const passed = parameters.map((ty) => {
    if (ty.target && isTxContext(ty)) return context();
    const value = given[next++];
    if (!ty.target?.primitive) return value;
    const { c, i } = value as Ref;
    return new Reference(c, i);
  });
  return next === given.length ? passed : undefined;
};

const returned = (
  machine: Machine,
  fn: LoadedFunction,
  ta: readonly Ty[],
  result: unknown,
): { type: Type; value: MoveValue | Ref }[] => {
  const values = fn.returns.length === 1 ? [result] : ((result ?? []) as unknown[]);
  return fn.returns.map((ty, k) => {
    const closed = machine.types.substitute(ty, ta);
    return { type: (closed.target ?? closed) as Type, value: values[k] as MoveValue | Ref };
  });
};

const failure = (machine: Machine, state: RunState, error: unknown): MoveFailure => {
  if (isStop(error)) return described(machine, giveBack(machine, state, error));
  // The JavaScript stack ended before Move's call depth did: the same failure to the caller.
  if (error instanceof RangeError) return { ok: false, kind: 'stack', message: 'call stack is too deep' };
  if (isAtomaError(error)) return internal(error.message);
  return internal(error instanceof Error ? `engine fault: ${error.message}` : 'engine fault');
};

/** Gives back what the code behind the failure was charged for; what is gone before it is the failure. */
const giveBack = (machine: Machine, state: RunState, error: Stop): Stop => {
  const place = error.site >= 0 ? machine.place(error.site) : undefined;
  // A call too deep fails before its frame is charged, and a limit before its instruction is.
  if (place && error.stop !== 'stack') refund(state, machine.unreached(place, error.stop !== 'limit'));
  return error.stop !== 'outOfGas' && computation(state) > state.limit ? { stop: 'outOfGas', site: -1 } : error;
};

const messages: Readonly<Record<MoveFailure['kind'], string>> = {
  abort: 'aborted',
  arithmetic: 'arithmetic error',
  vector: 'vector operation error',
  outOfGas: 'out of gas',
  stack: 'call stack is too deep',
  limit: 'limit exceeded',
  missingNative: 'native function is not available',
  internal: 'internal error',
};

const described = (machine: Machine, error: Stop): MoveFailure => {
  const place = error.site >= 0 ? machine.place(error.site) : undefined;
  const code = error.code === undefined ? undefined : BigInt(error.code);
  const clever =
    place && error.stop === 'abort' && code !== undefined ? describeClever(place.fn.module, code) : undefined;
  const where = place ? ` in 0x${moduleAddress(place.fn.module)}::${place.fn.module.name}::${place.fn.name}` : '';
  const what = clever?.name ? ` with ${clever.name}` : code === undefined ? '' : ` with code ${code}`;
  return {
    ok: false,
    kind: error.stop,
    message: `${messages[error.stop]}${what}${where}${error.detail ? `: ${error.detail}` : ''}`,
    ...(code === undefined ? {} : { code }),
    ...(place
      ? {
          package: moduleAddress(place.fn.module),
          module: place.fn.module.name,
          function: place.fn.definition,
          functionName: place.fn.name,
          instruction: place.instruction,
        }
      : {}),
    ...(clever ? { clever } : {}),
  };
};
