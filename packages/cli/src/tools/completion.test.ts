import { expect, test } from 'vitest';
import { run } from '../testing/in-process.ts';
import { cleanMachine, execute, type Machine } from '../testing/process.ts';

const machine = cleanMachine();
const offered = async (on: Machine, ...words: string[]): Promise<readonly string[]> =>
  (await run(on, ['__complete', '--', ...words])).out
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [line.split('\t')[0] as string]));

test('commands, flags, values and names', async () => {
  expect(await offered(machine, 'db', 'acq')).toEqual(['acquire-new-stack-entry']);
  expect(await offered(machine, '')).toContain('demo');
  expect(await offered(machine, '')).not.toContain('__complete');
  expect(await offered(machine, 'toma', 'faucet', '--am')).toEqual(['--amount']);
  expect(await offered(machine, 'db', 'set-registration-open', '--value', '')).toEqual(['true', 'false']);
  await run(machine, 'network add testing --url http://127.0.0.1:9000');
  expect(await offered(machine, 'task', 'list', '--network', 'test')).toEqual(['testnet', 'testing']);
  await run(machine, 'wallet new alice');
  expect(await offered(machine, 'task', 'list', '--wallet', 'al')).toEqual(['alice']);
  expect(await offered(machine, 'wallet', 'use', '')).toContain('alice');
  expect(await offered(machine, 'nothing', 'like', 'this')).toEqual(await offered(machine, 'nothing', 'like', 'that'));
});

test('a flag that was given is not offered again', async () => {
  expect(await offered(machine, 'toma', 'faucet', '--amount', '1', '--')).not.toContain('--amount');
});

test('ids that were made or listed, on their network alone', async () => {
  expect(await offered(machine, 'task', 'show', '')).not.toContain('1');
  await run(machine, 'db create-task-entry --role 0');
  expect(await offered(machine, 'task', 'show', '')).toContain('1');
  expect(await offered(machine, 'db', 'acquire-new-stack-entry', '--task-small-id', '')).toEqual(['1']);
  expect(
    await offered(machine, 'db', 'acquire-new-stack-entry', '--network', 'testnet', '--task-small-id', ''),
  ).toEqual([]);
  const elsewhere = { ...machine, env: { ...machine.env, ATOMA_NETWORK: 'devnet' } };
  expect(await offered(elsewhere, 'db', 'acquire-new-stack-entry', '--task-small-id', '')).toEqual([]);
});

test('the bash script offers what the program offers', async () => {
  const { out: script } = await run(machine, 'completion bash');
  const shell = `atoma() { printf 'claim-funds\\twhat\\nclaim-more\\twhat\\n'; }
${script}
COMP_WORDS=(atoma db cl); COMP_CWORD=2; _atoma; printf '%s\\n' "\${COMPREPLY[@]}"`;
  expect(await execute(machine, 'bash', ['-c', shell])).toMatchObject({ code: 0, out: 'claim-funds\nclaim-more\n' });
});

test.each(['zsh', 'fish'])('there is a script for %s', async (shell) => {
  expect((await run(machine, `completion ${shell}`)).out).toContain('__complete');
});
