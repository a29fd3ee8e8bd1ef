import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanMachine } from '../testing/process.ts';
import { readSettings, readUserConfig, writeUserConfig } from './settings.ts';

const place = () => {
  const { home: directory } = cleanMachine();
  return { directory, env: { ATOMA_HOME: join(directory, 'home'), HOME: directory } };
};

test('flag, environment, .env.<network>, .env, user config, default: each beats the next', () => {
  const { directory: cwd, env } = place();
  const get = (more: Record<string, string> = {}, flags: Record<string, string> = {}) =>
    readSettings({ env: { ...env, ...more }, cwd, flags }).get('package');
  const read = (more?: Record<string, string>, flags?: Record<string, string>) => get(more, flags).value;
  expect(read()).toBeUndefined();
  writeUserConfig(readSettings({ env, cwd, flags: {} }).home.config, 'package', '0x5');
  expect(get()).toMatchObject({ value: '0x5', removal: 'Take it back with `atoma config unset package`' });
  writeFileSync(join(cwd, '.env'), 'ATOMA_PACKAGE_ID=0x4\n');
  expect(get()).toMatchObject({ value: '0x4', removal: `Take ATOMA_PACKAGE_ID out of ${join(cwd, '.env')}` });
  writeFileSync(join(cwd, '.env.embedded'), 'export ATOMA_PACKAGE_ID="0x3"\n');
  expect(read()).toBe('0x3');
  const inShell = { ATOMA_PACKAGE_ID: '0x2' };
  expect(get(inShell)).toMatchObject({ value: '0x2', removal: 'Run `unset ATOMA_PACKAGE_ID` in this shell' });
  expect(get(inShell, { package: '0x1' })).toMatchObject({ value: '0x1', removal: 'Leave --package out' });
});

test('the file of the network that was chosen is read, and the choice itself may stand in .env', () => {
  const { directory: cwd, env } = place();
  writeFileSync(join(cwd, '.env'), 'ATOMA_NETWORK=testnet\n');
  writeFileSync(join(cwd, '.env.testnet'), 'TOMA_PACKAGE_ID=0x7\n');
  const settings = readSettings({ env, cwd, flags: {} });
  expect(settings.network).toMatchObject({ value: 'testnet', origin: '.env ATOMA_NETWORK' });
  expect(settings.get('tomaPackage')).toMatchObject({ value: '0x7', origin: '.env.testnet TOMA_PACKAGE_ID' });
  expect(readSettings({ env, cwd, flags: { network: 'devnet' } }).get('tomaPackage').value).toBeUndefined();
});

test.each([
  ['ATOMA_DB_ID', 'db'],
  ['NODE_BADGE_ID', 'nodeBadge'],
  ['NODE_ID', 'nodeId'],
  ['MANAGER_BADGE_ID', 'managerBadge'],
  ['GAS_BUDGET', 'gasBudget'],
  ['WALLET_PATH', 'walletPath'],
] as const)('the older name %s is read as %s', (variable, name) => {
  const { directory: cwd, env } = place();
  const settings = readSettings({ env: { ...env, [variable]: '12' }, cwd, flags: {} });
  expect(settings.get(name)).toMatchObject({ value: '12', origin: `environment ${variable}` });
});

test('our own variable beats an older name', () => {
  const { directory: cwd, env } = place();
  const settings = readSettings({ env: { ...env, NODE_ID: '1', ATOMA_NODE_ID: '2' }, cwd, flags: {} });
  expect(settings.get('nodeId').value).toBe('2');
});

test('the config file is private and survives setting and unsetting', () => {
  const { directory: cwd, env } = place();
  const { home } = readSettings({ env, cwd, flags: {} });
  writeUserConfig(home.config, 'network', 'testnet');
  writeUserConfig(home.config, 'maxCost', '10TOMA');
  writeUserConfig(home.config, 'network', undefined);
  expect(readUserConfig(home.config)).toEqual({ 'max-cost': '10TOMA' });
  expect(statSync(home.config).mode & 0o777).toBe(0o600);
  expect(statSync(home.directory).mode & 0o777).toBe(0o700);
});

test('a config file that is no JSON object is named', () => {
  const { directory: cwd, env } = place();
  const { home } = readSettings({ env, cwd, flags: {} });
  writeUserConfig(home.config, 'network', 'testnet');
  for (const text of ['{', '[1]', '"x"']) {
    writeFileSync(home.config, text);
    expect(() => readSettings({ env, cwd, flags: {} })).toThrow(expect.objectContaining({ code: 'CLI_BAD_CONFIG' }));
  }
});

test('what two processes change at once is both kept', async () => {
  const { env, directory } = place();
  const { networks } = readSettings({ env, cwd: directory, flags: {} }).home;
  const source = `
    import { changeUserConfig } from ${JSON.stringify(join(import.meta.dirname, 'settings.ts'))};
    for (let i = 0; i < 100; i++)
      changeUserConfig(${JSON.stringify(networks)}, (before) => ({ ...before, [process.argv[1] + i]: '' }));`;
  const ends = ['a', 'b'].map((name) =>
    once(spawn(process.execPath, ['--input-type=module', '-e', source, name], { stdio: 'inherit' }), 'exit'),
  );
  expect(await Promise.all(ends)).toEqual([
    [0, null],
    [0, null],
  ]);
  expect(Object.keys(readUserConfig(networks))).toHaveLength(200);
});
