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

/** Where the page of attacks says that a test lies. */
const placeOf = (file: string): string =>
  file.endsWith('_tests')
    ? `move/atoma/tests/${file}.move`
    : file.replace(/^(settle|serve)\//, 'packages/node/src/$1/').replace(/^buyer\//, 'packages/sdk/src/buyer/');

test('every test that the page of attacks names is there', () => {
  const rows = text('docs/security-review.md').match(/^\|.*\|$/gm) ?? [];
  const cells = rows.map((row) => row.split('|').at(-2) as string);
  const lacking = cells.flatMap((cell) => {
    const quoted = [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string);
    const files = quoted.filter((each) => /_tests$|\.ts$/.test(each)).map(placeOf);
    const sources = files.map((file) => (existsSync(join(root, file)) ? text(file) : undefined));
    const titles = [...cell.matchAll(/"([^"]+)"/g)].map((match) => match[1] as string);
    const functions = quoted.filter((each) => /^[a-z_]+$/.test(each) && !each.endsWith('_tests'));
    return [
      ...files.filter((_, at) => sources[at] === undefined),
      ...titles.filter((title) => !sources.some((source) => source?.includes(`test('${title}`))),
      ...functions.filter((name) => !sources.some((source) => source?.includes(`fun ${name}(`))),
    ];
  });
  expect(lacking).toEqual([]);
  expect(cells.filter((cell) => cell.includes('_tests`')).length).toBeGreaterThan(9);
});

test('the README shows the test command that the entry point of the checks runs', () => {
  expect(text('README.md')).toContain('npm ci && npm run test:all');
  expect(readFileSync(join(root, '.ci/run'), 'utf8')).toMatch(/npm ci[\s\S]*npm run test:all/);
});
