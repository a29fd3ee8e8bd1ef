/** The pages of the documentation as a reader types them: every command of their shell blocks, in order and as it stands. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../packages/base/src/testing/until.ts';

/** The root of the checkout. */
export const root = resolve(import.meta.dirname, '..');

/** Every page, as a path below the root. */
export const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

/** Pages that everybody reads first. */
export const firstPages: readonly string[] = ['README.md', 'docs/guide.md'];

/** The text of a page. */
export const text = (page: string): string => readFileSync(join(root, page), 'utf8');

/** A line a reader types; `stays`: in a terminal of its own, until it is interrupted. */
interface Typed {
  readonly line: string;
  readonly stays: boolean;
}

const ofBlock = (block: string, stays: boolean): readonly Typed[] =>
  block
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => ({ line, stays }));

/** The code in the last column of a table's rows, in which `|` is written `\|`. */
const ofTable = (rows: string): readonly Typed[] =>
  rows
    .trimEnd()
    .split('\n')
    .flatMap((row) => [...(row.split(/(?<!\\)\|/).at(-2) as string).matchAll(/`([^`]+)`/g)])
    .map(([, code]) => ({ line: (code as string).replaceAll('\\|', '|'), stays: false }));

/**
 * What a reader copies into a shell, in order: lines of the page's blocks marked `sh` or `sh terminal`, and the commands of tables whose
 * last column is headed `shown by`.
 */
export const commandsOf = (page: string): readonly Typed[] =>
  [
    ...text(page).matchAll(/^```sh( terminal)?\n([\s\S]*?)^```|^\|[^\n]*\| shown by \|\n\|[-|]+\n((?:\|[^\n]*\n)+)/gm),
  ].flatMap(([, terminal, block, rows]) =>
    block === undefined ? ofTable(rows as string) : ofBlock(block, terminal !== undefined),
  );

const PATIENCE_MS = 200_000;
type Env = Readonly<Record<string, string | undefined>>;

/** Starts a line that stays and waits for the first thing it says. */
const startTerminal = async (line: string, log: string, env: Env): Promise<ChildProcess> => {
  const [out, err] = [openSync(log, 'w'), openSync(`${log}.err`, 'w')];
  const child = spawn('bash', ['-c', `exec ${line}`], { cwd: root, env, stdio: ['ignore', out, err] });
  for (const each of [out, err]) closeSync(each);
  const said = (): boolean => {
    const why = child.exitCode === null ? '' : readFileSync(`${log}.err`, 'utf8');
    expect({ line, ended: child.exitCode, why }).toEqual({ line, ended: null, why: '' });
    return readFileSync(log, 'utf8') !== '';
  };
  await until(`${line} says something`, said, PATIENCE_MS);
  return child;
};

const interrupt = async (child: ChildProcess): Promise<void> => {
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS / 2);
  expect(await ended).toEqual([0, null]);
  clearTimeout(late);
};

/** Types a page in a home, in order; terminals that stay are interrupted at its end. Every command must end with 0. */
export const typePage = async (page: string, home: string): Promise<void> => {
  const env = { PATH: process.env.PATH, HOME: home, NO_COLOR: '1' };
  const terminals: ChildProcess[] = [];
  try {
    for (const { line, stays } of commandsOf(page)) {
      if (stays) terminals.push(await startTerminal(line, join(home, `terminal-${terminals.length}`), env));
      else {
        const run = spawnSync('bash', ['-c', line], { cwd: root, env, encoding: 'utf8', timeout: PATIENCE_MS });
        expect({ line, status: run.status, stderr: run.status === 0 ? '' : run.stderr }).toEqual({
          line,
          status: 0,
          stderr: '',
        });
      }
    }
    for (const terminal of terminals.splice(0).reverse()) await interrupt(terminal);
  } finally {
    for (const terminal of terminals) terminal.kill('SIGKILL');
    // A page that failed half-way has not stopped its market.
    spawnSync(join(root, 'dev/cli'), ['up', '--stop'], { cwd: root, env, stdio: 'ignore', timeout: PATIENCE_MS });
  }
};

/** A test for each of these pages that has commands: typed in a home of its own. */
export const typePages = (these: readonly string[]): void => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'atoma-docs-'));
    execFileSync(join(root, 'dev/cli'), ['--version'], { stdio: 'ignore' });
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  test.each(these.filter((page) => commandsOf(page).length > 0))('every command of %s works', (page) =>
    typePage(page, mkdtempSync(join(home, 'home-'))),
  );
};
