import type { Block, Cfg } from '../translate/cfg.ts';
import { type Meter, tick } from './meter.ts';

/** What a pass learns of a function, block by block. */
export interface Analysis<State> {
  readonly initial: State;
  /** What holds after a block; `before` stays as it is. */
  readonly walk: (block: Block, before: State) => State;
  /** Both as one, or undefined when the first says as much already. */
  readonly join: (known: State, other: State) => State | undefined;
}

const ticks = { function: 10, block: 10, successor: 10, backEdge: 10 } as const;

/** Walks a function over all paths until nothing new is learnt (`move-abstract-interpreter`): a loop that changed is walked again first. */
export const analyse = <State>(cfg: Cfg, meter: Meter, { initial, walk, join }: Analysis<State>): void => {
  tick(meter, ticks.function);
  const before: (State | undefined)[] = cfg.blocks.map(() => undefined);
  before[0] = initial;
  const place = (block: number): number => cfg.order[block] as number;
  const sequence = [...cfg.blocks.keys()].filter((block) => place(block) >= 0).sort((a, b) => place(a) - place(b));
  for (let position = 0; position < sequence.length; ) {
    tick(meter, ticks.block);
    const at = sequence[position] as number;
    const block = cfg.blocks[at] as Block;
    const after = walk(block, before[at] as State);
    let back: number | undefined;
    for (const next of block.successors) {
      tick(meter, ticks.successor);
      const known = before[next];
      const joined = known === undefined ? after : join(known, after);
      if (joined === undefined) continue;
      before[next] = joined;
      if (known === undefined || place(next) > position) continue;
      tick(meter, ticks.backEdge);
      back = place(next);
      break;
    }
    position = back ?? position + 1;
  }
};
