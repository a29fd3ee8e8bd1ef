/** A page for each error: those of the sources' catalogues, and the named errors of the contract. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ErrorPage } from '../../packages/cli/src/docs/error-text.ts';
import { commandHints } from '../../packages/cli/src/kernel/command-hints.ts';
import { abortCatalogue } from '../../packages/sdk/src/failures/catalogue.ts';
import { moveErrors } from '../../packages/sdk/src/generated/bindings/errors.ts';

export type { ErrorPage };

const root = resolve(import.meta.dirname, '../..');

const entry = /^ {2}([A-Z][A-Z0-9_]+): \{\n([\s\S]*?)^ {2}\},$|^ {2}([A-Z][A-Z0-9_]+): \{ (.*) \},$/gm;

/** A member of an entry, as the text it stands for. */
const member = (body: string, name: string): string => {
  const found = new RegExp(`${name}:\\s*(?:'((?:[^'\\\\]|\\\\.)*)'|"((?:[^"\\\\]|\\\\.)*)"|\`([^\`]*)\`)`).exec(body);
  return (found?.slice(1).find((each) => each !== undefined) ?? '').replace(/\\(.)/g, '$1');
};

/** Named errors of the contract; the sentence is the one in its bytecode. */
const contractPages = (): readonly ErrorPage[] => {
  const named = Object.values(moveErrors).flatMap((modules) => Object.values(modules));
  return Object.entries(abortCatalogue).map(([code, { remedy, retryable = false }]) => ({
    code,
    message: [...new Set(named.flatMap((errors) => (errors[code] === undefined ? [] : [errors[code]])))].join(' / '),
    hint: commandHints[code] ?? remedy,
    retryable,
  }));
};

/** Every error that the catalogues of the sources or the contract name, by its code. */
export const errorPages = (): readonly ErrorPage[] => {
  const sources = globSync('packages/*/src/**/*.ts', { cwd: root }).filter((path) => !path.endsWith('.test.ts'));
  const found = sources.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const areas = [...text.matchAll(/defineErrors\('([A-Z]+)', (\{)?/g)];
    if (areas.length === 0) return [];
    /** The catalogue an entry stands in: the one that was opened last, or the one that is made of a constant. */
    const areaAt = (at: number): string =>
      (areas.findLast((area) => area[2] !== undefined && (area.index ?? 0) < at) ?? areas[0])?.[1] ?? '';
    return [...text.matchAll(entry)].map((match) => {
      const [, long, block, short, line] = match;
      const body = block ?? line ?? '';
      const code = `${areaAt(match.index)}_${long ?? short}`;
      return {
        code,
        message: member(body, 'message'),
        hint: commandHints[code] ?? member(body, 'hint'),
        retryable: /retryable: true/.test(body),
      };
    });
  });
  return [...found, ...contractPages()].sort((a, b) => a.code.localeCompare(b.code));
};
