import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { wantsColor } from './color.ts';
import type { HelpPages } from './help-pages.ts';
import { asTyped } from './program.ts';

/** File beside the bundle with the rendered pages; the build writes it. */
export const helpPagesFile = 'help.json';

const isHelp = (word: string | undefined): boolean => word === '--help' || word === '-h';

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');

const readPages = (directory: string): HelpPages | undefined => {
  try {
    const { pages, groups }: { readonly [Name in keyof HelpPages]?: unknown } = Object(
      JSON.parse(readFileSync(join(directory, helpPagesFile), 'utf8')),
    );
    return isTexts(pages) && isTexts(groups) && Array.isArray(groups) ? { pages, groups } : undefined;
  } catch {
    return undefined; // run from source, or an odd installation: the page is rendered instead
  }
};

/**
 * The help page a command line asks for, when it asks for nothing else. Asking for help then costs no more than
 * starting Node and reading one file.
 */
export const quickHelp = (directory: string, argv: readonly string[]): string | undefined => {
  const asked = isHelp(argv.at(-1)) || argv[0] === 'help';
  const words = argv.filter((word, at) => !(isHelp(word) && at === argv.length - 1) && !(word === 'help' && at === 0));
  if (words.some((word) => word.startsWith('-'))) return undefined;
  const help = readPages(directory);
  const key = words.join(' ');
  const page =
    help && Object.hasOwn(help.pages, key) && (asked || help.groups.includes(key)) ? help.pages[key] : undefined;
  if (page === undefined) return undefined;
  const shown = wantsColor(process.env, process.stdout.isTTY === true, argv) ? page : stripVTControlCharacters(page);
  return asTyped(process.env, shown);
};
