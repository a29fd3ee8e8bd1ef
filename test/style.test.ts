import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { measure } from '../tools/figures/measure.ts';

const root = resolve(import.meta.dirname, '..');
const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\0')
  .filter((file) => file !== '');
const sources = tracked.filter((file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file) && !file.includes('/generated/'));
const shipped = sources.filter((file) => !/\.(test|bench|fuzz)\.ts$/.test(file));
const text = (file: string): string => readFileSync(resolve(root, file), 'utf8');
const isDocumentedAbove = (lines: readonly string[], index: number): boolean => {
  for (let i = index - 1; i >= 0; i--) {
    const line = (lines[i] as string).trim();
    if (line.endsWith('*/')) return true;
    if (!line.startsWith('//') && line !== '') return false;
  }
  return false;
};

test('packages throw only errors of their catalogue', () => {
  expect(shipped.filter((file) => /throw new (Error|TypeError|RangeError)\(/.test(text(file)))).toEqual([]);
});

test('no test is skipped or exclusive', () => {
  const marked = sources.filter(
    (file) => file.endsWith('.test.ts') && /\b(it|test|describe)\.(skip|only|todo)\b/.test(text(file)),
  );
  expect(marked).toEqual([]);
});

test('no test sleeps: what waits for a state looks for it', () => {
  const allowed = [
    'packages/base/src/testing/until.ts', // between two looks
    'packages/node/src/testing/upstream-server.ts', // a server that is slow
  ];
  const sleep =
    /new Promise(<\w+>)?\(\(?\w*\)? =>\s*setTimeout\(|timers\/promises|\bAtomics\.wait\(|\.waitForTimeout\(/;
  const tests = tracked.filter((file) => /^test\/.*\.ts$|\.test\.tsx?$|\/testing\/.*\.tsx?$/.test(file));
  expect(tests.filter((file) => sleep.test(text(file))).sort()).toEqual(allowed);
});

test('every exported function, constant and interface has a doc comment', () => {
  const undocumented = shipped.flatMap((file) => {
    const lines = text(file).split('\n');
    return lines.flatMap((line, index) =>
      /^export (async )?(const|function|interface|type \w+\b.*=)/.test(line) && !isDocumentedAbove(lines, index)
        ? [`${file}:${index + 1} ${line.slice(0, 60)}`]
        : [],
    );
  });
  expect(undocumented).toEqual([]);
});

test('unfinished work is not left behind in comments', () => {
  expect(shipped.filter((file) => /\b(TODO|FIXME|XXX)\b/.test(text(file)))).toEqual([]);
});

test('no function is longer than 100 lines', () => {
  const longer = shipped
    .filter((file) => !file.includes('/testing/'))
    .flatMap((file) => measure(file, text(file)).functions)
    .filter(({ lines }) => lines > 100);
  expect(longer).toEqual([]);
});

test('what is read as JSON is parsed, never cast', () => {
  // A column of our own tables has the type it was written with; code generation reads what this repository holds.
  const trusted = ['packages/base/src/sql/table.ts', 'packages/sdk/src/codegen/main.ts'];
  const cast = tracked
    .filter((file) => /^packages\/[^/]+\/src\/.*\.tsx?$/.test(file) && !/\.test\.|\/testing\//.test(file))
    .filter((file) => !trusted.includes(file))
    .flatMap((file) => measure(file, text(file)).jsonCasts);
  expect(cast).toEqual([]);
});
