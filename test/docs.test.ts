import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);
const text = (page: string): string => readFileSync(join(root, page), 'utf8');

/** Lines of the page's blocks marked `sh`: what a reader copies into a shell, in order. */
const commandsOf = (page: string): readonly string[] =>
  [...text(page).matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap((block) =>
    (block[1] as string)
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#')),
  );

/** Ids that a page cannot know; each command's output teaches the next what its placeholders stand for. */
const learn = (known: Map<string, string>, output: string): void => {
  for (const [, kind, id] of output.matchAll(/^\s*(task|node|stack) badge\s+(0x[0-9a-f]{64})/gm))
    known.set(`${(kind as string).toUpperCase()}_BADGE_ID`, id as string);
  const market = output.match(/ATOMA_PACKAGE_ID=(0x[0-9a-f]{64})[\s\S]*TOMA_PACKAGE_ID=(0x[0-9a-f]{64})/);
  if (market) known.set('TOMA_PACKAGE_ID', market[2] as string).set('PACKAGE_ID', market[1] as string);
};

const fill = (known: ReadonlyMap<string, string>, command: string): string =>
  [...known].reduce((filled, [name, id]) => filled.replace(new RegExp(`(?<![A-Z_])${name}\\b`, 'g'), id), command);

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'atoma-docs-'));
  execFileSync(join(root, 'dev/cli'), ['--version'], { stdio: 'ignore' });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

test.each(pages.filter((page) => commandsOf(page).length > 0))('every command of %s works', (page) => {
  const own = mkdtempSync(join(home, 'home-'));
  const env = { PATH: process.env.PATH, HOME: own, NO_COLOR: '1' };
  const known = new Map<string, string>();
  for (const command of commandsOf(page)) {
    const run = spawnSync('bash', ['-c', fill(known, command)], { cwd: root, env, encoding: 'utf8', timeout: 60_000 });
    expect({ command, status: run.status, stderr: run.status === 0 ? '' : run.stderr }).toEqual({
      command,
      status: 0,
      stderr: '',
    });
    learn(known, run.stdout);
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
  expect(text('README.md')).toContain('npm ci && npm test');
  expect(readFileSync(join(root, '.ci/run'), 'utf8')).toMatch(/npm ci[\s\S]*npm test/);
});
