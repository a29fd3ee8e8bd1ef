import { type CompiledPackage, compiledFrom, DEFAULT_TIMEOUT_MS, type JobAnswer, runJob } from '@atoma/move-compiler';
import { readDependencies, rootFiles } from './internal/inputs.ts';
import { compileOnce } from './internal/kept-answers.ts';
import { findPackage, type MoveSources, packages, readPackage } from './packages.ts';

export type { CompiledPackage };
export { DEFAULT_TIMEOUT_MS };

/** Sources outside the project's packages, such as generated programs. */
export interface SourcesParameters {
  readonly name: string;
  /** Move text by path; paths must start with `sources/` or `tests/` and end in `.move`. */
  readonly sources: MoveSources;
  /** Named addresses of these sources, `0x` hex. Those of the project's packages are known already. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Project packages to link; what these need comes by itself. Default `['sui']`. */
  readonly dependencies?: readonly string[];
  /** The job is killed after this many ms. Default {@link DEFAULT_TIMEOUT_MS}. */
  readonly timeoutMs?: number;
}

/** Runs one job on free-standing sources; what was compiled before is not compiled again. */
export const runOnSources = (operation: 'compile' | 'test', parameters: SourcesParameters): Promise<JobAnswer> => {
  const { name, sources, addresses = {}, dependencies = ['sui'], timeoutMs = DEFAULT_TIMEOUT_MS } = parameters;
  const known = Object.fromEntries(packages.map((description) => [description.name, description.address]));
  const job = {
    operation,
    name,
    files: rootFiles(name, sources, { ...known, ...addresses }),
    dependencies: readDependencies(dependencies),
  };
  return operation === 'compile' ? compileOnce(job, timeoutMs) : runJob(job, timeoutMs);
};

/** Compiles free-standing sources against the project's packages; throws `MOVE_COMPILE` with the compiler's text. */
export const compileSources = async (parameters: SourcesParameters): Promise<CompiledPackage> =>
  compiledFrom(parameters.name, await runOnSources('compile', parameters));

/** Compiles one of the project's packages; throws `MOVE_COMPILE`. */
export const compilePackage = (name: string): Promise<CompiledPackage> => {
  const description = findPackage(name);
  return compileSources({
    name,
    sources: readPackage(description, false),
    addresses: { [name]: description.ownAddress },
    dependencies: description.dependencies,
  });
};
