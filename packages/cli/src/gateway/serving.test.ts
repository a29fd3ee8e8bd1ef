/** Programs that stay say what they serve in the form that `atoma schema` prints, and leave when they are told to. */
import { beforeAll, expect, test } from 'vitest';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { commandPathOf, findTarget } from '../kernel/tree.ts';
import { root } from '../root.ts';
import { atoma, cleanMachine, devCli, execute, stay, words } from '../testing/process.ts';

const machine = cleanMachine();
beforeAll(async () => {
  expect(await execute(machine, devCli, ['--version'])).toMatchObject({ code: 0 });
  expect(await atoma(machine, 'toma faucet --amount 100TOMA')).toMatchObject({ code: 0 });
});

test.each(['chain start --port 0 --faucet-port 0', 'gateway run --port 0 --admin-port 0', 'mcp --port 0'])(
  '%s',
  async (line) => {
    const { facts, end } = await stay(machine, `${line} --json`);
    await end();
    const target = findTarget(root, commandPathOf(root, words(line)));
    const shape = target?.kind === 'command' ? target.output : undefined;
    expect(schemaFaults(jsonSchemaOf(shape as Shape), facts)).toEqual([]);
    expect(facts.network).toBe('embedded');
  },
);

test('where its runtime could show prompts a gateway of level 2 does not start, and says which option it is', async () => {
  const looking = { NODE_OPTIONS: '--no-warnings --report-on-signal' };
  const { code, err } = await atoma(machine, 'gateway run --level 2 --port 0 --admin-port 0', looking);
  expect([code, err]).toEqual([2, expect.stringContaining('start without --report-on-signal')]);
});
