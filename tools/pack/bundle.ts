/** Bundles a package's entries: our own packages inside, those of the registry outside. */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { build, type OutputFile, type Plugin } from 'esbuild';
import type { Published } from './entries.ts';

/** The root of the repository. */
export const root = resolve(import.meta.dirname, '../..');
const packages = join(root, 'packages');

/** Without the database module of Node everything but opening a database works. */
const sqliteOrSentence = `
const found = globalThis.process?.getBuiltinModule?.('node:sqlite');
export const DatabaseSync = found?.DatabaseSync ?? class {
  constructor() {
    throw new Error('This needs Node 22.13 or newer (its module node:sqlite); this is ' + process.version + '.');
  }
};
`;

/** Importing a module of ours, or of these packages, only defines things: what an entry does not use is left out. */
const pure = /^(\.{1,2}\/|@atoma\/|hash-wasm$|@noble\/|@mysten\/)/;

/** The source of a package of ours, or of one of its entries: `@atoma/sdk`, `@atoma/sdk/counters`. */
const sourceOf = (path: string): string => {
  const [, name = '', ...entry] = path.split('/');
  const manifest = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string>>;
  };
  const source = manifest.exports[['.', ...entry].join('/')];
  if (source === undefined) throw new TypeError(`${path} is no entry of its package`);
  return join(packages, name, source);
};

const ownInside = (externals: Set<string>): Plugin => ({
  name: 'own-inside',
  setup: ({ onResolve, onLoad, resolve: find }) => {
    onResolve({ filter: /^node:sqlite$/ }, () => ({ path: 'sqlite', namespace: 'sqlite', sideEffects: false }));
    onLoad({ filter: /.*/, namespace: 'sqlite' }, () => ({ contents: sqliteOrSentence, loader: 'js' }));
    onResolve({ filter: /^@atoma\// }, ({ path }) => ({
      path: sourceOf(path),
      sideEffects: false,
    }));
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === 'entry-point' || path.startsWith('@atoma/') || path === 'node:sqlite') return undefined;
      if (!isBuiltin(path))
        externals.add(
          path
            .split('/')
            .slice(0, path.startsWith('@') ? 2 : 1)
            .join('/'),
        );
      return { path, external: true, sideEffects: !pure.test(path) && !isBuiltin(path) };
    });
    onResolve({ filter: /^\.{1,2}\// }, async ({ path, pluginData, importer, resolveDir, kind }) => {
      if (pluginData === 'inner') return undefined;
      const inner = await find(path, { importer, resolveDir, kind, pluginData: 'inner' });
      return { ...inner, sideEffects: false };
    });
  },
});

/** What a bundle is, with the registry packages it imports. */
export interface Bundle {
  readonly files: readonly OutputFile[];
  readonly externals: readonly string[];
}

const fileOf = (path: string): string => (path === '.' ? 'index' : basename(path, '.js'));

/** Bundles entries of a package, and its programs where these are named, into memory; what they share lies in chunks. */
export const bundle = async (
  folder: string,
  sources: Readonly<Record<string, string>>,
  minify = false,
): Promise<Bundle> => {
  const externals = new Set<string>();
  const files = Object.entries(sources).map(([path, source]) => [fileOf(path), join(packages, folder, 'src', source)]);
  const result = await build({
    entryPoints: Object.fromEntries(files),
    outdir: join(root, 'dist'),
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'neutral',
    target: 'node20',
    charset: 'utf8',
    minify,
    legalComments: 'none',
    logLevel: 'error',
    write: false,
    plugins: [ownInside(externals)],
  });
  return { files: result.outputFiles, externals: [...externals] };
};

/** Bundles all of a package. What browsers may import is bundled apart, so that nothing of Node comes in by sharing. */
export const bundleAll = async ({ folder, entries, programs = {} }: Published): Promise<Bundle> => {
  const of = (browser: boolean) =>
    Object.fromEntries(
      Object.entries(entries).flatMap(([path, one]) => (one.browser === browser ? [[path, one.source]] : [])),
    );
  const parts = await Promise.all([bundle(folder, of(true)), bundle(folder, { ...of(false), ...programs })]);
  return {
    files: parts.flatMap(({ files }) => files),
    externals: [...new Set(parts.flatMap(({ externals }) => externals))].sort(),
  };
};
