import { binaryLimits, executionLimits } from '../../params.ts';
import type { MachineRules } from '../../types.ts';
import type { FunctionDef, Instruction } from '../binary/decoded-module.ts';
import { decodeCode } from '../binary/deserialize.ts';
import { Op } from '../binary/opcodes.ts';
import type { LoadedFunction, MoveFunction } from '../load/loaded-module.ts';
import type { HelperName, Helpers } from '../run/helpers.ts';
import type { Ty, Types } from '../types/ty.ts';
import { translateBlock } from './block.ts';
import { buildCfg, type Cfg, controlFlowFault, withinBlockLimit } from './cfg.ts';
import { type CodeGas, type FunctionContext, rejectAt } from './context.ts';
import { shapeOf } from './entry.ts';
import { inScope } from './own-types.ts';
import { structure } from './structure.ts';

/** A function as JavaScript: text, the values it captures and the handles it calls. */
export interface Translation {
  readonly text: string;
  readonly constants: readonly unknown[];
  readonly targets: readonly number[];
  readonly helpers: readonly HelperName[];
  readonly cfg: Cfg;
  readonly code: readonly Instruction[];
  readonly locals: readonly Ty[];
  readonly gas: CodeGas;
  /** Ticks of the verifier's meter for copying types. */
  readonly typeWork: number;
}

/** Instructions of a function. */
export const codeOf = (fn: LoadedFunction): { readonly def: FunctionDef; readonly code: Instruction[] } => {
  const { binary } = fn.module;
  const def = binary.functionDefs[fn.definition] as FunctionDef;
  return { def, code: decodeCode(binary, def) };
};

/** How functions are translated. */
export interface TranslationOptions extends MachineRules {
  /** Use the dispatcher form whatever the control flow. */
  readonly forceDispatcher?: boolean;
}

/** Translates and type-checks a function; throws ENGINE_BAD_MODULE. */
export const translateFunction = (
  types: Types,
  fn: LoadedFunction,
  siteBase: number,
  { forceDispatcher = false, chargesConstantValues = true }: TranslationOptions = {},
): Translation => {
  const { module } = fn;
  const { def, code } = codeOf(fn);
  const fault = controlFlowFault(code, def.jumpTables);
  if (fault) rejectAt({ fn, module }, fault.instruction, fault.reason);
  const cfg = buildCfg(code, def.jumpTables);
  if (!withinBlockLimit(cfg)) rejectAt({ fn, module }, 0, 'too many blocks');
  const locals = [...fn.parameters, ...module.signature(def.locals)];
  if (locals.length > binaryLimits.locals) rejectAt({ fn, module }, 0, 'too many locals');
  const f: FunctionContext = {
    types,
    fn,
    module,
    code,
    locals,
    boxed: boxedLocals(code, locals),
    siteBase,
    constants: [],
    constantNames: new Map(),
    targets: [],
    helpers: new Set(['tooDeep']),
    gas: { pushes: [], bytes: [], segments: [] },
    chargesConstantValues,
    temporaries: 0,
    typeWork: 0,
  };
  checkScope(f);
  const isFlat = forceDispatcher || !cfg.reducible;
  const blocks = cfg.blocks.map((block, k) => translateBlock(f, block, k === 0 || isFlat || cfg.loopHeaders.has(k)));
  const body = structure(cfg, blocks, forceDispatcher);
  const { constants, targets, gas, typeWork } = f;
  const text = functionText(f, body);
  return { text, constants, targets, helpers: [...f.helpers], cfg, code, locals, gas, typeWork };
};

/** Local types may mention only the function's type parameters. */
const checkScope = (f: FunctionContext): void => {
  for (const ty of f.locals) inScope({ f, at: 0 }, ty.target ?? ty);
};

const boxedLocals = (code: readonly Instruction[], locals: readonly Ty[]): ReadonlySet<number> => {
  const boxed = new Set<number>();
  for (const { op, a } of code) {
    const ty = locals[a];
    if ((op === Op.MutBorrowLoc || op === Op.ImmBorrowLoc) && ty && shapeOf(ty) !== 'aggregate') boxed.add(a);
  }
  return boxed;
};

/** First value of a local: numbers stay numbers for the optimizing compiler. */
const initial = (ty: Ty): string => (['u8', 'u16', 'u32', 'u64'].includes(ty.kind) ? '0' : 'undefined');

const functionText = (f: FunctionContext, body: string): string => {
  const { fn, locals, boxed } = f;
  const parameters = locals.slice(0, fn.parameters.length).map((_, k) => (boxed.has(k) ? `p${k}` : `l${k}`));
  const declared = locals.map((ty, k) => {
    if (k < fn.parameters.length) return boxed.has(k) ? `const l${k}=[p${k}];` : '';
    return boxed.has(k) ? `const l${k}=[${initial(ty)}];` : `let l${k}=${initial(ty)};`;
  });
  const head = fn.constraints.length > 0 ? ['S', 'ta'] : ['S'];
  return [
    '"use strict";',
    `const{${[...f.helpers].join(',')}}=H;`,
    `const[${f.constants.map((_, k) => `k${k}`).join(',')}]=K;`,
    f.targets.length > 0 ? `let ${f.targets.map((_, k) => `f${k}`).join(',')};` : '',
    // The parenthesis makes the parser compile the function at once instead of skimming it first.
    `return(function(${[...head, ...parameters].join(',')}){`,
    ...declared,
    `if(++S.d>${executionLimits.callDepth})tooDeep(${f.siteBase});`,
    body,
    '})',
  ].join('\n');
};

/** Makes the JavaScript function. `link` gives the function behind a handle of the module. */
export const compile = (
  translation: Translation,
  helpers: Helpers,
  link: (handle: number) => MoveFunction,
): MoveFunction => {
  // The text is made of indices and literals only: no identifier of a module ever reaches it.
  const make = new Function('H', 'K', 'L', translation.text);
  return make(helpers, translation.constants, (position: number) => link(translation.targets[position] as number));
};
