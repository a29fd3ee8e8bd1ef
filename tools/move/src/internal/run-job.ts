import { Worker } from 'node:worker_threads';
import { moveError } from '../errors.ts';
import type { MoveSources } from '../packages.ts';

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

/**
 * Runs one job in a worker of its own and kills it after `timeoutMs`: the test VM has no gas bound, so an endless loop
 * would never end by itself. Throws `MOVE_TIMEOUT` or `MOVE_WORKER`.
 */
export const runJob = (job: JobRequest, timeoutMs: number): Promise<JobAnswer> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./job.ts', import.meta.url), { workerData: job, stderr: true, stdout: true });
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
    worker.once('message', (answer: JobAnswer) => finish(() => resolve(answer)));
    worker.once('error', (error) => fail(String(error), error));
    worker.once('exit', (code) => fail(`worker exited with code ${code}`));
  });
