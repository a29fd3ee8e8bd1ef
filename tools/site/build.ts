/**
 * Builds the site: `node tools/site/build.ts [--out DIRECTORY]`, dist/site where none is named. The pages are those of the repository as
 * they are; a page for each error is made from the catalogues, the API reference from the sources.
 *
 * `--publish DIRECTORY [--base /docs/]` builds this version into a folder of its name there, beside the versions published before, and
 * writes the list that the menu of versions reads. `--as VERSION` gives it another name.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ErrorPage, errorPages } from '../build/error-pages.ts';
import { published } from '../pack/entries.ts';

const here = import.meta.dirname;
const root = resolve(here, '../..');
const pages = join(here, 'pages');

const escaped = (text: string): string => text.replace(/[<>{}|]/g, (mark) => `&#${mark.charCodeAt(0)};`);

const errorPage = ({ code, message, hint, retryable }: ErrorPage): string =>
  `---\nprev: false\nnext: false\n---\n# ${code}\n\n${escaped(message)}\n\n**What next:** ${escaped(hint) || 'see the message.'}\n\n${
    retryable ? 'The same call may succeed later.' : 'The same call fails again until something is changed.'
  }\n\nWords in braces stand for what the message names.\n`;

const writePages = (): void => {
  rmSync(pages, { recursive: true, force: true });
  mkdirSync(join(pages, 'errors'), { recursive: true });
  cpSync(join(root, 'docs'), join(pages, 'docs'), { recursive: true });
  writeFileSync(join(pages, 'index.md'), readFileSync(join(root, 'README.md')));
  for (const path of [
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    ...globSync('{packages,move}/**/*.md', { cwd: root, exclude: (name) => basename(String(name)) === 'node_modules' }),
  ]) {
    mkdirSync(join(pages, dirname(path)), { recursive: true });
    cpSync(join(root, path), join(pages, path));
  }
  cpSync(join(root, 'models/README.md'), join(pages, 'models/README.md'));
  const errors = errorPages();
  for (const error of errors) writeFileSync(join(pages, 'errors', `${error.code}.md`), errorPage(error));
  const rows = errors.map(({ code, message }) => `| [${code}](${code}.md) | ${escaped(message)} |`);
  writeFileSync(join(pages, 'errors/index.md'), `# Errors\n\n| code | message |\n|---|---|\n${rows.join('\n')}\n`);
};

/** Where a build goes, below which address, under which version. */
interface Place {
  readonly out: string;
  readonly base: string;
  readonly version: string;
}

/** Runs a program of the generators kept beside this file. */
const generate = (path: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): void => {
  execFileSync(process.execPath, [join(here, 'node_modules', path), ...words], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
};

const buildSite = ({ out, base, version }: Place): void => {
  writePages();
  generate('vitepress/bin/vitepress.js', ['build', '.'], { SITE_OUT: out, SITE_BASE: base, SITE_VERSION: version });
  const entries = published.flatMap(({ folder, entries }) =>
    Object.values(entries).map(({ source }) => join(root, 'packages', folder, 'src', source)),
  );
  generate('typedoc/bin/typedoc', ['--options', 'typedoc.json', '--out', join(out, 'api'), ...entries]);
};

/** Newer versions first. */
const byVersion = (a: string, b: string): number => b.localeCompare(a, 'en', { numeric: true });

/** The list the menu of versions reads, and a first page that leads to the newest. */
export const writeVersions = (folder: string): void => {
  const versions = readdirSync(folder)
    .filter((name) => /^\d/.test(name))
    .sort(byVersion);
  writeFileSync(join(folder, 'versions.json'), `${JSON.stringify(versions)}\n`);
  writeFileSync(join(folder, 'index.html'), `<meta http-equiv="refresh" content="0; url=${versions[0]}/">\n`);
};

const main = (): void => {
  const { version: current } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: join(root, 'dist/site') },
      publish: { type: 'string' },
      base: { type: 'string', default: '/' },
      as: { type: 'string', default: current },
    },
  });
  if (!existsSync(join(here, 'node_modules/typedoc')))
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here, stdio: 'inherit' });
  const { out, publish, base, as: version } = values;
  if (publish === undefined) buildSite({ out: resolve(out), base, version });
  else {
    buildSite({ out: resolve(publish, version), base: `${base}${version}/`, version });
    writeVersions(resolve(publish));
  }
};

if (process.argv[1] === import.meta.filename) main();
