/**
 * Compiled packages, kept in `.atoma/move` of the checkout: bytecode is a function of the job and the compiler, and many tests, each file
 * in a process of its own, compile the same sources (1.5 s of processor time and more).
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type JobAnswer, type JobRequest, runJob } from '@atoma/move-compiler';
import { repositoryRoot } from '../packages.ts';

const directory = join(repositoryRoot, '.atoma/move');

/** Changes with the compiler. */
const compiler = (): string => {
  const entry = createRequire(import.meta.url).resolve('@zktx.io/sui-move-builder/full');
  return /^.*@zktx\.io[\\/]sui-move-builder/.exec(entry)?.[0] ?? entry;
};

const keyOf = (job: JobRequest): string =>
  createHash('sha256')
    .update(readFileSync(join(compiler(), 'package.json')))
    .update(readFileSync(join(repositoryRoot, 'packages/move-compiler/src/job.ts'))) // its options
    .update(JSON.stringify(job))
    .digest('hex');

const kept = (file: string): JobAnswer | undefined => {
  try {
    return { ok: true, output: readFileSync(file, 'utf8') };
  } catch {
    return undefined; // not compiled yet
  }
};

/** The answer of a compile job: the one kept, else the compiler's, which is kept when it succeeded. Throws what `runJob` throws. */
export const compileOnce = async (job: JobRequest, timeoutMs: number): Promise<JobAnswer> => {
  const file = join(directory, `${keyOf(job)}.json`);
  const known = kept(file);
  if (known) return known;
  const answer = await runJob(job, timeoutMs);
  if (!answer.ok) return answer;
  mkdirSync(directory, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, answer.output);
  renameSync(unfinished, file); // whoever finds it finds all of it
  return answer;
};
