import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Every arrow there may be between the project's packages; docs/ARCHITECTURE.md explains them. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  'move-compiler': ['base'],
  'move-engine': ['base'],
  localnet: ['base', 'move-engine'],
  sdk: ['base'],
  attest: ['base'],
  node: ['base', 'sdk'],
  gateway: ['base', 'sdk'],
  web: ['sdk'],
  cli: ['base', 'attest', 'move-compiler', 'move-engine', 'localnet', 'sdk', 'node', 'gateway'],
};

/** Source files that ship: no tests, benches, test support or scripts. */
const shippedSources = (name: string): readonly string[] =>
  readdirSync(join(root, 'packages', name, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.(test|bench|fuzz)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('/testing/'));

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    (match) => match[1] as string,
  );

const violations = (name: string): readonly string[] =>
  shippedSources(name).flatMap((file) =>
    importsOf(file)
      .filter((target) => !isAllowed(name, file, target))
      .map((target) => `${relative(root, file)} imports ${target}`),
  );

const isAllowed = (name: string, file: string, target: string): boolean => {
  if (target.startsWith('.'))
    return resolve(dirname(file), target).startsWith(`${join(root, 'packages', name, 'src')}/`);
  const own = target.match(/^@atoma\/([^/]+)/)?.[1];
  return own === undefined || (mayImport[name] as readonly string[]).includes(own);
};

test('the table of arrows names every package', () => {
  expect(readdirSync(join(root, 'packages')).sort()).toEqual(Object.keys(mayImport).sort());
});

test.each(Object.keys(mayImport))('%s imports only what lies below it', (name) => {
  expect(violations(name)).toEqual([]);
});

test('only the SDK knows the market: ledger and engine sources name neither Atoma contract nor TOMA', () => {
  const naming = ['move-engine', 'localnet'].flatMap((name) =>
    shippedSources(name).filter((file) => /\b(toma|TOMA|AtomaDb)\b/.test(readFileSync(file, 'utf8'))),
  );
  expect(naming.map((file) => relative(root, file))).toEqual([]);
});

/** Arrows between the folders of a package that has layers inside; files beside the folders are its entrance and its shared types. */
const foldersMayImport: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  sdk: {
    codegen: [],
    economics: [],
    values: [],
    wire: ['commitment', 'values', 'faces'],
    faces: ['wire'],
    wallet: ['values'],
    commitment: ['values'],
    generated: ['internal'],
    failures: ['deployment', 'generated', 'context'],
    context: ['deployment', 'values', 'failures'],
    deployment: ['context', 'failures', 'internal', 'values', 'generated'],
    events: ['deployment', 'generated', 'values', 'context', 'failures', 'internal'],
    internal: ['context', 'deployment', 'failures', 'values', 'reads', 'events', 'generated'],
    reads: ['context', 'deployment', 'failures', 'internal', 'generated', 'values', 'events'],
    writes: ['context', 'failures', 'generated', 'internal', 'reads', 'values', 'commitment', 'deployment', 'events'],
    payments: ['context', 'deployment', 'failures', 'internal', 'values', 'wire'],
    outbox: ['context', 'failures', 'internal', 'reads'],
    buyer: [
      'commitment',
      'context',
      'economics',
      'events',
      'faces',
      'failures',
      'internal',
      'outbox',
      'reads',
      'values',
      'wire',
      'writes',
    ],
  },
  node: {
    sketch: [],
    engine: ['sketch'],
    observe: [],
    store: [],
    chain: ['store'],
    serve: ['store', 'engine', 'chain', 'sketch', 'confidential', 'observe'],
    http: ['serve'],
    settle: ['engine', 'store', 'chain', 'serve', 'sketch', 'observe'],
    confidential: ['settle'],
  },
  gateway: { store: [], payments: ['store'], serve: ['payments', 'store'], admin: ['serve', 'store'] },
  localnet: { generated: [], internal: [], rpc: ['internal'], graphql: ['rpc'], server: ['graphql', 'rpc'] },
};

const folderOf = (name: string, file: string): string | undefined => {
  const [folder, ...rest] = relative(join(root, 'packages', name, 'src'), file).split('/');
  return rest.length === 0 ? undefined : folder;
};

const folderArrows = (name: string): ReadonlySet<string> =>
  new Set(
    shippedSources(name).flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => [folderOf(name, file), folderOf(name, resolve(dirname(file), target))])
        .filter(([from, to]) => from !== undefined && to !== undefined && from !== to)
        .map(([from, to]) => `${from} -> ${to}`),
    ),
  );

test.each(Object.keys(foldersMayImport))('folders of %s import only what their table says', (name) => {
  const table = Object.entries(foldersMayImport[name] as Readonly<Record<string, readonly string[]>>);
  const allowed = table.flatMap(([from, all]) => all.map((to) => `${from} -> ${to}`));
  expect([...folderArrows(name)].sort()).toEqual(allowed.sort());
});

/** Files of the project that a file's statements load: what types alone are taken from is not loaded. */
const loads = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s+(?!type\b)(?:([^'";]*?)\s+from\s+)?'(\.[^']+)'/gm)]
    .filter(([, names = '*']) => !/^\{(?:\s*type [^,}]+,?)+\s*\}$/.test(names))
    .map(([, , target]) => resolve(dirname(file), target as string));

/** The circles that lead back into the way to `file`, each as the files along it. */
const circlesFrom = (file: string, way: readonly string[], seen: Set<string>): readonly (readonly string[])[] => {
  const at = way.indexOf(file);
  if (at >= 0) return [[...way.slice(at), file]];
  if (seen.has(file)) return [];
  seen.add(file);
  return loads(file).flatMap((target) => circlesFrom(target, [...way, file], seen));
};

test('no file loads itself by way of others', () => {
  const seen = new Set<string>();
  const circles = Object.keys(mayImport)
    .flatMap(shippedSources)
    .flatMap((file) => circlesFrom(file, [], seen));
  expect(circles.map((circle) => circle.map((file) => relative(root, file)).join(' -> '))).toEqual([]);
});

test('only the SQL floor of base, and what the ledger keeps for itself, loads node:sqlite', () => {
  const loading = Object.keys(mayImport).flatMap((name) =>
    shippedSources(name).filter((file) => /^import \{.*from 'node:sqlite'/m.test(readFileSync(file, 'utf8'))),
  );
  expect(loading.map((file) => relative(root, file)).sort()).toEqual([
    'packages/localnet/src/internal/store/database.ts',
    'packages/localnet/src/snapshot.ts',
  ]);
});

/** Folders of the command that hold a feature: a spec, whose handlers are loaded when its command is run. */
const features = readdirSync(join(root, 'packages/cli/src')).filter((folder) =>
  existsSync(join(root, 'packages/cli/src', folder, 'spec.ts')),
);

test.each(features)('a feature of the command has one layout: %s', (feature) => {
  const folder = join(root, 'packages/cli/src', feature);
  const files = readdirSync(folder);
  const handlers = files.filter((file) => /^(\w[\w-]*\.)?handler\.ts$/.test(file));
  const loaded = [...readFileSync(join(folder, 'spec.ts'), 'utf8').matchAll(/import\('\.\/([^']+)'\)/g)].map(
    (match) => match[1] as string,
  );
  expect(new Set(loaded)).toEqual(new Set(handlers));
  expect(handlers).not.toEqual([]);
  expect(files).toContain('flags.ts');
  expect(files.filter((file) => file.endsWith('.test.ts'))).not.toEqual([]);
});

test('nothing but its own spec loads a handler of the command', () => {
  const importing = shippedSources('cli').filter(
    (file) => !file.endsWith('/spec.ts') && importsOf(file).some((target) => /[/.]handler\.ts$/.test(target)),
  );
  expect(importing.map((file) => relative(root, file))).toEqual([]);
});
