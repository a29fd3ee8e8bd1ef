/**
 * Prints the figures of the source code: files and their lines, functions and theirs, casts, tests per line of source.
 * `node tools/figures/figures.ts [DIRECTORY]`, where DIRECTORY is another checkout of this repository.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { measure } from './measure.ts';

const quantile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const isTest = (file: string): boolean => /\.(test|bench|fuzz)\.ts$/.test(file) || /\/(testing|test)\//.test(file);

const print = (root: string): void => {
  const files = execFileSync('git', ['ls-files', 'packages/*/src/*.ts', 'tools/*.ts', 'test/*.ts'], { cwd: root })
    .toString()
    .split('\n')
    .filter((file) => file !== '' && !file.includes('/generated/'));
  const measured = files.map((file) => ({ file, ...measure(file, readFileSync(join(root, file), 'utf8')) }));
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
    ['test : source, lines', `${tests} : ${sum(lines)} = ${(tests / sum(lines)).toFixed(2)}`],
  ];
  for (const [name, value] of rows) console.log(`${String(name).padEnd(40)} ${value}`);
  for (const { where, lines: count } of long) console.log(`  ${where} ${count}`);
};

print(resolve(process.argv[2] ?? '.'));
