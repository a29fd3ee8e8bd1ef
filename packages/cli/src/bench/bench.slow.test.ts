/** The bench runs on a clean machine and gives figures of every part; how large they are is no matter of a test. */
import { readdirSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { atoma, cleanMachine, devCli, execute } from '../testing/process.ts';
import { median, quantile } from './figures.ts';
import { benchCommands } from './spec.ts';

beforeAll(async () => {
  expect((await execute(cleanMachine(), devCli, ['--version'])).code).toBe(0); // builds the bundle when a source is newer
});

test('quick: every part but the engine has positive figures, and nothing is left', async () => {
  const machine = cleanMachine();
  const done = await atoma(machine, 'bench --quick --json', { TMPDIR: machine.home });
  expect(done.code, done.out + done.err).toBe(0);
  const data = JSON.parse(done.out);
  expect(schemaFaults(jsonSchemaOf(benchCommands.bench.output as Shape), data)).toEqual([]);
  expect(data.not_measured).toEqual(['engine']);
  const parts = new Set(data.figures.map((one: { part: string }) => one.part));
  expect([...parts]).toEqual(['start-up', 'lifecycle', 'ledger', 'serving']);
  for (const { name, value } of data.figures) expect(value, name).toBeGreaterThan(0);
  expect(readdirSync(machine.home).filter((name) => name.startsWith('atoma-bench-'))).toEqual([]);
});

test('quantiles', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99)).toBe(10);
  expect(quantile([], 0.5)).toBe(0);
});
