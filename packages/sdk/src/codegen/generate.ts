/** Renders all bindings from the shipped bytecode. */
import { type MoveError, readModule } from './read-bytecode.ts';
import { renderModule } from './render.ts';
import type { Place } from './types.ts';

/** The shipped bytecode file's shape, as far as bindings need it. */
export interface PackagesFile {
  readonly packages: readonly {
    readonly name: string;
    /** Address other packages see it under before publishing, `0x` and 64 hex digits. */
    readonly placeholder: string;
    /** Base64. */
    readonly modules: readonly string[];
  }[];
}

/** Text of each bindings file by path below `src/generated/bindings`. */
export type Bindings = Readonly<Record<string, string>>;

const modulesOf = (entry: PackagesFile['packages'][number]) =>
  entry.modules.map((module) => readModule(Buffer.from(module, 'base64')));

const byModule = (file: PackagesFile, entryOf: (error: MoveError) => readonly [string | number, string]) =>
  Object.fromEntries(
    file.packages.map((entry) => [
      entry.name,
      Object.fromEntries(
        modulesOf(entry)
          .filter((module) => module.errors.length > 0)
          .map((module) => [module.name, Object.fromEntries(module.errors.map(entryOf))]),
      ),
    ]),
  );

const TABLE = 'Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>';

const errorsFile = (file: PackagesFile): string =>
  [
    '// Generated from the compiled Move package by src/codegen; do not edit.',
    '',
    '/** Text of every named error of the contract by package, module and constant. */',
    `export const moveErrors: ${TABLE} = ${JSON.stringify(
      byModule(file, ({ name, text }) => [name, text]),
      null,
      2,
    )};`,
    '',
    '/** Constant of every named error by package, module and the low 32 bits of its abort code. */',
    `export const moveErrorCodes: ${TABLE} = ${JSON.stringify(
      byModule(file, ({ name, code }) => [code, name]),
      null,
      2,
    )};`,
    '',
  ].join('\n');

/** Every bindings file of the packages. */
export const generateBindings = (file: PackagesFile): Bindings => {
  const own = '0'.repeat(64);
  const files = file.packages.flatMap((entry) => {
    const packages = {
      ...Object.fromEntries(file.packages.map((each) => [each.placeholder.slice(2), each.name])),
      [own]: entry.name,
    };
    return modulesOf(entry).map((module): [string, string] => {
      const place: Place = { packages, packageName: entry.name, moduleName: module.name, imports: new Set() };
      return [`${entry.name}/${module.name}.ts`, renderModule(module, place)];
    });
  });
  return { ...Object.fromEntries(files), 'errors.ts': errorsFile(file) };
};
