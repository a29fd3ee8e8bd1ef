import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  advanceClock,
  advanceEpoch,
  chainState,
  closeLedger,
  type Ledger,
  openLedger,
  replayLedger,
  stateDigest,
} from '@atoma/localnet';
import { activeNetwork } from '../config/networks.ts';
import { runningServer, type Server } from '../config/served.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Json, Run } from '../kernel/command.ts';
import { counted, type Row, rowLines } from '../kernel/lines.ts';
import { orderLedger, orderServer, type State, servedDigest, servedState } from './admin.ts';
import { type Chain, lockEmbedded, openChain } from './chain.ts';
import { ask } from './confirm.ts';
import {
  copyLedger,
  copyOpenLedger,
  putIntoOpenLedger,
  readArchive,
  readArchiveIntoOpen,
  removeLedger,
  sizeOf,
  writeArchive,
} from './copies.ts';
import { recordedDeployment } from './deployments.ts';
import { hasEmbedded } from './embedded.ts';
import type * as specs from './flags.ts';
import { requireOurs } from './ours.ts';
import { isWalletName } from './wallet-files.ts';

const refusePublic = async (run: Run): Promise<void> => {
  const network = await activeNetwork(run.settings);
  const why = 'its epochs and its data belong to its validators.';
  if (network.kind === 'public')
    throw cliError('NOT_ON_THIS_NETWORK', { command: run.command, network: network.name, why });
};

/** For work that a serving process does itself: that process, or the files and their lock. */
const serverOrFiles = async (run: Run): Promise<Server | undefined> => {
  await requireOurs(run);
  const server = runningServer(run.settings);
  if (!server) await lockEmbedded(run);
  return server;
};

const seconds = (ms: number): string => new Date(ms).toISOString().replace('.000', '');

const stateOf = async (chain: Chain): Promise<State> => (chain.ledger ? chainState(chain.ledger) : servedState(chain));

/** Has the serving process take a copy, of whichever chain. */
const loadInto = (server: Server, file: string): Promise<unknown> =>
  orderServer(server, 'load', { file, otherChain: true });

const digestOf = async (chain: Chain): Promise<string> =>
  chain.ledger ? stateDigest(chain.ledger) : servedDigest(chain);

const stateData = (state: State): Record<string, Json> => ({
  chain_id: state.chainId,
  epoch: state.epoch,
  epoch_started_ms: state.epochStartMs,
  checkpoint: state.checkpoint,
  time_ms: state.timestampMs,
});

const snapshotNames = (run: Run): readonly string[] => {
  const { snapshots } = run.settings.home;
  return existsSync(snapshots)
    ? readdirSync(snapshots)
        .filter((name) => !name.endsWith('.tmp'))
        .sort()
    : [];
};

/** `atoma chain status` */
export const status: Handler<typeof specs.statusFlags> = async (run, { digest: wantsDigest }) => {
  await refusePublic(run);
  const chain = await openChain(run);
  const state = await stateOf(chain);
  const deployment = await recordedDeployment(run.settings, chain);
  const directory = chain.network.kind === 'embedded' ? run.settings.home.embedded : null;
  const bytes = directory === null ? null : sizeOf(directory);
  const snapshots = snapshotNames(run);
  const digest = wantsDigest ? await digestOf(chain) : null;
  return {
    data: {
      ...stateData(state),
      url: chain.url,
      directory,
      bytes,
      package_id: deployment?.packageId ?? null,
      snapshots,
      state_digest: digest,
    },
    short: String(state.epoch),
    lines: (paint) => {
      const rows: readonly Row[] = [
        ['started', seconds(state.epochStartMs)],
        ['time', seconds(state.timestampMs)],
        ['chain', state.chainId],
        ['reached', chain.url],
        ['package', deployment?.packageId ?? 'none published'],
        ...(directory === null ? [] : [['data', `${directory} (${Math.ceil((bytes ?? 0) / 1024)} kB)`] as const]),
        ['snapshots', snapshots.join(', ') || 'none'],
        ...(digest === null ? [] : [['state', digest] as const]),
      ];
      return [`${chain.network.name}: epoch ${state.epoch}, checkpoint ${state.checkpoint}`, ...rowLines(paint, rows)];
    },
  };
};

/** Moves the clock, or ends epochs. */
const move = async (chain: Chain, epochs: number, aheadMs: number | undefined): Promise<void> => {
  if (aheadMs !== undefined) {
    if (chain.ledger) advanceClock(chain.ledger, aheadMs);
    else await orderLedger(chain, 'clock', { ms: aheadMs });
  } else if (epochs > 0) {
    if (chain.ledger) advanceEpoch(chain.ledger, epochs);
    else await orderLedger(chain, 'epoch', { count: epochs });
  }
};

/** `atoma chain advance` */
export const advance: Handler<typeof specs.advanceFlags> = async (run, { epochs = 1, seconds: ahead }) => {
  await refusePublic(run);
  const chain = await openChain(run);
  await move(chain, epochs, ahead === undefined ? undefined : ahead * 1000);
  const state = await stateOf(chain);
  const what = ahead === undefined ? `${counted(epochs, 'epoch')} ended` : `${counted(ahead, 'second')} later`;
  return {
    data: stateData(state),
    short: String(state.epoch),
    lines: () => [`${what}: it is epoch ${state.epoch}, ${seconds(state.timestampMs)}`],
  };
};

const snapshotDirectory = (run: Run, name: string): string => {
  if (isWalletName(name)) return join(run.settings.home.snapshots, name);
  throw cliError('BAD_VALUE', {
    flag: 'NAME',
    why: `"${name}" cannot name a snapshot.`,
    hint: 'Use letters, digits, dots and dashes.',
  });
};

const missingSnapshot = (run: Run, name: string) =>
  cliError('NOT_FOUND', {
    what: `snapshot named "${name}"`,
    network: 'embedded',
    hint: `Kept: ${snapshotNames(run).join(', ') || 'none'}.`,
  });

const requireLedger = (run: Run): string => {
  if (hasEmbedded(run.settings.home.embedded)) return run.settings.home.embedded;
  throw cliError('NOT_FOUND', { what: 'ledger yet', network: 'embedded', hint: '`atoma chain status` makes one.' });
};

/** `atoma chain snapshot` */
export const snapshot: Handler<typeof specs.snapshotFlags> = async (run, { name = 'default' }) => {
  const server = await serverOrFiles(run);
  const directory = snapshotDirectory(run, name);
  if (existsSync(directory)) throw cliError('SNAPSHOT_EXISTS', { name });
  if (server) await copyOpenLedger(requireLedger(run), directory, (file) => orderServer(server, 'export', { file }));
  else copyLedger(requireLedger(run), directory);
  return {
    data: { name, directory, bytes: sizeOf(directory) },
    short: name,
    lines: () => [`snapshot ${name} kept in ${directory}`],
  };
};

/** `atoma chain restore` */
export const restore: Handler<typeof specs.snapshotFlags> = async (run, { name = 'default' }) => {
  const directory = snapshotDirectory(run, name);
  if (!existsSync(directory)) throw missingSnapshot(run, name);
  const server = await serverOrFiles(run);
  if (server) await putIntoOpenLedger(directory, run.settings.home.embedded, (file) => loadInto(server, file));
  else copyLedger(directory, run.settings.home.embedded);
  return { data: { name, directory }, short: name, lines: () => [`the embedded ledger is at snapshot ${name} again`] };
};

/** `atoma chain reset` */
export const reset: Handler<typeof specs.resetFlags> = async (run, { yes }) => {
  await requireOurs(run);
  const directory = run.settings.home.embedded;
  const sure = await ask(
    { ...run, common: { ...run.common, yes } },
    'Throw away the embedded ledger with all its tasks, nodes and coins?',
  );
  if (!sure) throw cliError('NOT_CONFIRMED');
  const server = await serverOrFiles(run);
  if (server) await resetServed(server);
  else removeLedger(directory);
  const done = server
    ? `the ledger served at ${server.url} is as it was when it was made`
    : 'the embedded ledger is gone; the next command makes a new one';
  return { data: { directory }, short: directory, lines: () => [done] };
};

/** Sets a served ledger back to where its making ended; one that was made before that was noted must be stopped first. */
const resetServed = async (server: Server): Promise<void> => {
  const embedded = { url: server.url, network: { name: 'embedded' } };
  const { start } = await servedState(embedded);
  if (!start) throw cliError('LEDGER_SERVED', { pid: server.pid, url: server.url });
  await orderServer(server, 'reset', {});
};

/** Archives a copy the serving process makes. */
const archiveServed = async (server: Server, from: string, target: string): Promise<number> => {
  const copy = mkdtempSync(join(tmpdir(), 'atoma-export-'));
  try {
    await copyOpenLedger(from, copy, (path) => orderServer(server, 'export', { file: path }));
    return writeArchive(copy, target);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
};

/** `atoma chain export` */
export const exportLedger: Handler<typeof specs.archiveFlags> = async (run, { file }) => {
  const server = await serverOrFiles(run);
  const target = resolve(run.io.cwd, file);
  const bytes = server
    ? await archiveServed(server, requireLedger(run), target)
    : writeArchive(requireLedger(run), target);
  return {
    data: { file: target, bytes },
    short: target,
    lines: () => [`ledger written to ${target} (${Math.ceil(bytes / 1024)} kB)`],
  };
};

const replayed = async (ledger: Ledger) => {
  const { chainId } = chainState(ledger);
  return { chainId, ...(await replayLedger(ledger)) };
};

/** Replays a ledger that `fill` puts into a directory of its own. */
const replayCopy = async (fill: (directory: string) => Promise<void>) => {
  const directory = mkdtempSync(join(tmpdir(), 'atoma-replay-'));
  try {
    await fill(directory);
    const ledger = await openLedger({ directory: join(directory, 'ledger') });
    try {
      return await replayed(ledger);
    } finally {
      closeLedger(ledger);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** Replays the embedded ledger: in this process, or a copy of the served one. */
const replayEmbedded = async (run: Run) => {
  const server = await serverOrFiles(run);
  const directory = requireLedger(run);
  if (server)
    return replayCopy((copy) =>
      copyOpenLedger(directory, copy, (path) => orderServer(server, 'export', { file: path })),
    );
  return replayCopy(async (copy) => copyLedger(directory, copy));
};

/** `atoma chain replay` */
export const replay: Handler<typeof specs.replayFlags> = async (run, { file }) => {
  const source = file === undefined ? null : resolve(run.io.cwd, file);
  const done =
    source === null ? await replayEmbedded(run) : await replayCopy(async (copy) => readArchive(source, copy));
  const { chainId, checkpoints, transactions, stateDigest: digest } = done;
  return {
    data: { file: source, chain_id: chainId, checkpoints, transactions, state_digest: digest },
    short: digest,
    lines: () => [
      `${counted(checkpoints, 'checkpoint')} with ${counted(transactions, 'transaction')} executed again, each to its digest; state ${digest}`,
    ],
  };
};

/** `atoma chain import` */
export const importLedger: Handler<typeof specs.importFlags> = async (run, { file, yes }) => {
  const server = await serverOrFiles(run);
  const directory = run.settings.home.embedded;
  const sure =
    !hasEmbedded(directory) || (await ask({ ...run, common: { ...run.common, yes } }, 'Replace the embedded ledger?'));
  if (!sure) throw cliError('NOT_CONFIRMED');
  const source = resolve(run.io.cwd, file);
  if (server) await readArchiveIntoOpen(source, directory, (copy) => loadInto(server, copy));
  else readArchive(source, directory);
  return {
    data: { file: source, directory },
    short: directory,
    lines: () => [`the embedded ledger is the one of ${source}`],
  };
};
