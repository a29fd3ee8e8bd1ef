import { Readable } from 'node:stream';
import pico from 'picocolors';
import type { Io } from '../kernel/io.ts';
import { runCli } from '../kernel/run-cli.ts';
import { type Finished, type Machine, words } from './process.ts';

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
