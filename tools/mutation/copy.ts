/** The copy of the checkout in which changes are tried: watched while they are, and gone when the run ends, however it ends. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

/** A copy of a checkout. */
export interface Copy {
  readonly path: string;
  /**
   * Runs a program in the copy to its end, its output on this process's standard error. Rejects when it failed, and when the copy has
   * lost a file meanwhile, which ends it: tests that miss a file notice every change.
   */
  readonly run: (program: string, words: readonly string[]) => Promise<void>;
}

const TOLD = ['SIGINT', 'SIGTERM'] as const;

/** Time between two looks at the copy, ms. */
const LOOK_MS = 5_000;

/**
 * Copies the files of a checkout that git does not ignore, does some work with the copy and removes it. Told to end by SIGINT or SIGTERM,
 * it ends the program that runs, removes the copy and exits with 128 and the number of the signal.
 */
export const withCopy = async (
  root: string,
  work: (copy: Copy) => Promise<void>,
  { lookMs = LOOK_MS } = {},
): Promise<void> => {
  const path = mkdtempSync(join(tmpdir(), 'atoma-mutation-'));
  let stop = (): void => {};
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 10 });
  const told = (signal: NodeJS.Signals): void => {
    stop();
    remove();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of TOLD) process.on(signal, told);
  try {
    const files = copyTree(root, path);
    const lost = (): string | undefined => files.find((file) => !existsSync(join(path, file)));
    const run: Copy['run'] = (program, words) =>
      new Promise((resolve, reject) => {
        // A group of its own, so that what it starts ends with it.
        const child = spawn(program, words, { cwd: path, detached: true, stdio: ['ignore', 2, 2] });
        stop = () => void (child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, 'SIGKILL'));
        const looking = setInterval(() => lost() !== undefined && stop(), lookMs);
        child.once('error', reject);
        child.once('exit', (code, signal) => {
          clearInterval(looking);
          stop = () => {};
          const missing = lost();
          if (missing !== undefined)
            reject(new Error(`${path} has lost ${missing} while changes were tried: the figures would say nothing`));
          else if (code !== 0) reject(new Error(`${program} ended with ${code ?? signal}; its messages are above`));
          else resolve();
        });
      });
    await work({ path, run });
  } finally {
    for (const signal of TOLD) process.off(signal, told);
    remove();
  }
};

/** A working tree of the files git does not ignore, with the checkout's packages from the registry; gives the names of the files. */
const copyTree = (root: string, copy: string): readonly string[] => {
  const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = tracked
    .split('\n')
    .filter((name) => name !== '' && !name.startsWith('docs/pictures/') && existsSync(join(root, name)));
  for (const file of files) cpSync(join(root, file), join(copy, file), { recursive: true });
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '@atoma' && name !== '.vite')
      symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  cpSync(join(root, 'node_modules/@atoma'), join(copy, 'node_modules/@atoma'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  // Compiled Move packages stay between runs, as they do in the checkout: the compiler is not what is tested.
  mkdirSync(join(root, '.atoma/move'), { recursive: true });
  mkdirSync(join(copy, '.atoma'), { recursive: true });
  symlinkSync(join(root, '.atoma/move'), join(copy, '.atoma/move'));
  return files;
};
