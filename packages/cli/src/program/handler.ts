import { activeWallet } from '../chain/wallets.ts';
import { activeNetwork } from '../config/networks.ts';
import type { Handler } from '../kernel/command.ts';
import { rowLines, tableLines } from '../kernel/lines.ts';
import { version } from '../kernel/version.ts';
import { runningPrograms } from './running-programs.ts';

const versions = () => ({
  version: version(),
  node: process.versions.node,
  platform: `${process.platform} ${process.arch}`,
  program: process.argv[1] ?? '',
});

const versionRows = ({ version: own, node, platform, program }: ReturnType<typeof versions>) =>
  [
    ['atoma', own],
    ['node', `${node} on ${platform}`],
    ['program', program],
  ] as const;

/** `atoma status` */
export const status: Handler<Record<never, never>> = async ({ settings }) => {
  const running = await runningPrograms(settings);
  const network = await activeNetwork(settings).catch(() => undefined);
  const wallet = network ? await activeWallet(settings, network).catch(() => undefined) : undefined;
  const built = versions();
  const { value, origin } = settings.network;
  return {
    data: {
      running: running.map(({ what, pid, address }) => ({ what, pid, address })),
      network_url: network?.url ?? null,
      wallet: wallet ? { name: wallet.name, address: wallet.address } : null,
      home: settings.home.directory,
      ...built,
    },
    short: value,
    lines: (paint) => [
      ...(running.length === 0
        ? ['nothing runs; commands work on the network below']
        : tableLines(
            paint,
            ['running', 'pid', 'address'],
            running.map(({ what, pid, address }) => [what, String(pid), address ?? '-']),
          )),
      '',
      ...rowLines(paint, [
        ['network', `${value} (${network?.url ?? (network ? 'inside the program' : 'unknown')}; ${origin})`],
        ['wallet', wallet ? `${wallet.name} ${wallet.address}` : 'none yet'],
        ['home', settings.home.directory],
        ...versionRows(built),
      ]),
    ],
  };
};

/** `atoma version` */
export const showVersion: Handler<Record<never, never>> = async () => {
  const built = versions();
  return { data: built, short: built.version, lines: (paint) => rowLines(paint, versionRows(built)) };
};
