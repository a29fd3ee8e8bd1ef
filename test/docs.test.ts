import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { commandsOf, firstPages, pages, root, text, typePages } from './pages.ts';

typePages(firstPages);

test('every page a reader is sent to as buyer, operator, task creator, challenger or developer has commands that run', () => {
  const readme = text('README.md');
  for (const page of ['guide', 'buyer', 'node', 'tasks', 'challenger', 'contract', 'up', 'lab', 'sui']) {
    expect(readme).toContain(`docs/${page}.md`);
    expect(commandsOf(`docs/${page}.md`).length, page).toBeGreaterThan(3);
  }
});

test('links between pages lead somewhere', () => {
  const broken = [...pages, ...globSync('{packages,move}/*/*.md', { cwd: root })].flatMap((page) =>
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
