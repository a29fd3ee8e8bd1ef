/** Pages of errors without the site: the build writes them into a file beside the program. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One error: what `atoma docs CODE` shows. */
export interface ErrorPage {
  /** `AREA_NAME`, or the contract's own name (`ENodeNotFound`). */
  readonly code: string;
  /** What happened; `{name}` stands for what the message names. */
  readonly message: string;
  /** What to do next. */
  readonly hint: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
}

const isErrorPage = (value: unknown): value is ErrorPage => {
  const { code, message, hint, retryable }: Readonly<Record<string, unknown>> = Object(value);
  return [code, message, hint].every((text) => typeof text === 'string') && typeof retryable === 'boolean';
};

/** File beside the bundled program with all pages; the build writes it. */
export const errorPagesFile = 'errors.json';

/** The page of a code, in any case; undefined where there is none, or no file (run from source). */
export const errorPage = (code: string, pages: readonly ErrorPage[] = bundledPages()): ErrorPage | undefined =>
  pages.find((page) => page.code.toLowerCase() === code.toLowerCase());

const bundledPages = (): readonly ErrorPage[] => {
  for (const path of [errorPagesFile, `../${errorPagesFile}`])
    try {
      const pages: unknown = JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8'));
      return Array.isArray(pages) ? pages.filter(isErrorPage) : [];
    } catch {
      // beside the entry or above a chunk; a program run from source has none
    }
  return [];
};

/** The page as lines of text. */
export const errorLines = ({ code, message, hint, retryable }: ErrorPage): readonly string[] => [
  code,
  `  ${message}`,
  `  what next: ${hint}`,
  `  ${retryable ? 'The same call may succeed later.' : 'The same call fails again until something changes.'}`,
  '  Words in braces stand for what the message names.',
];
