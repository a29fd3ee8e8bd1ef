/** From a loaded package to bytecode. */

import { manifestText } from './manifest.ts';
import { moveError } from './move-compiler-errors.ts';
import type { RootPackage } from './package.ts';
import type { LoadedPackage, MoveSources } from './read-package.ts';
import { DEFAULT_TIMEOUT_MS, type JobAnswer, type JobDependency, type JobRequest, runJob } from './run-job.ts';

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

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

const isBytes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((each) => Number.isInteger(each) && each >= 0 && each < 256);

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What a compile job answered. Throws `MOVE_COMPILE` with the compiler's text, `MOVE_WORKER` where it tells no package. */
export const compiledFrom = (name: string, { ok, output }: JobAnswer): CompiledPackage => {
  if (!ok) throw moveError('COMPILE', { name, output: output.trim() });
  const { modules, dependencies, digest }: Record<string, unknown> = Object(jsonOf(output));
  if (!isTexts(modules) || !isTexts(dependencies) || !isBytes(digest))
    throw moveError('WORKER', { operation: 'compile', name, reason: `it answered ${output.slice(0, 200)}` });
  return { name, modules, dependencies, digest: Buffer.from(digest).toString('hex') };
};

const toDependency = ({ name, edition, address, addresses, sources }: LoadedPackage): JobDependency => ({
  name,
  displayName: name,
  edition,
  publishedIdForOutput: address,
  files: Object.fromEntries(Object.entries(sources).map(([path, text]) => [`dependencies/${name}/${path}`, text])),
  addressMapping: addresses,
});

const allAddresses = ({ addresses, dependencies }: RootPackage): Readonly<Record<string, string>> => ({
  ...Object.assign({}, ...dependencies.map((one) => one.addresses)),
  ...addresses,
});

const jobOf = (operation: JobRequest['operation'], root: RootPackage, files: MoveSources): JobRequest => ({
  operation,
  name: root.name,
  files: { ...files, 'Move.toml': manifestText(root.name, root.edition, allAddresses(root)) },
  dependencies: root.dependencies.map((one) => ({
    ...toDependency(one),
    addressMapping: { ...allAddresses(root), ...one.addresses },
  })),
});

/** Compiles a package as it is published: at address 0, without its tests. */
export const compilePackageAt = async (root: RootPackage, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<CompiledPackage> =>
  compiledFrom(root.name, await runJob(jobOf('compile', root, root.sources), timeoutMs));

/** The job that runs a package's tests in the Move VM. */
export const moveVmJob = (root: RootPackage): JobRequest => jobOf('test', root, { ...root.sources, ...root.tests });

/** Where the files of a package lie in {@link combinedJob}. */
const place = (name: string, path: string): string => `sources/${name}/${path}`;

/**
 * One job that compiles a package, its tests and everything it needs together, each text changed by `change`: the answer holds the
 * modules of all of them, so that they can be run.
 */
export const combinedJob = (root: RootPackage, change: (text: string) => string): JobRequest => {
  const filesOf = (name: string, sources: MoveSources): readonly (readonly [string, string])[] =>
    Object.entries(sources).map(([path, text]) => [place(name, path), change(text)]);
  return {
    operation: 'compile',
    name: root.name,
    files: {
      ...Object.fromEntries([
        ...root.dependencies.flatMap(({ name, sources }) => filesOf(name, sources)),
        ...filesOf(root.name, { ...root.sources, ...root.tests }),
      ]),
      'Move.toml': manifestText(root.name, root.edition === 'legacy' ? '2024.beta' : root.edition, allAddresses(root)),
    },
    dependencies: [],
  };
};
