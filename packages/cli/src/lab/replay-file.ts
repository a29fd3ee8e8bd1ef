/** A scenario with what was observed, as a file that `atoma lab run` plays again. */
import { writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { LabReport } from './run-scenario.ts';

const safe = (text: string): string => text.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 60);

/** The text of the file in `directory`; a TypeScript scenario's own `tamper` is found again by the path of its module. */
export const replayText = (report: LabReport, directory: string): string => {
  const { scenario, rate, expected, stacks, caught, ends, assumption } = report;
  const { tamper: _function, module, breaks, faulty, price, units, terms, ...rest } = scenario;
  return stringify({
    ...rest,
    ...(module === undefined ? {} : { module: relative(resolve(directory), module) }),
    ...(faulty === null ? {} : { faulty }),
    price: Number(price),
    units: Number(units),
    ...(breaks === null ? {} : { breaks }),
    terms: Object.fromEntries(Object.entries(terms).map(([name, value]) => [name, Number(value)])),
    runs: stacks,
    observed: { caught, rate, ends, ...(assumption === null ? {} : { assumption }) },
    expected: { rate: expected.rate, formula: expected.formula },
  });
};

/** Writes the file; gives its path. */
export const writeReplay = (directory: string, report: LabReport): string => {
  const file = join(directory, `lab-${safe(report.scenario.name)}-${safe(report.scenario.seed)}.yaml`);
  writeFileSync(file, replayText(report, directory));
  return file;
};
