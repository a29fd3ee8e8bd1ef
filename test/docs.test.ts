import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsOf, pages, root, text, typePage } from './pages.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'atoma-docs-'));
  execFileSync(join(root, 'dev/cli'), ['--version'], { stdio: 'ignore' });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

test.each(pages.filter((page) => commandsOf(page).length > 0))('every command of %s works', (page) =>
  typePage(page, mkdtempSync(join(home, 'home-'))),
);

test('every page a reader is sent to as buyer, operator, task creator, challenger or developer has commands that run', () => {
  const readme = text('README.md');
  for (const page of ['guide', 'buyer', 'node', 'tasks', 'challenger', 'contract', 'up', 'lab', 'sui']) {
    expect(readme).toContain(`docs/${page}.md`);
    expect(commandsOf(`docs/${page}.md`).length, page).toBeGreaterThan(3);
  }
});

test('links between pages lead somewhere', () => {
  const broken = pages.flatMap((page) =>
    [...text(page).matchAll(/\]\(([^)#]+)[^)]*\)/g)]
      .map((match) => match[1] as string)
      .filter((target) => !/^https?:/.test(target) && !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test('the README shows the test command that the entry point of the checks runs', () => {
  expect(text('README.md')).toContain('npm ci && npm run test:all');
  expect(readFileSync(join(root, '.ci/run'), 'utf8')).toMatch(/npm ci[\s\S]*npm run test:all/);
});
