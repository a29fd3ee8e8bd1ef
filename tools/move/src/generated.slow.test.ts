/** The committed bytecode is what the sources compile to. When this fails: `node tools/move/src/cli.ts build`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateFramework, generatePackages } from './generate.ts';
import { repositoryRoot } from './packages.ts';

const onDisk = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');

test.each([
  ['framework', generateFramework],
  ['packages', generatePackages],
])('the generated %s file is up to date', async (_, generate) => {
  const files = Object.entries(await generate());
  expect(files).toHaveLength(1);
  for (const [file, text] of files) expect(onDisk(file) === text, `${file} is stale`).toBe(true);
});
