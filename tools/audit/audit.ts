/**
 * What we depend on: `node tools/audit/audit.ts [--sbom FILE]` prints each package that ships with a published one, with version and
 * licence, asks the registry for known advisories, and with `--sbom` writes the bill of materials as SPDX. It fails on a licence that
 * is not on the list, on an advisory of level high or above, and on a package without an integrity hash. A registry that does not
 * answer the question about advisories is named; then nothing is known about them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';

const root = resolve(import.meta.dirname, '../..');

/** Licences whose terms Apache-2.0 programs may carry along. */
const allowed: ReadonlySet<string> = new Set([
  ...['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Unlicense'],
]);
/** Only for what never leaves this repository. */
const allowedHere: ReadonlySet<string> = new Set([...allowed, 'MPL-2.0', 'AFL-2.1']);

const entry = z.object({
  version: z.string().optional(),
  license: z.string().optional(),
  integrity: z.string().optional(),
  dev: z.boolean().optional(),
  link: z.boolean().optional(),
});
type Entry = z.infer<typeof entry>;

/** A package of the lock file. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Whether it is only used here: to build, to test. */
  readonly dev: boolean;
  readonly integrity: boolean;
}

/** The packages of a lock file that come from a registry. */
export const dependenciesOf = (lock: string): readonly Dependency[] => {
  const { packages } = z.object({ packages: z.record(z.string(), entry) }).parse(JSON.parse(lock));
  const isRegistry = ([path, each]: [string, Entry]): boolean =>
    path.includes('node_modules/') && each.link !== true && !path.includes('tools/absent');
  return Object.entries(packages)
    .filter(isRegistry)
    .map(([path, { version = '', license = 'none', dev = false, integrity }]) => ({
      name: path.replace(/^.*node_modules\//, ''),
      version,
      license,
      dev,
      integrity: integrity !== undefined,
    }));
};

/** Whether an SPDX expression of AND and OR leaves a choice of which all parts are on the list. */
export const isAllowed = (license: string, list: ReadonlySet<string>): boolean =>
  license
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((each) => list.has(each.trim())));

/** What is wrong with the packages, a sentence each. */
export const faultsOf = (dependencies: readonly Dependency[]): readonly string[] =>
  dependencies.flatMap(({ name, version, license, dev, integrity }) => [
    ...(isAllowed(license, dev ? allowedHere : allowed)
      ? []
      : [`${name} ${version}: licence ${license} is not on the list`]),
    ...(integrity ? [] : [`${name} ${version}: the lock file has no integrity hash`]),
  ]);

const bill = z.looseObject({
  packages: z.array(z.looseObject({ SPDXID: z.string(), name: z.string(), versionInfo: z.string() })),
  relationships: z.array(z.looseObject({ spdxElementId: z.string(), relatedSpdxElement: z.string() })),
});

const OURS = /^(?:@atoma\/(?!move-tools).*|atoma)$/;

/**
 * The bill of what ships, from an SPDX document of everything that is installed: npm's own `--omit=dev` leaves out what the packages of a
 * workspace share with its tests. Throws for a package that ships, is installed here and is not in the document.
 */
export const billOf = (document: string, shipped: readonly Dependency[], isInstalled: (name: string) => boolean) => {
  const { packages, relationships, ...rest } = bill.parse(JSON.parse(document));
  const wanted = new Set(shipped.map(({ name, version }) => `${name} ${version}`));
  const isRoot = ({ SPDXID }: { readonly SPDXID: string }): boolean =>
    relationships.some(
      ({ spdxElementId, relatedSpdxElement }) => spdxElementId === 'SPDXRef-DOCUMENT' && relatedSpdxElement === SPDXID,
    );
  const kept = packages.filter(
    (each) => isRoot(each) || OURS.test(each.name) || wanted.has(`${each.name} ${each.versionInfo}`),
  );
  const names = new Set(kept.map(({ name }) => name));
  const missing = shipped.filter(({ name }) => !names.has(name) && isInstalled(name)).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`not in the bill of materials: ${missing.join(', ')}`);
  const ids = new Set(['SPDXRef-DOCUMENT', ...kept.map(({ SPDXID }) => SPDXID)]);
  const among = relationships.filter((each) => ids.has(each.spdxElementId) && ids.has(each.relatedSpdxElement));
  return { ...rest, packages: kept, relationships: among };
};

const report = z.object({ metadata: z.object({ vulnerabilities: z.record(z.string(), z.number()) }) });

/** Advisories by severity; undefined when the registry does not answer. */
const advisories = (): Readonly<Record<string, number>> | undefined => {
  const { stdout } = spawnSync('npm', ['audit', '--json'], { cwd: root, encoding: 'utf8', timeout: 120_000 });
  try {
    return report.parse(JSON.parse(stdout)).metadata.vulnerabilities;
  } catch {
    return undefined;
  }
};

const main = (): number => {
  const dependencies = dependenciesOf(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const shipped = dependencies.filter(({ dev }) => !dev);
  for (const { name, version, license } of shipped) console.log(`${name} ${version}  ${license}`);
  console.log(`${shipped.length} packages ship with ours, ${dependencies.length - shipped.length} build and test it`);
  const at = process.argv.indexOf('--sbom');
  const file = at < 0 ? undefined : process.argv[at + 1];
  if (file !== undefined) {
    const all = execFileSync('npm', ['sbom', '--sbom-format=spdx'], {
      cwd: root,
      maxBuffer: 1 << 28,
      encoding: 'utf8',
    });
    const made = billOf(all, shipped, (name) => existsSync(join(root, 'node_modules', name)));
    writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`);
    console.log(`bill of materials: ${file}, ${made.packages.length} packages`);
  }
  const found = advisories();
  console.log(
    found
      ? `advisories: ${Object.entries(found)
          .map(([level, count]) => `${count} ${level}`)
          .join(', ')}`
      : 'advisories: not known, the registry does not answer that question',
  );
  const faults = faultsOf(dependencies);
  for (const fault of faults) console.error(fault);
  return faults.length > 0 || (found?.high ?? 0) + (found?.critical ?? 0) > 0 ? 1 : 0;
};

if (process.argv[1] === import.meta.filename) process.exitCode = main();
