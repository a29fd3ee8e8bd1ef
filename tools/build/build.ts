/**
 * Bundles the command line into packages/cli/dist: ESM with code splitting, so that a command loads only what it
 * needs. `--minify` halves the size for publishing; `--quiet` prints nothing.
 */
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { renderHelpPages } from '../../packages/cli/src/kernel/help-pages.ts';
import { helpPagesFile } from '../../packages/cli/src/kernel/quick-help.ts';

const root = resolve(import.meta.dirname, '../..');
const outdir = join(root, 'packages/cli/dist/bin');
const options = new Set(process.argv.slice(2));

/** Packages written for require() find it through this line. */
const banner = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`;

/**
 * Importing a module of ours or of these packages only defines things, so whatever a command does not use can be left out of what
 * it loads (their manifests do not say so).
 */
const pure = /^(\.{1,2}\/|@atoma\/|hash-wasm$|@noble\/|@mysten\/|@stricli\/)/;
const dropUnused: Plugin = {
  name: 'drop-unused',
  setup: ({ onResolve, resolve: resolvePath }) => {
    onResolve({ filter: pure }, async ({ path, pluginData, ...rest }) => {
      if (pluginData === 'inner') return undefined;
      const { importer, resolveDir, kind } = rest;
      const found = await resolvePath(path, { importer, resolveDir, kind, pluginData: 'inner' });
      return { ...found, sideEffects: false };
    });
  },
};

const result = await build({
  entryPoints: { atoma: join(root, 'packages/cli/src/main.ts') },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  chunkNames: 'chunks/[name]-[hash]',
  minify: options.has('--minify'),
  keepNames: options.has('--minify'),
  legalComments: 'none',
  logLevel: 'error',
  metafile: true,
  plugins: [dropUnused],
  banner: { js: banner },
});

/** Chunks of earlier builds have other hashes; only those of this build stay. */
const removeStale = (): void => {
  const fresh = new Set(Object.keys(result.metafile.outputs).map((file) => resolve(file)));
  const chunks = join(outdir, 'chunks');
  mkdirSync(chunks, { recursive: true });
  for (const name of readdirSync(chunks)) if (!fresh.has(join(chunks, name))) rmSync(join(chunks, name));
};

removeStale();
// dev/cli compares this file's time with the sources'; unchanged content must not leave it old.
utimesSync(join(outdir, 'atoma.js'), new Date(), new Date());
writeFileSync(join(outdir, helpPagesFile), JSON.stringify(renderHelpPages()));
writeFileSync(join(outdir, 'package.json'), '{"type":"module"}\n');
const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
const files = Object.keys(result.metafile.outputs).length;
if (!options.has('--quiet')) console.log(`packages/cli/dist/bin: ${files} files, ${Math.round(bytes / 1024)} kB`);
