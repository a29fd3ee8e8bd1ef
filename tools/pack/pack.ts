/**
 * Packs what is published: `node tools/pack/pack.ts DIRECTORY` leaves a tarball of each library and of the command there.
 * The libraries are staged in dist/packages with a manifest made from the workspace's.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { bundleAll, root } from './bundle.ts';
import { copyDeclarations } from './declarations.ts';
import { type Published, published } from './entries.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest;

const REPOSITORY = 'https://github.com/atoma-network/atoma';
const folders = ['base', 'attest', 'move-engine', 'localnet', 'sdk', 'node', 'gateway'];

/** The version of a registry package that our workspaces name as a dependency, or as what a user may add. */
const versionOf = (kind: 'dependencies' | 'peerDependencies', name: string): string | undefined =>
  folders.map((folder) => manifestOf(folder)[kind]?.[name]).find((version) => version !== undefined);

/** Of the registry packages that are imported: those installed with ours, and those loaded only where a user has them. */
const dependencies = (externals: readonly string[]) => {
  const of = (kind: 'dependencies' | 'peerDependencies', names: readonly string[]) =>
    Object.fromEntries(
      names.flatMap((name) => [[name, versionOf(kind, name)] as const]).filter(([, version]) => version),
    );
  const installed = of('dependencies', externals);
  const optional = of(
    'peerDependencies',
    externals.filter((name) => !(name in installed)),
  );
  const unknown = externals.filter((name) => !(name in installed) && !(name in optional));
  if (unknown.length > 0) throw new Error(`no workspace names ${unknown.join(', ')}`);
  if (Object.keys(optional).length === 0) return { dependencies: installed };
  const peerDependenciesMeta = Object.fromEntries(Object.keys(optional).map((name) => [name, { optional: true }]));
  return { dependencies: installed, peerDependencies: optional, peerDependenciesMeta };
};

const manifest = (one: Published, externals: readonly string[], types: readonly string[]) => {
  const { name, version, license } = manifestOf(one.folder);
  const paths = Object.keys(one.entries);
  const entry = (path: string, at: number) => ({
    types: `./${types[at]}`,
    default: `./${path === '.' ? 'index' : path.slice(2)}.js`,
  });
  return {
    name,
    version,
    description: one.description,
    license,
    repository: {
      type: 'git',
      url: `git+${REPOSITORY}.git`,
      directory: `packages/${one.folder}`,
    },
    type: 'module',
    sideEffects: false,
    engines: { node: one.node },
    exports: {
      ...Object.fromEntries(paths.map((path, at) => [path, entry(path, at)])),
      './package.json': './package.json',
    },
    files: ['*.js', 'chunks', 'types'],
    ...dependencies(externals),
  };
};

/** The workspace's page, and what can be imported. Its links lead to the repository: a tarball has none of the other pages. */
const readmeOf = ({ folder, entries, node }: Published, name: string): string => {
  const place = `${REPOSITORY}/blob/HEAD/packages/${folder}/`;
  const page = readFileSync(join(root, 'packages', folder, 'README.md'), 'utf8').replaceAll(
    /\]\((?!https?:|#)([^)]+)\)/g,
    (_, target: string) => `](${new URL(target, place)})`,
  );
  const rows = Object.entries(entries).map(
    ([path, { browser }]) =>
      `| \`${join(name, path)}\` | ${browser ? 'Node and browsers' : `Node ${node.slice(2)} or newer`} |`,
  );
  return `${page}\n## Imports\n| import | runs on |\n|---|---|\n${rows.join('\n')}\n\nApache-2.0.\n`;
};

/** Makes the folder that is packed, and gives its path. */
const stage = async (one: Published): Promise<string> => {
  const directory = join(root, 'dist/packages', one.folder);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const { files, externals } = await bundleAll(one);
  for (const { path, contents } of files) {
    const file = join(directory, path.slice(join(root, 'dist').length));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
  const types = copyDeclarations(
    one.folder,
    Object.values(one.entries).map(({ source }) => source),
    directory,
  );
  const made = manifest(one, externals, types);
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(made, null, 2)}\n`);
  writeFileSync(join(directory, 'README.md'), readmeOf(one, made.name));
  cpSync(join(root, 'LICENSE'), join(directory, 'LICENSE'));
  return directory;
};

const npmPack = (directory: string, to: string): string =>
  join(
    to,
    execFileSync('npm', ['pack', '--silent', '--pack-destination', to], { cwd: directory, encoding: 'utf8' })
      .trim()
      .split('\n')
      .at(-1) ?? '',
  );

const to = resolve(process.argv[2] ?? join(root, 'dist/tarballs'));
mkdirSync(to, { recursive: true });
execFileSync(join(root, 'node_modules/.bin/tsc'), ['-b'], { cwd: root, stdio: 'inherit' });
for (const one of published) console.log(npmPack(await stage(one), to));
console.log(npmPack(join(root, 'packages/cli'), to));
