/**
 * What we depend on: `node tools/audit/audit.ts [--sbom FILE]` prints each package that ships with a published one, with version and
 * licence, asks the registry for known advisories, and with `--sbom` writes the bill of materials as SPDX. It fails on a licence that
 * is not on the list, on an advisory of level high or above, and on a package without an integrity hash. A registry that does not
 * answer the question about advisories is named; then nothing is known about them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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
    writeFileSync(
      file,
      execFileSync('npm', ['sbom', '--omit=dev', '--sbom-format=spdx'], { cwd: root, maxBuffer: 1 << 28 }),
    );
    console.log(`bill of materials: ${file}`);
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
