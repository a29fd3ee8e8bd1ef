/**
 * Prints the figures of the source code: files and their lines, functions and theirs, casts, repetitions, tests per line of source.
 * `node tools/figures/figures.ts [DIRECTORY]`, where DIRECTORY is another checkout of this repository.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { measure } from './measure.ts';

const quantile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const isTest = (file: string): boolean => /\.(test|bench|fuzz)\.tsx?$/.test(file) || /\/(testing|test)\//.test(file);

const RUN = 6;

/** Pairs of files that share a run of six lines; empty lines and imports do not count. */
const repeatedRuns = (files: readonly { readonly file: string; readonly text: string }[]): number => {
  const places = new Map<string, Set<string>>();
  for (const { file, text } of files) {
    const lines = text
      .replace(/^(import|export) [^;]*? from '[^']*'( with [^;]*)?;$/gm, '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    for (let i = 0; i + RUN <= lines.length; i++) {
      const run = lines.slice(i, i + RUN).join('\n');
      places.set(run, (places.get(run) ?? new Set()).add(file));
    }
  }
  const pairs = new Set<string>();
  for (const [...sharing] of places.values())
    sharing.forEach((a, i) => {
      for (const b of sharing.slice(i + 1)) pairs.add(`${a} ${b}`);
    });
  return pairs.size;
};

/** What test/packages.long.test.ts installs: every library and the command. */
const installed = async (root: string): Promise<number> => {
  const entries = join(root, 'tools/pack/entries.ts');
  if (!existsSync(entries)) return 0;
  const { published }: { published: readonly unknown[] } = await import(entries);
  return published.length + 1;
};

const print = async (root: string): Promise<void> => {
  const files = execFileSync(
    'git',
    ['ls-files', 'packages/*/src/*.ts', 'packages/*/src/*.tsx', 'tools/*.ts', 'test/*.ts'],
    { cwd: root },
  )
    .toString()
    .split('\n')
    .filter((file) => file !== '' && !file.includes('/generated/'));
  const texts = files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
  const measured = texts.map(({ file, text }) => ({ file, ...measure(file, text) }));
  const sources = measured.filter(({ file }) => !isTest(file));
  const lines = sources.map((each) => each.lines);
  const functions = sources.flatMap((each) => each.functions);
  const lengths = functions.map((each) => each.lines);
  const tests = sum(measured.filter(({ file }) => isTest(file)).map((each) => each.lines));
  const long = functions.filter((each) => each.lines > 100).sort((a, b) => b.lines - a.lines);
  const rows = [
    ['source files', sources.length],
    ['lines of source', sum(lines)],
    ['lines of a file, median / p95 / max', [0.5, 0.95, 1].map((part) => quantile(lines, part)).join(' / ')],
    ['functions', lengths.length],
    ['lines of a function, p95 / p99 / max', [0.95, 0.99, 1].map((part) => quantile(lengths, part)).join(' / ')],
    ['functions above 100 lines', long.length],
    ['casts', sum(sources.map((each) => each.casts))],
    ['pairs of files with six lines in common', repeatedRuns(texts.filter(({ file }) => !isTest(file)))],
    ['test : source, lines', `${tests} : ${sum(lines)} = ${(tests / sum(lines)).toFixed(2)}`],
    ['packages installed from tarballs', await installed(root)],
  ];
  for (const [name, value] of rows) console.log(`${String(name).padEnd(40)} ${value}`);
  for (const { where, lines: count } of long) console.log(`  ${where} ${count}`);
};

await print(resolve(process.argv[2] ?? '.'));
