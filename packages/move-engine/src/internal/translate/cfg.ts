import { binaryLimits } from '../../params.ts';
import type { Instruction, JumpTable } from '../binary/decoded-module.ts';
import { Op } from '../binary/opcodes.ts';

/** A straight run of instructions [start, end) and the blocks that may follow. */
export interface Block {
  readonly start: number;
  readonly end: number;
  readonly successors: readonly number[];
}

/** Blocks in code order with the facts structuring needs. Unreachable blocks have no order. */
export interface Cfg {
  readonly blocks: readonly Block[];
  /** Block that starts at an instruction. */
  readonly blockAt: ReadonlyMap<number, number>;
  /** Position in reverse postorder, -1 when unreachable. */
  readonly order: readonly number[];
  readonly immediateDominator: readonly number[];
  /** Blocks with a back edge into them. */
  readonly loopHeaders: ReadonlySet<number>;
  /** Blocks reached by several forward edges. */
  readonly merges: ReadonlySet<number>;
  /** Every loop is entered through its header only. */
  readonly reducible: boolean;
}

const endsBlock = (op: number): boolean =>
  op === Op.Ret ||
  op === Op.Abort ||
  op === Op.Branch ||
  op === Op.BrTrue ||
  op === Op.BrFalse ||
  op === Op.VariantSwitch;

const fallsThrough = (op: number): boolean =>
  !(op === Op.Ret || op === Op.Abort || op === Op.Branch || op === Op.VariantSwitch);

const targetsOf = (instruction: Instruction, tables: readonly JumpTable[]): readonly number[] => {
  if (instruction.op === Op.VariantSwitch) return tables[instruction.a]?.targets ?? [-1];
  return instruction.op === Op.Branch || instruction.op === Op.BrTrue || instruction.op === Op.BrFalse
    ? [instruction.a]
    : [];
};

/** Why code has no control-flow graph, or undefined when it has one. */
export const controlFlowFault = (
  code: readonly Instruction[],
  tables: readonly JumpTable[],
): { readonly instruction: number; readonly reason: string } | undefined => {
  const last = code.at(-1);
  if (!last) return { instruction: 0, reason: 'function without code' };
  if (fallsThrough(last.op)) return { instruction: code.length - 1, reason: 'code ends without return' };
  const used = new Set(code.flatMap(({ op, a }) => (op === Op.VariantSwitch ? [a] : [])));
  if (used.size !== tables.length) return { instruction: 0, reason: 'a jump table is not used' };
  const at = code.findIndex((one) => targetsOf(one, tables).some((to) => to < 0 || to >= code.length));
  return at < 0 ? undefined : { instruction: at, reason: 'branch outside the function' };
};

/** Builds the graph of code that has no {@link controlFlowFault}. */
export const buildCfg = (code: readonly Instruction[], tables: readonly JumpTable[]): Cfg => {
  const leaders = new Set<number>([0]);
  code.forEach((one, at) => {
    if (!endsBlock(one.op)) return;
    for (const to of targetsOf(one, tables)) leaders.add(to);
    if (at + 1 < code.length) leaders.add(at + 1);
  });
  const starts = [...leaders].sort((a, b) => a - b);
  const blockAt = new Map(starts.map((start, index) => [start, index]));
  const blocks = starts.map((start, index): Block => {
    const end = starts[index + 1] ?? code.length;
    const last = code[end - 1] as Instruction;
    const next = fallsThrough(last.op) ? [end] : [];
    // BrTrue and BrFalse: taken branch first, then the next instruction.
    const successors = [...(endsBlock(last.op) ? targetsOf(last, tables) : []), ...next];
    return { start, end, successors: successors.map((to) => blockAt.get(to) as number) };
  });
  return { blocks, blockAt, ...analyse(blocks) };
};

const analyse = (blocks: readonly Block[]): Omit<Cfg, 'blocks' | 'blockAt'> => {
  const sequence = reversePostorder(blocks);
  const order: number[] = blocks.map(() => -1);
  sequence.forEach((block, position) => {
    order[block] = position;
  });
  const predecessors: number[][] = blocks.map(() => []);
  for (const from of sequence)
    for (const to of (blocks[from] as Block).successors) (predecessors[to] as number[]).push(from);
  const immediateDominator = dominators(sequence, order, predecessors);
  const loopHeaders = new Set<number>();
  const merges = new Set<number>();
  let reducible = true;
  for (const to of sequence) {
    let forward = 0;
    for (const from of predecessors[to] as number[]) {
      if ((order[from] as number) < (order[to] as number)) forward++;
      else {
        loopHeaders.add(to);
        reducible &&= dominates(immediateDominator, to, from);
      }
    }
    if (forward > 1) merges.add(to);
  }
  return { order, immediateDominator, loopHeaders, merges, reducible };
};

const reversePostorder = (blocks: readonly Block[]): number[] => {
  const seen = new Set([0]);
  const result: number[] = [];
  const pending: { block: number; next: number }[] = [{ block: 0, next: 0 }];
  while (pending.length > 0) {
    const top = pending[pending.length - 1] as { block: number; next: number };
    const to = (blocks[top.block] as Block).successors[top.next++];
    if (to === undefined) {
      result.push(top.block);
      pending.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      pending.push({ block: to, next: 0 });
    }
  }
  return result.reverse();
};

/** Cooper, Harvey, Kennedy: A simple, fast dominance algorithm. */
const dominators = (
  sequence: readonly number[],
  order: readonly number[],
  predecessors: readonly (readonly number[])[],
): number[] => {
  const idom: number[] = order.map(() => -1);
  idom[0] = 0;
  const meet = (a: number, b: number): number => {
    let x = a;
    let y = b;
    while (x !== y) {
      while ((order[x] as number) > (order[y] as number)) x = idom[x] as number;
      while ((order[y] as number) > (order[x] as number)) y = idom[y] as number;
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of sequence.slice(1)) {
      const known = (predecessors[block] as readonly number[]).filter((from) => idom[from] !== -1);
      const found = known.slice(1).reduce(meet, known[0] as number);
      if (idom[block] !== found) {
        idom[block] = found;
        changed = true;
      }
    }
  }
  return idom;
};

const dominates = (idom: readonly number[], above: number, below: number): boolean => {
  for (let block = below; ; block = idom[block] as number) {
    if (block === above) return true;
    if (block === 0) return false;
  }
};

/** Whether the graph is within the limits on blocks. */
export const withinBlockLimit = (cfg: Cfg): boolean => cfg.blocks.length <= binaryLimits.blocks;
