/** Commands that run at the same time in one home. */
import { expect, test } from 'vitest';
import { writePrivateFile } from '../config/home.ts';
import type { Network } from '../config/networks.ts';
import { serverFile } from '../config/served.ts';
import { readSettings } from '../config/settings.ts';
import type { Run } from '../kernel/command.ts';
import { cleanMachine } from '../testing/process.ts';
import { lockDirectory } from './lock.ts';
import { start } from './start.handler.ts';
import { activeWallet } from './wallets.ts';

const settingsOf = () => {
  const { home } = cleanMachine();
  return readSettings({ env: { ATOMA_HOME: home, HOME: home }, cwd: home, flags: {} });
};

test('the first commands of a home share one throw-away wallet', async () => {
  const settings = settingsOf();
  const network: Network = {
    name: 'localnet',
    kind: 'localnet',
    url: 'http://127.0.0.1:1',
    origin: '',
    fromSui: false,
  };
  const wallets = await Promise.all(Array.from({ length: 4 }, () => activeWallet(settings, network)));
  expect(new Set(wallets.map(({ address }) => address)).size).toBe(1);
});

test('a ledger that another process begins to serve while this one waits is not served twice', async () => {
  const settings = settingsOf();
  const directory = settings.home.embedded;
  const release = await lockDirectory({ directory, command: 'another', note: () => {} });
  const ends: (() => void)[] = [];
  const run = {
    settings,
    command: 'chain start',
    io: { cwd: directory },
    onEnd: (end: () => void) => ends.push(end),
    note: () => {
      writePrivateFile(serverFile(settings), JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:1' }));
      release();
    },
  } as unknown as Run;
  const flags = {
    port: 0,
    faucetPort: 0,
    host: '127.0.0.1',
    framework: undefined,
    seed: undefined,
    epochMs: undefined,
  };
  await expect(start(run, flags)).rejects.toMatchObject({ code: 'CLI_LEDGER_SERVED' });
  for (const end of ends) end();
});
