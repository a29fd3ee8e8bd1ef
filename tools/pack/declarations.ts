/** Declarations of a published package: those of `tsc -b`, with the ones of our own packages beside them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { root } from './bundle.ts';

const specifier = /(?<=\bfrom |\bimport\()(['"])([^'"]+)\1/g;

const typesOf = (folder: string): string => join(root, 'packages', folder, 'dist/types');

/** The declaration file a specifier in `file` leads to; undefined for packages of the registry. */
const target = (file: string, name: string): string | undefined => {
  if (name.startsWith('@atoma/')) return join(typesOf(name.slice('@atoma/'.length)), 'index.d.ts');
  if (!name.startsWith('.')) return undefined;
  return resolve(dirname(file), name.replace(/\.ts$/, '.d.ts'));
};

/** Where a declaration file of ours comes to lie, below the package. */
const placeOf = (file: string): string => {
  const [folder = '', , , ...path] = relative(join(root, 'packages'), file).split('/');
  return join('types', folder, ...path);
};

/** Copies the declarations that these sources (below `src`) need into `directory`; gives their places, in order. */
export const copyDeclarations = (folder: string, sources: readonly string[], directory: string): readonly string[] => {
  const seen = new Set<string>();
  const copy = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const place = placeOf(file);
    const needed: string[] = [];
    const text = readFileSync(file, 'utf8').replace(specifier, (whole, quote: string, name: string) => {
      const leads = target(file, name);
      if (leads === undefined) return whole;
      needed.push(leads);
      const path = relative(dirname(place), placeOf(leads)).replace(/\.d\.ts$/, '.js');
      return `${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`;
    });
    mkdirSync(dirname(join(directory, place)), { recursive: true });
    writeFileSync(join(directory, place), text.replace(/\n\/\/# sourceMappingURL=.*/, ''));
    for (const one of needed) copy(one);
  };
  const files = sources.map((source) => join(typesOf(folder), source.replace(/\.ts$/, '.d.ts')));
  for (const file of files) copy(file);
  return files.map(placeOf);
};
