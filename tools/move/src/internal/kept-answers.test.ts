import { expect, test } from 'vitest';
import { rootFiles } from './inputs.ts';
import { compileOnce } from './kept-answers.ts';

const job = (body: string) => ({
  operation: 'compile' as const,
  name: 'demo',
  files: rootFiles(
    'demo',
    { 'sources/demo.move': `module demo::demo; public fun one(): u64 { ${body} }` },
    { demo: '0x0' },
  ),
  dependencies: [],
});

test('what is kept is what the compiler gave, for these sources alone', async () => {
  const first = await compileOnce(job('1'), 60_000);
  expect(first.ok).toBe(true);
  expect(await compileOnce(job('1'), 60_000)).toEqual(first);
  expect((await compileOnce(job('2'), 60_000)).output).not.toBe(first.output);
});

test('a refusal of the compiler is told each time', async () => {
  for (const answer of [await compileOnce(job('true'), 60_000), await compileOnce(job('true'), 60_000)]) {
    expect(answer.ok).toBe(false);
    expect(answer.output).toContain('demo.move');
  }
});
