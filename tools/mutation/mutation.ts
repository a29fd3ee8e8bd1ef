/**
 * Mutation score of the folders that decide about money and execution: `node tools/mutation/mutation.ts [--sample N] [--seed TEXT]
 * [--fast] [FOLDER...]`. Stryker changes one expression at a time in a copy of the checkout and runs the tests that reach it; a change
 * that no test notices survives. With `--sample` N changes of a folder are drawn by the seed, without it all are tried (hours). With
 * `--fast` slow tests are left out. Install Stryker first: `npm ci --prefix tools/mutation`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
const stryker = join(import.meta.dirname, 'node_modules/@stryker-mutator');

/** Folders, each with the tests that run its code in their own process. */
const areas: Readonly<Record<string, readonly string[]>> = {
  'packages/sdk/src/buyer': ['packages/sdk/src/buyer/**', 'packages/gateway/src/*'],
  'packages/node/src/serve': ['packages/node/src/serve/**', 'packages/node/src/*'],
  'packages/node/src/settle': ['packages/node/src/settle/**'],
  'packages/gateway/src/serve': ['packages/gateway/src/serve/**', 'packages/gateway/src/*'],
  'packages/localnet/src/internal/ptb': ['packages/localnet/src/*'],
  'packages/move-engine/src/internal/translate': ['packages/move-engine/src/*'],
};

/** Texts are not logic: what an error says is no reason for a test of its own. */
const MUTATOR = { excludedMutations: ['StringLiteral'] };

interface Place {
  readonly line: number;
  readonly column: number;
}
interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

/** A working tree of tracked files with this one's packages from the registry. */
const copyTree = (): string => {
  const copy = mkdtempSync(join(tmpdir(), 'atoma-mutation-'));
  const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of tracked.split('\n').filter((name) => name !== '' && !name.startsWith('docs/pictures/')))
    cpSync(join(root, file), join(copy, file), { recursive: true });
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '@atoma' && name !== '.vite')
      symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  cpSync(join(root, 'node_modules/@atoma'), join(copy, 'node_modules/@atoma'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  return copy;
};

/** Every change Stryker would make in these files. */
const allMutants = async (files: readonly string[]): Promise<readonly (readonly [file: string, range: string])[]> => {
  const { createInstrumenter } = await import(join(stryker, 'instrumenter/dist/src/index.js'));
  const { createInjector } = await import(join(import.meta.dirname, 'node_modules/typed-inject/dist/src/index.js'));
  const silent = new Proxy({}, { get: (_, name) => (String(name).startsWith('is') ? () => false : () => undefined) });
  const instrumenter = createInjector().provideValue('logger', silent).injectFunction(createInstrumenter);
  const contents = files.map((name) => ({ name, mutate: true, content: readFileSync(name, 'utf8') }));
  const options = { ...MUTATOR, plugins: null, ignorers: [] };
  const { mutants } = (await instrumenter.instrument(contents, options)) as {
    readonly mutants: readonly { readonly fileName: string; readonly location: Mutant['location'] }[];
  };
  return mutants.map(({ fileName, location: { start, end } }) => [
    fileName,
    `${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`,
  ]);
};

/** The `count` that the seed puts first. */
const drawn = <T>(all: readonly T[], count: number, seed: string): readonly T[] => {
  const order = (value: T): string =>
    createHash('sha256')
      .update(`${seed} ${JSON.stringify(value)}`)
      .digest('hex');
  return all
    .map((value) => [order(value), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, count)
    .map(([, value]) => value);
};

interface Wanted {
  readonly sample: number | undefined;
  readonly seed: string;
  readonly fast: boolean;
}

/** Tries the changes of a folder and tells how each fared. */
const tryFolder = async (copy: string, folder: string, { sample, seed, fast }: Wanted) => {
  const sources = globSync(`${folder}/**/*.ts`, { cwd: copy }).filter(
    (file) => !/\.test\.ts$|\/testing\/|\/generated\//.test(file),
  );
  process.chdir(copy);
  const all = sample === undefined ? [] : drawn(await allMutants(sources), sample, seed);
  const mutate = sample === undefined ? sources : all.map(([file, range]) => `${file}:${range}`);
  const config = join(copy, 'vitest.mutation.config.ts');
  const include = areas[folder]?.map((place) => `${place.replace(/\*\*$/, '**/*')}.test.ts`);
  const exclude = ['**/node_modules/**', '**/*.long.test.ts', ...(fast ? ['**/*.slow.test.ts'] : [])];
  writeFileSync(
    config,
    `export default ${JSON.stringify({ test: { include, exclude, isolate: false, testTimeout: 300_000, hookTimeout: 300_000 } })};\n`,
  );
  const report = join(copy, 'mutation.json');
  const options = {
    plugins: [join(stryker, 'vitest-runner/dist/src/index.js')],
    ...{ testRunner: 'vitest', vitest: { configFile: config, related: true, pool: 'forks' } },
    ...{ inPlace: true, mutate, mutator: MUTATOR, ignoreStatic: true, coverageAnalysis: 'perTest' },
    ...{ concurrency: 1, timeoutMS: 60_000, timeoutFactor: 4, dryRunTimeoutMinutes: 60, allowConsoleColors: false },
    ...{ reporters: ['json'], jsonReporter: { fileName: report }, checkers: [], tempDirName: '.mutation' },
  };
  writeFileSync(join(copy, 'stryker.config.json'), JSON.stringify(options));
  const run = spawnSync(process.execPath, [join(stryker, 'core/bin/stryker.js'), 'run', 'stryker.config.json'], {
    cwd: copy,
    stdio: ['ignore', 2, 2],
  });
  if (run.status !== 0) throw new Error(`Stryker ended with ${run.status ?? run.signal}; its messages are above`);
  const { files } = JSON.parse(readFileSync(report, 'utf8')) as {
    readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
  };
  return Object.entries(files).flatMap(([file, { mutants }]) => mutants.map((mutant) => ({ file, ...mutant })));
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sample: { type: 'string' },
      seed: { type: 'string', default: 'atoma' },
      fast: { type: 'boolean', default: false },
    },
  });
  const sample = values.sample === undefined ? undefined : Number(values.sample);
  const copy = copyTree();
  try {
    for (const folder of positionals.length === 0 ? Object.keys(areas) : positionals) {
      if (!areas[folder]) throw new TypeError(`${folder} is none of ${Object.keys(areas).join(', ')}`);
      const mutants = await tryFolder(copy, folder, { sample, seed: values.seed, fast: values.fast });
      const count = (...statuses: string[]): number => mutants.filter(({ status }) => statuses.includes(status)).length;
      const [noticed, missed] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')];
      const score = noticed + missed === 0 ? '-' : `${((100 * noticed) / (noticed + missed)).toFixed(0)} %`;
      console.log(
        `${folder.padEnd(45)} ${score.padStart(6)}  ${noticed} of ${noticed + missed} (${count('NoCoverage')} unreached)`,
      );
      for (const { file, location, mutatorName, replacement = '', status } of mutants)
        if (status === 'Survived' || status === 'NoCoverage')
          console.log(
            `  ${status} ${file}:${location.start.line} ${mutatorName} ${replacement.replace(/\s+/g, ' ').slice(0, 80)}`,
          );
    }
  } finally {
    process.chdir(dirname(copy));
    rmSync(copy, { recursive: true, force: true });
  }
};

await main();
