import { binaryLimits, verifierLimits } from '../../params.ts';
import type { LoadedFunction } from '../load/loaded-module.ts';
import type { Cfg } from '../translate/cfg.ts';
import { rejectAt } from '../translate/context.ts';
import type { Translation } from '../translate/function.ts';
import { exchangeOf } from './exchange.ts';

const isReached = ({ order }: Cfg, block: number): boolean => (order[block] as number) >= 0;

/** Blocks from which each block is entered. */
const predecessorsOf = (cfg: Cfg): readonly (readonly number[])[] => {
  const found: number[][] = cfg.blocks.map(() => []);
  cfg.blocks.forEach(({ successors }, from) => {
    if (isReached(cfg, from)) for (const to of new Set(successors)) (found[to] as number[]).push(from);
  });
  return found;
};

/** Blocks of the loop that jumps back to `header` from `ends`. */
const loopOf = (header: number, ends: readonly number[], predecessors: readonly (readonly number[])[]): Set<number> => {
  const loop = new Set([header, ...ends]);
  const open = ends.filter((block) => block !== header);
  for (let block = open.pop(); block !== undefined; block = open.pop())
    for (const before of predecessors[block] as readonly number[]) {
      if (loop.has(before)) continue;
      loop.add(before);
      open.push(before);
    }
  return loop;
};

/** Jumps back to the headers of loops, and how many loops the deepest block is in. */
const loopsOf = (cfg: Cfg): { readonly backEdges: number; readonly depth: number } => {
  const predecessors = predecessorsOf(cfg);
  const depths = cfg.blocks.map(() => 0);
  let backEdges = 0;
  for (const header of cfg.loopHeaders) {
    const ends = (predecessors[header] as readonly number[]).filter(
      (from) => (cfg.order[from] as number) >= (cfg.order[header] as number),
    );
    backEdges += ends.length;
    for (const block of loopOf(header, ends, predecessors)) (depths[block] as number)++;
  }
  return { backEdges, depth: Math.max(...depths) };
};

/**
 * Requires loops to be entered at their heads only, to be nested at most {@link binaryLimits.loopDepth} deep, and no block to
 * push more than the limit (`move-bytecode-verifier`: `control_flow.rs`, `stack_usage_verifier.rs`). Gives the jumps back.
 */
export const verifyControlFlow = (fn: LoadedFunction, { cfg, code }: Translation): number => {
  const reject = (at: number, reason: string): never => rejectAt({ fn, module: fn.module }, at, reason);
  if (!cfg.reducible) reject(0, 'a loop is entered elsewhere than at its head');
  for (const { start, end } of cfg.blocks) {
    let pushes = 0;
    for (let at = start; at < end; at++)
      pushes += exchangeOf(fn.module, code[at] as (typeof code)[number], fn.returns.length).pushes;
    if (pushes > binaryLimits.pushes) reject(start, 'a block pushes too much');
  }
  const { backEdges, depth } = loopsOf(cfg);
  if (depth > binaryLimits.loopDepth) reject(0, 'loops are nested too deeply');
  if (backEdges > verifierLimits.backEdges) reject(0, 'too many jumps back');
  return backEdges;
};
