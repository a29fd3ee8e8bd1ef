/**
 * Mutation score of the folders that decide about money and execution: `node tools/mutation/mutation.ts [--sample N] [--seed TEXT]
 * [--break PERCENT] [FOLDER...]`. Stryker changes one expression at a time in a copy of the checkout and runs the tests that
 * reach it, those beside the logic first; a change that no test notices survives. With `--sample` N changes of a folder are drawn by the
 * seed, without it all are tried (hours). Exit status 1: a folder is below `--break`, Stryker failed, or the copy lost a file; 2: the words
 * make no sense, and nothing was started; 130 or 143: told to end. Install Stryker first: `npm ci --prefix tools/mutation`.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { areas } from './areas.ts';
import { type Copy, withCopy } from './copy.ts';
import { type Change, DRAWN, nameOf } from './only-drawn.ts';
import { draw, NOTICED, readWords, scoreOf, storyOf, type Tried, type Wanted } from './score.ts';

const root = resolve(import.meta.dirname, '../..');
const stryker = join(import.meta.dirname, 'node_modules/@stryker-mutator');

/** Texts are not logic: what an error says is no reason for a test of its own. */
const MUTATOR = { excludedMutations: ['StringLiteral'] };

/** Names of all changes Stryker would make in these files. */
const allChanges = async (files: readonly string[]): Promise<readonly string[]> => {
  const { createInstrumenter } = await import(join(stryker, 'instrumenter/dist/src/index.js'));
  const { createInjector } = await import(join(import.meta.dirname, 'node_modules/typed-inject/dist/src/index.js'));
  const silent = new Proxy({}, { get: (_, name) => (String(name).startsWith('is') ? () => false : () => undefined) });
  const instrumenter = createInjector().provideValue('logger', silent).injectFunction(createInstrumenter);
  const contents = files.map((name) => ({ name, mutate: true, content: readFileSync(name, 'utf8') }));
  const { mutants } = (await instrumenter.instrument(contents, { ...MUTATOR, plugins: null, ignorers: [] })) as {
    readonly mutants: readonly (Change & { readonly status?: string })[];
  };
  return mutants.filter(({ status }) => status !== 'Ignored').map(nameOf);
};

/** Configuration of Vitest that runs these tests in the order of their places. */
const vitestConfig = (places: readonly string[]): string => {
  const [include, exclude] = [false, true].map((isOut) => places.filter((place) => place.startsWith('!') === isOut));
  return `
    import { matchesGlob } from 'node:path';
    const places = ${JSON.stringify(include)};
    const rank = ({ moduleId }) => {
      const file = moduleId.slice(process.cwd().length + 1);
      return [places.findIndex((place) => matchesGlob(file, place)), file.includes('.slow.') ? 1 : 0, file].join();
    };
    class InOrder {
      async shard(files) { return files; }
      async sort(files) { return files.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)); }
    }
    const limits = { testTimeout: 300_000, hookTimeout: 300_000 };
    const exclude = ['**/*.long.test.ts', ...${JSON.stringify(exclude)}.map((place) => place.slice(1))];
    export default { test: { ...limits, sequence: { sequencer: InOrder }, isolate: false, include: places, exclude } };
  `;
};

interface Mutant extends Omit<Change, 'fileName' | 'replacement'>, Tried {
  readonly replacement?: string;
}

/** Tries the changes of a folder and tells how each fared, and how many there are. */
const tryFolder = async (
  { path: copy, run }: Copy,
  folder: string,
  { sample, seed }: Pick<Wanted, 'sample' | 'seed'>,
) => {
  const sources = globSync(`${folder}/**/*.ts`, { cwd: copy }).filter(
    (file) => !/\.test\.ts$|\/testing\/|\/generated\//.test(file),
  );
  process.chdir(copy);
  const all = await allChanges(sources);
  const drawn = new Set(draw(all, sample ?? all.length, seed));
  writeFileSync(DRAWN, JSON.stringify([...drawn]));
  const mutate = sources.filter((file) => [...drawn].some((name) => name.startsWith(`${file} `)));
  const config = join(copy, 'vitest.mutation.config.ts');
  writeFileSync(config, vitestConfig(areas[folder] ?? []));
  const report = join(copy, 'mutation.json');
  const options = {
    plugins: [join(stryker, 'vitest-runner/dist/src/index.js'), join(import.meta.dirname, 'only-drawn.ts')],
    ...{ testRunner: 'vitest', vitest: { configFile: config, related: true, pool: 'forks' } },
    ...{ inPlace: true, mutate, mutator: MUTATOR, coverageAnalysis: 'perTest', checkers: ['only-drawn'] },
    ...{ concurrency: 1, timeoutMS: 30_000, timeoutFactor: 4, dryRunTimeoutMinutes: 60, allowConsoleColors: false },
    ...{ reporters: ['json'], jsonReporter: { fileName: report }, tempDirName: '.mutation' },
  };
  writeFileSync(join(copy, 'stryker.config.json'), JSON.stringify(options));
  await run(process.execPath, [join(stryker, 'core/bin/stryker.js'), 'run', 'stryker.config.json']);
  const { files } = JSON.parse(readFileSync(report, 'utf8')) as {
    readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
  };
  // The report counts lines from one.
  const drawnOf = (fileName: string, { location: { start, end }, replacement = '', mutatorName }: Mutant): boolean =>
    drawn.has(
      nameOf({
        ...{ fileName, mutatorName, replacement },
        location: { start: counted(start), end: counted(end) },
      }),
    );
  const mutants = Object.entries(files).flatMap(([file, { mutants }]) =>
    mutants.filter((mutant) => drawnOf(file, mutant)).map((mutant) => ({ file, ...mutant })),
  );
  return { total: all.length, mutants };
};

const counted = <P extends Change['location']['start']>({ line, column }: P) => ({
  line: line - 1,
  column: column - 1,
});

/** Prints how a folder fared and tells whether it reaches the bar, a share. */
const tell = (folder: string, { total, mutants }: Awaited<ReturnType<typeof tryFolder>>, bar: number): boolean => {
  const score = scoreOf(mutants, bar);
  console.log(storyOf(folder, score, total));
  for (const { file, location, mutatorName, replacement = '', status } of mutants)
    if (!NOTICED.has(status))
      console.log(
        `  ${status} ${file}:${location.start.line}:${location.start.column} ${mutatorName} ${replacement.replace(/\s+/g, ' ').slice(0, 80)}`,
      );
  return score.passes;
};

const run = ({ folders, sample, seed, bar }: Wanted): Promise<void> =>
  withCopy(root, async (copy) => {
    for (const folder of folders)
      if (!tell(folder, await tryFolder(copy, folder, { sample, seed }), bar)) process.exitCode = 1;
  });

const read = readWords(process.argv.slice(2), Object.keys(areas));
if (read.kind === 'fault') {
  console.error(read.reason);
  process.exitCode = 2;
} else await run(read.wanted);
