/** The JavaScript of a control-flow graph walks it as an interpreter of the graph does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Instruction } from '../binary/decoded-module.ts';
import { Op } from '../binary/opcodes.ts';
import type { TranslatedBlock } from './block.ts';
import { buildCfg, type Cfg, controlFlowFault } from './cfg.ts';
import { structure } from './structure.ts';

/** A block of one instruction: where it may go. */
type Step = { readonly kind: 'end' | 'jump' | 'if' | 'switch'; readonly to: readonly number[] };

const graphOf = (steps: readonly Step[]): Cfg | undefined => {
  const size = steps.length;
  const switches = steps.filter(({ kind }) => kind === 'switch');
  const tables = switches.map(({ to }) => ({ enumDef: 0, targets: to.map((each) => each % size) }));
  const code = steps.map((step): Instruction => {
    const {
      kind,
      to: [first = 0],
    } = step;
    const op = { end: Op.Ret, jump: Op.Branch, if: Op.BrTrue, switch: Op.VariantSwitch }[kind];
    return { op, a: kind === 'switch' ? switches.indexOf(step) : first % size, b: 0, value: 0 };
  });
  return controlFlowFault(code, tables) ? undefined : buildCfg(code, tables);
};

const blocksOf = ({ blocks }: Cfg, steps: readonly Step[]): TranslatedBlock[] =>
  blocks.map(({ end, successors }, k) => {
    const { kind } = steps[end - 1] as Step;
    const [first = 0, second = 0] = successors;
    if (kind === 'jump') return { lines: [`log(${k});`], terminator: { kind, to: first } };
    if (kind === 'if')
      return { lines: [`log(${k});`], terminator: { kind, condition: 'next(2)===1', yes: first, no: second } };
    if (kind === 'switch')
      return { lines: [`log(${k});`], terminator: { kind, on: `next(${successors.length})`, targets: successors } };
    return { lines: [`log(${k});`, 'return;'], terminator: { kind: 'end' } };
  });

/** Blocks visited until the end, the end of the choices or 100 blocks. */
const visited = (
  tape: readonly number[],
  walk: (log: (block: number) => void, next: (n: number) => number) => void,
) => {
  const blocks: number[] = [];
  const choices = [...tape];
  const stop = new Error('enough');
  try {
    walk(
      (block) => {
        if (blocks.push(block) > 100) throw stop;
      },
      (n) => {
        const choice = choices.shift();
        if (choice === undefined) throw stop;
        return choice % n;
      },
    );
    blocks.push(-1);
  } catch (thrown) {
    if (thrown !== stop) throw thrown;
  }
  return blocks;
};

const interpreted =
  ({ blocks }: Cfg, steps: readonly Step[]) =>
  (log: (k: number) => void, next: (n: number) => number) => {
    for (let k = 0; ; ) {
      log(k);
      const { end, successors } = blocks[k] as Cfg['blocks'][number];
      const { kind } = steps[end - 1] as Step;
      if (kind === 'end') return;
      if (kind === 'jump') k = successors[0] as number;
      else if (kind === 'if') k = successors[next(2) === 1 ? 0 : 1] as number;
      else k = successors[next(successors.length)] as number;
    }
  };

const compiled = (text: string) => new Function('log', 'next', text) as Parameters<typeof visited>[1];

const step = fc.record({
  kind: fc.constantFrom('end', 'jump', 'if', 'if', 'if', 'switch'),
  to: fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }),
}) as fc.Arbitrary<Step>;

test('random graphs, structured and dispatched, with and without a structured form', () => {
  const seen = { structured: 0, dispatched: 0 };
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(11), { maxLength: 40 }),
      (steps, tape) => {
        const cfg = graphOf(steps);
        if (!cfg) return;
        const blocks = blocksOf(cfg, steps);
        const expected = visited(tape, interpreted(cfg, steps));
        const text = structure(cfg, blocks);
        seen[text.includes('switch(b)') ? 'dispatched' : 'structured']++;
        expect(visited(tape, compiled(text))).toEqual(expected);
        expect(visited(tape, compiled(structure(cfg, blocks, true)))).toEqual(expected);
        expect(text.includes('switch(b)')).toBe(!cfg.reducible);
      },
    ),
    { seed: 7, numRuns: 1_500 },
  );
  expect(Math.min(seen.structured, seen.dispatched)).toBeGreaterThan(50);
});

const chain = (length: number): Step[] =>
  Array.from({ length }, (_, k) => (k === length - 1 ? { kind: 'end', to: [] } : { kind: 'jump', to: [k + 1] }));

test('blocks nested deeper than a parser follows are dispatched; as many side by side are not', () => {
  const text = (steps: readonly Step[]): string => {
    const cfg = graphOf(steps) as Cfg;
    return structure(cfg, blocksOf(cfg, steps));
  };
  expect(text(chain(160))).not.toContain('switch(b)');
  expect(text(chain(161))).toContain('switch(b)');
  // A switch whose 200 targets end at once.
  const wide: Step[] = [
    { kind: 'switch', to: Array.from({ length: 200 }, (_, k) => k + 1) },
    ...Array.from({ length: 200 }, (): Step => ({ kind: 'end', to: [] })),
  ];
  expect(text(wide)).not.toContain('switch(b)');
});

test('only reachable blocks are in the text', () => {
  const steps: Step[] = [
    { kind: 'jump', to: [2] },
    { kind: 'jump', to: [2] },
    { kind: 'end', to: [] },
  ];
  const cfg = graphOf(steps) as Cfg;
  for (const isFlat of [false, true]) expect(structure(cfg, blocksOf(cfg, steps), isFlat)).not.toContain('log(1)');
});
