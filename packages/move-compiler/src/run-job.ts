import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { moveError } from './move-compiler-errors.ts';
import type { MoveSources } from './read-package.ts';

/** Longest a job may take unless the caller says otherwise, in ms. */
export const DEFAULT_TIMEOUT_MS = 240_000;

/** A dependency in the form the WASM toolchain takes. */
export interface JobDependency {
  readonly name: string;
  readonly displayName: string;
  readonly edition: string;
  /** 32-byte `0x` hex. */
  readonly publishedIdForOutput: string;
  readonly files: MoveSources;
  readonly addressMapping: Readonly<Record<string, string>>;
}

/** Work for one worker. */
export interface JobRequest {
  readonly operation: 'compile' | 'test';
  readonly name: string;
  readonly files: MoveSources;
  readonly dependencies: readonly JobDependency[];
}

/** What the toolchain said: JSON or compiler text for `compile`, the test log for `test`. */
export interface JobAnswer {
  readonly ok: boolean;
  readonly output: string;
}

/** A module of WebAssembly, which workers share with the machine code made of it. */
export type CompilerCode = object;

/** What a worker is started with. */
export interface JobOrder {
  readonly job: JobRequest;
  /** The compiler, when an earlier worker of this process has made machine code of it: a third of the work of a small job. */
  readonly code: CompilerCode | undefined;
}

/** What it says. */
export interface JobReply {
  readonly answer: JobAnswer;
  readonly code: CompilerCode;
}

let code: CompilerCode | undefined;

/** The worker's program: its source, or the file of this name beside the bundled program. */
const program = (): URL =>
  ['./job.ts', './move-process.js', '../move-process.js']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url)) as URL;

/** The compiler, as npm knows it. */
const COMPILER = '@zktx.io/sui-move-builder@0.5.1';

/** Whether npm put this program where commands for all projects lie: that is where the compiler must lie then. */
const isGlobal = (): boolean => /[\\/]lib[\\/]node_modules[\\/]/.test(import.meta.url);

/**
 * Runs one job in a worker of its own and kills it after `timeoutMs`: the test VM has no gas bound, so an endless loop
 * would never end by itself. Throws `MOVE_COMPILER_ABSENT`, `MOVE_TIMEOUT` or `MOVE_WORKER`.
 */
export const runJob = (job: JobRequest, timeoutMs: number): Promise<JobAnswer> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(program(), { workerData: { job, code } satisfies JobOrder, stderr: true, stdout: true });
    const { operation, name } = job;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      settle();
      void worker.terminate();
    };
    const timer = setTimeout(
      () => finish(() => reject(moveError('TIMEOUT', { operation, name, milliseconds: timeoutMs }))),
      timeoutMs,
    );
    let log = '';
    worker.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    const fail = (reason: string, cause?: unknown): void =>
      finish(() => reject(moveError('WORKER', { operation, name, reason: [reason, log].join('\n').trim() }, cause)));
    worker.once('message', (reply: JobReply) => {
      code = reply.code;
      finish(() => resolve(reply.answer));
    });
    worker.once('error', (error) => {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') return fail(String(error), error);
      finish(() =>
        reject(moveError('COMPILER_ABSENT', { compiler: COMPILER, global: isGlobal() ? '--global ' : '' }, error)),
      );
    });
    worker.once('exit', (code) => fail(`worker exited with code ${code}`));
  });
