import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';

/** The root of the checkout. */
export const checkout = resolve(import.meta.dirname, '../../../..');

/** The documented entry point. */
export const devCli = join(checkout, 'dev/cli');

/** The bundle that the entry point runs. */
export const bundle = join(checkout, 'packages/cli/dist/bin/atoma.js');

/** What a process left. */
export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A clean machine: an empty home directory and nothing of ours in the environment. */
export interface Machine {
  readonly home: string;
  readonly atomaHome: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const homes: string[] = [];
afterAll(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

/** Makes a clean machine; its home is removed after the tests of the file. */
export const cleanMachine = (more: Readonly<Record<string, string>> = {}): Machine => {
  const home = mkdtempSync(join(tmpdir(), 'atoma-test-'));
  homes.push(home);
  const atomaHome = join(home, '.atoma');
  return { home, atomaHome, env: { PATH: process.env.PATH, HOME: home, TMPDIR: tmpdir(), ...more } };
};

/** Runs a program to its end; standard input is `input` or empty. */
export const execute = (
  machine: Machine,
  program: string,
  args: readonly string[],
  input = '',
  more: Readonly<Record<string, string>> = {},
): Promise<Finished> =>
  new Promise((done) => {
    const child = spawn(program, args, { cwd: machine.home, env: { ...machine.env, ...more } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.on('close', (code) => done({ code, out, err }));
    child.stdin.on('error', () => {}); // a program that reads nothing may be gone already
    child.stdin.end(input);
  });

/** Runs the bundle with a command line as one types it (words split at spaces, quotes kept together). */
export const atoma = (machine: Machine, line: string, more: Readonly<Record<string, string>> = {}): Promise<Finished> =>
  execute(machine, process.execPath, [bundle, ...words(line)], '', more);

/** Starts a command that stays, in the bundle, and waits for the JSON it says first; `end` interrupts it. */
export const stay = (
  machine: Machine,
  line: string,
): Promise<{ readonly facts: Readonly<Record<string, string>>; readonly end: () => Promise<void> }> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [bundle, ...words(line)], { cwd: machine.home, env: machine.env });
    let [out, err] = ['', ''];
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    child.stderr.on('data', (part: Buffer) => {
      err += part.toString();
    });
    child.stdout.on('data', (part: Buffer) => {
      out += part.toString();
      if (!out.includes('\n')) return;
      const end = (): Promise<void> => {
        child.kill('SIGINT');
        return ended;
      };
      done({ facts: JSON.parse(out.split('\n', 1)[0] as string) as Record<string, string>, end });
    });
    void ended.then(() => fail(new TypeError(`${line}: ${out}${err}`)));
  });

/** Splits a line at spaces outside of double quotes. */
export const words = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? (plain as string));
