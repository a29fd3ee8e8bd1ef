/** Processes of a bench: each prints one JSON line when it is ready and ends when its input ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { daemonEnvironment, daemonHeapOption } from '../../packages/cli/src/kernel/young-heap.ts';

/** A running process and its lines. */
export interface Child {
  readonly process: ChildProcess;
  readonly reader: Interface;
  /** The next line it prints, parsed. */
  readonly next: () => Promise<Record<string, string>>;
  /** Sends a line and waits for the answer. */
  readonly ask: (line: string) => Promise<Record<string, string>>;
  readonly stop: () => void;
}

/** What a process may take to end by itself, ms. */
const GRACE_MS = 3_000;

const childOf = (process_: ChildProcess): Child => {
  const reader = createInterface({ input: process_.stdout as NodeJS.ReadableStream });
  const lines = reader[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, string>> =>
    JSON.parse((await lines.next()).value as string) as Record<string, string>;
  return {
    process: process_,
    reader,
    next,
    ask: (line) => {
      process_.stdin?.write(`${line}\n`);
      return next();
    },
    stop: () => {
      process_.stdin?.end();
      setTimeout(() => process_.kill('SIGKILL'), GRACE_MS).unref();
      reader.close();
    },
  };
};

/** Daemons get the options with which the product starts itself; the market's is the node's process. */
const isDaemon = (script: string): boolean => /^(gateway|node|market)-process/.test(script);
const optionsOf = (script: string): readonly string[] => (isDaemon(script) ? [daemonHeapOption] : []);
const environmentOf = (script: string): Readonly<Record<string, string>> => (isDaemon(script) ? daemonEnvironment : {});

/** Starts a script of this directory with Node. */
export const startScript = (script: string, ...args: readonly string[]): Child =>
  childOf(
    spawn(
      process.execPath,
      ['--no-warnings', '--expose-gc', ...optionsOf(script), resolve(import.meta.dirname, script), ...args],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, ...environmentOf(script) },
      },
    ),
  );

/** Processor time a process has used, all its threads together, us; null where the system does not tell. */
export const processorOf = async (pid: number): Promise<number | null> => {
  const { readdir, readFile } = await import('node:fs/promises');
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const times = threads.map(async (thread) =>
    Number((await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0')).split(' ')[0]),
  );
  return threads.length === 0 ? null : (await Promise.all(times)).reduce((sum, ns) => sum + ns / 1_000, 0);
};

/** Resident memory of a process in MB; null where the system does not tell. */
export const residentOf = async (pid: number): Promise<number | null> => {
  const { readFile } = await import('node:fs/promises');
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const found = /VmRSS:\s+(\d+) kB/.exec(status)?.[1];
  return found === undefined ? null : Number(found) / 1024;
};
