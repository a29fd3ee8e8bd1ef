import { existsSync, lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from '../chain/confirm.ts';
import { walletNames } from '../chain/wallet-files.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler } from '../kernel/command.ts';
import { counted, tableLines } from '../kernel/lines.ts';
import type { uninstallFlags } from './flags.ts';
import { runningPrograms } from './running-programs.ts';

/** What lies below the home directory, by name. Whatever else is there is not ours to remove. */
const ours: Readonly<Record<string, string>> = {
  wallets: 'wallets: private keys',
  buyer: 'journals of purchases, with receipts',
  journals: 'journals of purchases, with receipts',
  gateway: 'gateway: keys, books, token',
  node: 'node: configuration, ledger, token',
  up: 'kept markets of `up`',
  'up.json': 'note of the running market',
  'up-admin.token': 'token of the running market',
  'up.log': 'log of the running market',
  'up.lock': 'lock of the running market',
  'config.lock': 'lock of the settings',
  embedded: 'the embedded ledger',
  snapshots: 'copies of the embedded ledger',
  deployments: 'records of published contracts',
  running: 'notes of running programs',
  'networks.json': 'networks you added',
  'config.json': 'settings',
  'completion.json': 'ids for completion',
};

const sizeOf = (path: string): number => {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
};

const bytesText = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;

/** `atoma uninstall` */
export const uninstall: Handler<typeof uninstallFlags> = async (run, { yes }) => {
  const { directory, wallets } = run.settings.home;
  const running = await runningPrograms(run.settings);
  const [first] = running;
  if (first) throw cliError('STILL_RUNNING', { what: first.what, pid: first.pid });
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const found = names
    .filter((name) => Object.hasOwn(ours, name))
    .map((name) => ({ name, what: ours[name] ?? '', bytes: sizeOf(join(directory, name)) }));
  const kept = names.filter((name) => !Object.hasOwn(ours, name));
  if (found.length > 0) {
    const keys = existsSync(wallets) ? walletNames(wallets) : [];
    const rows = found.map(({ name, what, bytes }) => [name, what, bytesText(bytes)]);
    run.note([`in ${directory}:`, ...tableLines(run.io.paintErr, ['name', 'what', 'size'], rows)].join('\n'));
    if (keys.length > 0)
      run.note(
        `${counted(keys.length, 'private key')} would be lost (${keys.join(', ')}); \`atoma wallet export --wallet NAME\` shows one.`,
      );
    const sure = await ask({ ...run, common: { ...run.common, yes } }, `Remove all of this from ${directory}?`);
    if (!sure) throw cliError('NOT_CONFIRMED');
    for (const { name } of found) rmSync(join(directory, name), { recursive: true, force: true });
  }
  if (existsSync(directory) && kept.length === 0) rmdirSync(directory);
  return {
    data: { home: directory, removed: found, kept },
    short: directory,
    lines: (paint) => [
      found.length === 0
        ? `nothing of the program is in ${directory}`
        : `${paint.green('done:')} removed from ${directory}`,
      ...(kept.length === 0 ? [] : [`  left there, as none of the program’s: ${kept.join(', ')}`]),
      '  the command itself goes with `npm rm -g atoma`, or with its checkout',
    ],
  };
};
