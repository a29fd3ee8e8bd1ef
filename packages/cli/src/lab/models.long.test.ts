/** Daemons with the shipped language model: each fault is convicted on its first stack, honest work never, and no unit is lost. */
import { expect, test } from 'vitest';
import { builtinScenarios } from './catalogue.ts';
import { isModelFault } from './fault-names.ts';
import { runScenario } from './run.ts';

const played = builtinScenarios.filter(({ scenario: { fault } }) => isModelFault(fault));

test.each(played.map(({ name, scenario }) => ({ name, scenario })))('$name', async ({ name, scenario }) => {
  const report = await runScenario({ ...scenario, runs: 1 });
  expect(report).toMatchObject({ stacks: 1, verdict: 'within', caught: name === 'model-honest' ? 0 : 1 });
  expect(Object.keys(report.ends)).toEqual([name === 'model-honest' ? 'paid' : 'convicted']);
  expect(report.flows.reduce((sum, { change }) => sum + change, 0n)).toBe(0n);
});
