/** Pages typed one after another in one home, as one person does, and the next day again. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pages, root, typePage } from './pages.ts';

const inOrder = ['up', 'buyer', 'gateway', 'node'].map((name) => `docs/${name}.md`);

test('the pages of buyers, teams and operators work one after another in one home, twice', async () => {
  expect(pages).toEqual(expect.arrayContaining(inOrder));
  execFileSync(join(root, 'dev/cli'), ['--version'], { stdio: 'ignore' });
  const home = mkdtempSync(join(tmpdir(), 'atoma-pages-'));
  try {
    for (const page of [...inOrder, ...inOrder]) await typePage(page, home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}, 1_800_000);
