/**
 * Builds the site into dist/site: `node tools/site/build.ts`. The pages are those of the repository as they are; a page for each error
 * is made from the catalogues.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type ErrorPage, errorPages } from '../build/error-pages.ts';

const here = import.meta.dirname;
const root = resolve(here, '../..');
const pages = join(here, 'pages');

const escaped = (text: string): string => text.replace(/[<>{}|]/g, (mark) => `&#${mark.charCodeAt(0)};`);

const errorPage = ({ code, message, hint, retryable }: ErrorPage): string =>
  `# ${code}\n\n${escaped(message)}\n\n**What next:** ${escaped(hint) || 'see the message.'}\n\n${
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

if (process.argv[1] === import.meta.filename) {
  const npm = (...words: string[]) => execFileSync('npm', words, { cwd: here, stdio: 'inherit' });
  if (!existsSync(join(here, 'node_modules/vitepress'))) npm('ci', '--no-audit', '--no-fund');
  writePages();
  execFileSync(process.execPath, [join(here, 'node_modules/vitepress/bin/vitepress.js'), 'build', '.'], {
    cwd: here,
    stdio: 'inherit',
  });
}
