import { moveError } from './errors.ts';
import { readDependencies, rootFiles } from './internal/inputs.ts';
import { type JobAnswer, runJob } from './internal/run-job.ts';
import { findPackage, type MoveSources, packages, readPackage } from './packages.ts';

/** What the compiler produced for one package. */
export interface CompiledPackage {
  readonly name: string;
  /** Bytecode, base64, each module after those it needs. */
  readonly modules: readonly string[];
  /** Package ids it links to, 32-byte `0x` hex. */
  readonly dependencies: readonly string[];
  /** BLAKE2b-256 package digest, as upgrade tickets carry it; hex without prefix. */
  readonly digest: string;
}

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

/** Longest a job may take unless the caller says otherwise, in ms. */
export const DEFAULT_TIMEOUT_MS = 240_000;

/** Runs one job on free-standing sources. */
export const runOnSources = (operation: 'compile' | 'test', parameters: SourcesParameters): Promise<JobAnswer> => {
  const { name, sources, addresses = {}, dependencies = ['sui'], timeoutMs = DEFAULT_TIMEOUT_MS } = parameters;
  const known = Object.fromEntries(packages.map((description) => [description.name, description.address]));
  return runJob(
    {
      operation,
      name,
      files: rootFiles(name, sources, { ...known, ...addresses }),
      dependencies: readDependencies(dependencies),
    },
    timeoutMs,
  );
};

/** Compiles free-standing sources against the project's packages; throws `MOVE_COMPILE` with the compiler's text. */
export const compileSources = async (parameters: SourcesParameters): Promise<CompiledPackage> => {
  const { name } = parameters;
  const { ok, output } = await runOnSources('compile', parameters);
  if (!ok) throw moveError('COMPILE', { name, output });
  const { modules, dependencies, digest } = JSON.parse(output) as {
    modules: readonly string[];
    dependencies: readonly string[];
    digest: readonly number[];
  };
  return { name, modules, dependencies, digest: Buffer.from(digest).toString('hex') };
};

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
