/**
 * Bundles the command line into packages/cli/dist: ESM with code splitting, so that a command loads only what it
 * needs. `--minify` halves the size for publishing; `--out DIRECTORY` writes elsewhere, afresh, with the licence; `--quiet`
 * prints nothing.
 */
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild';
import { errorPagesFile } from '../../packages/cli/src/docs/error-text.ts';
import { renderHelpPages } from '../../packages/cli/src/kernel/help-pages.ts';
import { helpPagesFile } from '../../packages/cli/src/kernel/quick-help.ts';
import { bundledFramework, readFramework } from '../../packages/move-compiler/src/framework.ts';
import { errorPages } from './error-pages.ts';

const root = resolve(import.meta.dirname, '../..');
const words = process.argv.slice(2);
const options = new Set(words);
const elsewhere = words.includes('--out') ? words[words.indexOf('--out') + 1] : undefined;
const outdir = elsewhere === undefined ? join(root, 'packages/cli/dist/bin') : resolve(elsewhere);

/** Packages written for require() find it through this line, which the files get that name it. */
const requireLine = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);\n`;

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

/** The entry stays a file of its own that loads the rest only when help is not all that is asked. */
const restApart: Plugin = {
  name: 'rest-apart',
  setup: ({ onResolve }) => onResolve({ filter: /^\.\/run\.ts$/ }, () => ({ path: './run.js', external: true })),
};

/** The MCP library brings a JSON schema validator of 140 kB for forms that servers ask clients to fill; ours asks for none. */
const noForms: Plugin = {
  name: 'no-forms',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/ajv-provider\.js$/ }, () => ({ path: source('mcp/no-forms.ts'), sideEffects: false })),
};

/**
 * Node's HTTP modules by the way that does not ask each of their names for its value: to an import statement they answer with all of
 * them, undici's WebSocket among them, which takes 40 ms of processor time.
 */
const plainHttp: Plugin = {
  name: 'plain-http',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(node:)?https?$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path: path.replace('node:', ''), namespace: 'node' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'node' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};

/**
 * What is never used of the libraries: the metrics' tracing (21 kB; without a tracer it answers as this does), the log's worker threads
 * (10 kB; a bundle has no file to start them from), and the parts of the YAML library that its modules for browsers let fall away.
 */
const unused: Readonly<Record<string, string>> = {
  '@opentelemetry/api':
    'export const context = { active: () => undefined }; export const trace = { getSpan: () => undefined };',
  'thread-stream': 'module.exports = undefined;',
};
const leaner: Plugin = {
  name: 'leaner',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^yaml$/ }, () => ({
      path: join(root, 'node_modules/yaml/browser/index.js'),
      sideEffects: false,
    }));
    onResolve({ filter: /^(@opentelemetry\/api|thread-stream)$/ }, ({ path }) => ({ path, namespace: 'unused' }));
    onLoad({ filter: /./, namespace: 'unused' }, ({ path }) => ({ contents: unused[path] ?? '' }));
  },
};

const common = {
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  minify: options.has('--minify'),
  legalComments: 'none',
  logLevel: 'error',
  write: false,
  external: ['node-llama-cpp', '@zktx.io/sui-move-builder'], // large, and only where they are installed
  metafile: true,
} as const satisfies BuildOptions;

const source = (name: string): string => join(root, 'packages/cli/src', name);

/** Engines as programs of their own: the built-in one for a second opinion, and model files under llama.cpp. */
const engines = join(root, 'packages/node/src/engine');

const bundle = () =>
  Promise.all([
    // An old Node must be able to say what is needed.
    build({
      ...common,
      target: 'node14.8',
      entryPoints: { atoma: source('main.ts') },
      plugins: [restApart, dropUnused],
    }),
    build({
      ...common,
      entryPoints: { 'move-process': join(root, 'packages/move-compiler/src/job.ts') },
      plugins: [dropUnused],
    }),
    // One build, so that what they share is there once.
    build({
      ...common,
      entryPoints: {
        run: source('run.ts'),
        'engine-process': join(engines, 'builtin/child.ts'),
        'llama-process': join(engines, 'llama/child.ts'),
      },
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      plugins: [plainHttp, noForms, leaner, dropUnused],
    }),
  ]);

/** The browser's pages: what they import of our packages may name Node's modules as long as nothing of it is used. */
const noNode: Plugin = {
  name: 'no-node',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false })),
};
const webdir = join(root, 'packages/web/src');

/** Node's modules, and its `Buffer` where nobody has looked whether it is there, end a page when they are reached. */
const nodeOnly = [/(?:from|import)\s*"node:/, /(?<![.\w$"'])Buffer\s*[.([]/];

/** Most that a browser loads before it shows something, bytes of gzip. */
const MOST_FIRST = 150_000;

/** Bytes of gzip of the page's script with all that it imports at once, and of its style. */
const firstBytes = (outputs: Metafile['outputs'], files: readonly OutputFile[]): number => {
  const needed = new Set<string>();
  const need = (path: string): void => {
    if (needed.has(path)) return;
    needed.add(path);
    for (const { path: next, kind } of outputs[path]?.imports ?? []) if (kind === 'import-statement') need(next);
  };
  for (const path of Object.keys(outputs)) if (/\/(?:main\.js|style\.css)$/.test(path)) need(path);
  return files
    .filter(({ path }) => needed.has(relative(process.cwd(), path)))
    .reduce((sum, { contents }) => sum + gzipSync(contents).length, 0);
};

const buildWeb = async (): Promise<readonly OutputFile[]> => {
  const { outputFiles, metafile } = await build({
    entryPoints: {
      main: join(webdir, 'main.tsx'),
      style: join(webdir, 'style.css'),
      'dev-wallet': join(webdir, 'wallet/main.ts'),
    },
    outdir: join(outdir, 'web/assets'),
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome123', 'firefox121', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    logLevel: 'error',
    write: false,
    metafile: true,
    plugins: [noNode, dropUnused],
  });
  const scripts = outputFiles.filter(({ path }) => path.endsWith('.js'));
  for (const { path, text } of scripts) {
    const found = nodeOnly.map((pattern) => pattern.exec(text)).find((each) => each !== null);
    if (found) throw new Error(`${path} needs Node: ${text.slice(Math.max(0, found.index - 80), found.index + 80)}`);
  }
  const first = firstBytes(metafile.outputs, outputFiles);
  if (first > MOST_FIRST || first < 1_000) throw new Error(`the first page takes ${first} bytes of gzip`);
  if (!options.has('--quiet')) console.log(`pages: ${first} bytes of gzip before something is shown`);
  return outputFiles;
};

const [results, pages] = await Promise.all([bundle(), buildWeb()]).catch((error: unknown) => {
  if (!(error instanceof Error && 'errors' in error)) console.error(error); // esbuild has printed its own
  process.exit(1);
});

/** A CommonJS module loaded by `import()` has its names in the sources, but only a default export in a bundle that is split. */
const lateCommonJs = results.flatMap(({ metafile: { inputs } }) =>
  Object.entries(inputs).flatMap(([file, { imports }]) =>
    imports
      .filter(({ kind, path }) => kind === 'dynamic-import' && inputs[path]?.format === 'cjs')
      .map(({ path }) => `${file} loads ${path} by import(): import it from a module of ours, and load that one late`),
  ),
);
if (lateCommonJs.length > 0) {
  console.error(lateCommonJs.join('\n'));
  process.exit(1);
}

/** Parsed by Nodes that are too old for the rest. */
const entry = join(outdir, 'atoma.js');

/** A file as it is written: short names of what is shared, `require` where it is named, and a second minifier behind the first. */
interface Finished {
  readonly path: string;
  readonly contents: string | Uint8Array;
}
const shorten = (text: string): string => text.replaceAll(/\bchunk-([0-9A-Z]{8}\.js)\b/g, '$1');
const finish = async ({ path, text }: OutputFile): Promise<Finished> => {
  const code = shorten(/\brequire\b/.test(text) ? requireLine + text : text);
  const name = shorten(path);
  if (!options.has('--minify') || name === entry) return { path: name, contents: code };
  const { minify } = await import('rolldown/utils'); // 2 % smaller
  const made = await minify(name, code, { module: true });
  if (made.errors.length > 0) throw new Error(`${name}: ${made.errors[0]?.message}`);
  return { path: name, contents: made.code };
};

const dayMs = 86_400_000;
const chunks = join(outdir, 'chunks');

/** Chunks of earlier builds have other hashes. A program still running may load one, so only old ones go. */
const removeOld = (fresh: ReadonlySet<string>): void => {
  for (const name of readdirSync(chunks)) {
    const file = join(chunks, name);
    if (!fresh.has(file) && Date.now() - statSync(file).mtimeMs > dayMs) rmSync(file);
  }
};

/** The entry comes last and in one step: whoever finds it finds everything it needs. */
const write = (files: readonly Finished[]): void => {
  mkdirSync(chunks, { recursive: true });
  rmSync(join(outdir, 'web'), { recursive: true, force: true });
  mkdirSync(join(outdir, 'web/assets'), { recursive: true });
  copyFileSync(join(webdir, 'index.html'), join(outdir, 'web/index.html'));
  for (const { path, contents } of pages) writeFileSync(path, contents);
  for (const { path, contents } of files) if (path !== entry) writeFileSync(path, contents);
  writeFileSync(join(outdir, bundledFramework), JSON.stringify(readFramework(undefined)));
  writeFileSync(join(outdir, helpPagesFile), JSON.stringify(renderHelpPages()));
  writeFileSync(join(outdir, errorPagesFile), JSON.stringify(errorPages()));
  writeFileSync(join(outdir, 'package.json'), '{"type":"module"}\n');
  writeFileSync(`${entry}.tmp`, files.find(({ path }) => path === entry)?.contents ?? '', { mode: 0o755 });
  renameSync(`${entry}.tmp`, entry);
};

if (elsewhere !== undefined) {
  rmSync(outdir, { recursive: true, force: true });
  copyFileSync(join(root, 'LICENSE'), join(root, 'packages/cli/LICENSE'));
}
const outputs = await Promise.all(results.flatMap((result) => result.outputFiles).map(finish));
rmSync(join(outdir, 'cache'), { recursive: true, force: true }); // compiled code of the build before
write(outputs);
removeOld(new Set(outputs.map(({ path }) => path)));
const kilobytes = Math.round(outputs.reduce((sum, { contents }) => sum + contents.length, 0) / 1024);
if (!options.has('--quiet')) console.log(`${outdir}: ${outputs.length} files, ${kilobytes} kB`);
