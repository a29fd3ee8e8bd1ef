/** The copy in which changes are tried: what is in it, and that it goes. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withCopy } from './copy.ts';

const root = mkdtempSync(join(tmpdir(), 'atoma-mutation-test-'));
beforeAll(() => {
  const files = {
    'a/kept.txt': 'kept',
    'new.txt': 'new',
    'ignored.txt': 'no',
    '.gitignore': 'ignored.txt\nnode_modules\n',
  };
  for (const folder of ['a', 'node_modules/@atoma/own', 'node_modules/other'])
    mkdirSync(join(root, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  execFileSync('git', ['init', '-q'], { cwd: root });
  execFileSync('git', ['add', 'a'], { cwd: root });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Words of a program that runs this text. */
const text = (program: string): readonly string[] => ['-e', program];
const stays = 'setInterval(() => {}, 1_000)';

test('a copy has what git does not ignore and the packages, and is removed at the end', async () => {
  let place = '';
  await withCopy(root, async ({ path, run }) => {
    place = path;
    expect(readdirSync(path).sort()).toEqual(['.atoma', '.gitignore', 'a', 'new.txt', 'node_modules']);
    expect(readFileSync(join(path, 'a/kept.txt'), 'utf8')).toBe('kept');
    expect(readdirSync(join(path, 'node_modules')).sort()).toEqual(['@atoma', 'other']);
    await run(process.execPath, text('fs.appendFileSync("a/kept.txt", " " + process.cwd())'));
    expect(readFileSync(join(path, 'a/kept.txt'), 'utf8')).toBe(`kept ${path}`);
  });
  expect(existsSync(place)).toBe(false);
  expect(readFileSync(join(root, 'a/kept.txt'), 'utf8')).toBe('kept');
});

test.each([
  ['fails', 'process.exit(3)', /ended with 3; its messages are above$/],
  ['ends without a file of the copy', 'fs.rmSync("new.txt")', /has lost new\.txt while changes were tried/],
  ['stays without a file of the copy', `fs.rmSync("a", { recursive: true }); ${stays}`, /has lost a\/kept\.txt/],
  ['removes the copy', `fs.rmSync(process.cwd(), { recursive: true }); ${stays}`, /has lost .*: the figures would say/],
])('a program that %s: the run fails, and the copy is removed', async (_, program, why) => {
  let place = '';
  const work = withCopy(
    root,
    ({ path, run }) => {
      place = path;
      return run(process.execPath, text(program as string));
    },
    { lookMs: 5 },
  );
  await expect(work).rejects.toThrow(why);
  expect([place === '', existsSync(place)]).toEqual([false, false]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'told to end by %s: the program that runs ends, the copy is removed, the status is %i',
  async (signal, status) => {
    const inner = `process.stderr.write(process.cwd()); ${stays}`;
    const outer = `
    import { withCopy } from ${JSON.stringify(join(import.meta.dirname, 'copy.ts'))};
    await withCopy(${JSON.stringify(root)}, ({ run }) => run(process.execPath, ['-e', ${JSON.stringify(inner)}]));`;
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', ...text(outer)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const path = String((await once(child.stderr, 'data'))[0]);
    expect(existsSync(path)).toBe(true);
    child.kill(signal);
    // The program in the copy holds the other end of the pipe: it has closed when both have ended.
    expect(await once(child, 'close')).toEqual([status, null]);
    expect(existsSync(path)).toBe(false);
  },
);
