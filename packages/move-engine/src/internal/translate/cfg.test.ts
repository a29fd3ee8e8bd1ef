import { expect, test } from 'vitest';
import type { Instruction } from '../binary/decoded-module.ts';
import { Op } from '../binary/opcodes.ts';
import { buildCfg, controlFlowFault, withinBlockLimit } from './cfg.ts';

/** Code from mnemonics: `BrTrue 3`. */
const codeOf = (text: string): Instruction[] =>
  text.split(';').map((line) => {
    const [name, a = '0'] = line.trim().split(' ') as [keyof typeof Op, string?];
    return { op: Op[name], a: Number(a), b: 0, value: 0 };
  });
const tables = (...targets: number[]) => [{ enumDef: 0, targets }];

const facts = (text: string, jumps = tables()) => {
  const { blocks, order, immediateDominator, loopHeaders, merges, reducible } = buildCfg(codeOf(text), jumps);
  return {
    blocks: blocks.map(({ start, end, successors }) => `${start}-${end}>${successors}`).join(' '),
    order: order.join(),
    dominators: immediateDominator.join(),
    loops: [...loopHeaders].join(),
    merges: [...merges].join(),
    reducible,
  };
};
const plain = { loops: '', merges: '', reducible: true };

test.each<[what: string, code: string, expected: ReturnType<typeof facts>, jumps?: ReturnType<typeof tables>]>([
  ['straight code', 'Nop; Ret', { ...plain, blocks: '0-2>', order: '0', dominators: '0' }],
  [
    'a branch, taken side first',
    'LdTrue; BrTrue 3; Ret; Abort',
    { ...plain, blocks: '0-2>2,1 2-3> 3-4>', order: '0,1,2', dominators: '0,0,0' },
  ],
  [
    'two ways that meet',
    'LdTrue; BrFalse 4; Nop; Branch 5; Nop; Ret',
    { ...plain, blocks: '0-2>2,1 2-4>3 4-5>3 5-6>', order: '0,1,2,3', dominators: '0,0,0,0', merges: '3' },
  ],
  [
    'a loop',
    'Nop; LdTrue; BrFalse 5; Nop; Branch 1; Ret',
    { ...plain, blocks: '0-1>1 1-3>3,2 3-5>1 5-6>', order: '0,1,2,3', dominators: '0,0,1,1', loops: '1' },
  ],
  [
    'a loop whose header is where the function begins',
    'LdTrue; BrTrue 0; Ret',
    { ...plain, blocks: '0-2>0,1 2-3>', order: '0,1', dominators: '0,0', loops: '0' },
  ],
  [
    'a loop with two entries',
    'LdTrue; BrTrue 4; Nop; Nop; LdTrue; BrTrue 2; Ret',
    {
      ...{ blocks: '0-2>2,1 2-4>2 4-6>1,3 6-7>', order: '0,3,1,2', dominators: '0,0,0,2' },
      ...{ loops: '2', merges: '1', reducible: false },
    },
  ],
  [
    'code that nothing reaches',
    'Branch 3; Nop; Branch 3; Ret',
    { ...plain, blocks: '0-1>2 1-3>2 3-4>', order: '0,-1,1', dominators: '0,-1,0' },
  ],
  [
    'a switch',
    'VariantSwitch 0; Ret; Abort; Ret',
    { ...plain, blocks: '0-1>1,2,1 1-2> 2-3> 3-4>', order: '0,2,1,-1', dominators: '0,0,0,-1', merges: '1' },
    tables(1, 2, 1),
  ],
])('%s', (_, code, expected, jumps) => {
  expect(facts(code, jumps)).toEqual(expected);
});

test.each([
  ['Nop', [], { instruction: 0, reason: 'code ends without return' }],
  ['Ret; LdTrue; BrTrue 0', [], { instruction: 2, reason: 'code ends without return' }],
  ['Nop; Branch 2', [], { instruction: 1, reason: 'branch outside the function' }],
  ['Nop; Branch 1', [], undefined],
  ['Nop; Branch 0', [], undefined],
  ['VariantSwitch 0; Ret', tables(1, 1), undefined],
  ['VariantSwitch 0; Ret', tables(1, 2), { instruction: 0, reason: 'branch outside the function' }],
  ['VariantSwitch 1; Ret', tables(1), { instruction: 0, reason: 'branch outside the function' }],
  ['Abort', [], undefined],
  ['Ret', tables(0), { instruction: 0, reason: 'a jump table is not used' }],
] as const)('the fault of %s', (code, jumps, expected) => {
  expect(controlFlowFault(codeOf(code), jumps)).toEqual(expected);
});

test('a function has code, and 1,024 blocks at most', () => {
  expect(controlFlowFault([], [])).toEqual({ instruction: 0, reason: 'function without code' });
  const blocks = (count: number) => buildCfg(codeOf(new Array(count).fill('Ret').join(';')), []);
  expect(withinBlockLimit(blocks(1_024))).toBe(true);
  expect(withinBlockLimit(blocks(1_025))).toBe(false);
});
