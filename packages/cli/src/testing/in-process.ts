import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import pico from 'picocolors';
import { expect } from 'vitest';
import type { Io } from '../kernel/io.ts';
import { runCli } from '../kernel/run-cli.ts';
import { jsonSchemaOf } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { commandPathOf, findTarget } from '../kernel/tree.ts';
import { root } from '../root.ts';
import { cleanMachine, type Finished, type Machine, words } from './process.ts';

/** What a run may be given besides its words. */
export interface Surroundings {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard output and error are terminals. */
  readonly terminal?: boolean;
}

/** Runs a command line inside this process, on a machine's home directory. */
export const run = async (
  machine: Machine,
  line: string | readonly string[],
  around: Surroundings = {},
): Promise<Finished> => {
  let [out, err] = ['', ''];
  const paint = pico.createColors(false);
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    readStdin: () => around.stdin ?? '',
    input: () => Readable.from([around.stdin ?? '']),
    outIsTerminal: around.terminal ?? false,
    errIsTerminal: around.terminal ?? false,
    canAsk: false,
    env: { ...machine.env, ...around.env },
    cwd: around.cwd ?? machine.home,
    paint,
    paintErr: paint,
  };
  const code = await runCli(typeof line === 'string' ? words(line) : line, io);
  return { code, out, err };
};

/** The JSON document a command printed. */
export const json = (done: Finished): Record<string, unknown> => JSON.parse(done.out) as Record<string, unknown>;

/** Runs with --json and returns what was printed; a failure is returned as its `error` object. */
export const runJson = async (
  machine: Machine,
  line: string,
  around?: Surroundings,
): Promise<Record<string, unknown>> => json(await run(machine, `${line} --json`, around));

/** What a command that succeeds prints with --json; it follows the schema of the command. */
export const told = async (machine: Machine, line: string, around?: Surroundings): Promise<Record<string, unknown>> => {
  const done = await run(machine, `${line} --json`, around);
  const target = findTarget(root, commandPathOf(root, words(line)));
  const schema = target?.kind === 'command' && target.output ? jsonSchemaOf(target.output) : undefined;
  const data = json(done);
  const faults = schema && schemaFaults(schema, data);
  expect({ line, code: done.code, faults, error: data.error }).toEqual({ line, code: 0, faults: [], error: undefined });
  return data;
};

/** The code of the error that a command ends with, and its exit code. */
export const refusal = async (
  machine: Machine,
  line: string,
  around?: Surroundings,
): Promise<readonly [string, number]> => {
  const done = await run(machine, `${line} --json`, around);
  const { error } = json(done) as { error?: { code: string } };
  return [error?.code ?? done.out, done.code as number];
};

type Files = readonly (readonly [name: string, content: Uint8Array])[];
let made: Promise<Files> | undefined;

const makeHome = async (): Promise<Files> => {
  const machine = cleanMachine();
  expect(await run(machine, 'toma faucet --amount 900TOMA')).toMatchObject({ code: 0 });
  const files = readdirSync(machine.atomaHome, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path.slice(machine.atomaHome.length), readFileSync(path)] as const);
  rmSync(machine.home, { recursive: true });
  return files;
};

/** Runs lines that all succeed. */
export const runAll = async (machine: Machine, lines: readonly string[]): Promise<void> => {
  for (const line of lines) {
    const { code, err } = await run(machine, line);
    expect({ line, code, err: code === 0 ? '' : err }).toEqual({ line, code: 0, err: '' });
  }
};

/** A machine whose ledger holds the market, and whose wallet 900 TOMA: made once in a process, and copied. */
export const marketMachine = async (): Promise<Machine> => {
  made ??= makeHome();
  const machine = cleanMachine();
  for (const [name, content] of await made) {
    const path = join(machine.atomaHome, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, content, { mode: 0o600 });
  }
  return machine;
};
