import { command, group } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import {
  advanceFlags,
  archiveFlags,
  importFlags,
  replayFlags,
  resetFlags,
  snapshotFlags,
  startFlags,
  statusFlags,
} from './flags.ts';

const handlers = () => import('./handler.ts');
const state = {
  chain_id: s.text('Digest of the genesis checkpoint, base58.'),
  epoch: s.integer('Epoch now.'),
  epoch_started_ms: s.integer('Start of the epoch, ms since 1970.'),
  checkpoint: s.integer('Latest checkpoint.'),
  time_ms: s.integer('Time on the chain, ms since 1970.'),
};
const snapshot = { name: s.text('Snapshot.'), directory: s.text('Where it lies.') };

/** `atoma chain` */
export const chainGroup = group('The embedded ledger: its state, its time, copies of it.', {
  start: command({
    brief: 'Serve the embedded ledger over HTTP, for other programs (Sui’s tools and SDKs included).',
    examples: [
      'chain start',
      'chain start --port 9100 --faucet-port 9223',
      'chain start --seed demo --epoch-ms 60000',
      'chain start --framework ./framework-snapshot',
    ],
    notes:
      'Runs until interrupted. Commands on `embedded` and on `localnet` reach the served ledger meanwhile. --framework, --seed and --epoch-ms apply when the ledger is created. With --seed the clock is logical: 1 ms a checkpoint, and what `chain advance` adds.',
    access: 'local',
    flags: startFlags,
    output: s.shape('chain.start', {
      url: s.text('RPC of the ledger.'),
      faucet: s.orNull(s.text('SUI faucet.')),
      package_id: s.objectId('The market’s package.'),
      db_id: s.objectId('Its database.'),
    }),
    load: async () => (await import('./start.handler.ts')).start,
  }),
  status: command({
    brief: 'Epoch, time, size and contract of the ledger.',
    examples: ['chain status', 'chain status --json', 'chain status --digest'],
    access: 'read',
    flags: statusFlags,
    output: s.shape('chain.status', {
      ...state,
      url: s.text('Where it is reached, or "in process".'),
      directory: s.orNull(s.text('Data directory; null on a ledger elsewhere.')),
      bytes: s.orNull(s.integer('Size on disk.')),
      package_id: s.orNull(s.objectId('The market’s package.')),
      snapshots: s.list(s.text('Name.'), 'Snapshots kept.'),
      state_digest: s.orNull(s.text('Hash of all live objects and the clock, hex; null unless asked for.')),
    }),
    load: async () => (await handlers()).status,
  }),
  advance: command({
    brief: 'End epochs at once, to get past windows and deadlines.',
    examples: ['chain advance --epochs 2', 'chain advance --seconds 3600'],
    next: 'db claim-funds --settled-ticket-ids 1',
    access: 'read',
    flags: advanceFlags,
    output: s.shape('chain.advance', state),
    load: async () => (await handlers()).advance,
  }),
  snapshot: command({
    brief: 'Save a copy of the ledger under a name.',
    examples: ['chain snapshot', 'chain snapshot before-dispute'],
    next: 'chain restore before-dispute',
    access: 'read',
    flags: snapshotFlags,
    positional: ['name'],
    output: s.shape('chain.snapshot', { ...snapshot, bytes: s.integer('Size on disk.') }),
    load: async () => (await handlers()).snapshot,
  }),
  restore: command({
    brief: 'Go back to a snapshot; the snapshot is kept.',
    examples: ['chain restore', 'chain restore before-dispute'],
    access: 'read',
    flags: snapshotFlags,
    positional: ['name'],
    output: s.shape('chain.restore', snapshot),
    load: async () => (await handlers()).restore,
  }),
  reset: command({
    brief: 'Delete the embedded ledger; the next command creates a new one. Wallets and snapshots are kept.',
    notes:
      'A ledger that another process serves keeps running, set back to its beginning: same chain, same market, no history.',
    examples: ['chain reset --yes'],
    access: 'read',
    flags: resetFlags,
    output: s.shape('chain.reset', { directory: s.text('Where the ledger lies, or lay.') }),
    load: async () => (await handlers()).reset,
  }),
  export: command({
    brief: 'Write the whole ledger into one file.',
    examples: ['chain export ledger.atoma'],
    access: 'read',
    flags: archiveFlags,
    positional: ['file'],
    output: s.shape('chain.export', { file: s.text('File written.'), bytes: s.integer('Its size.') }),
    load: async () => (await handlers()).exportLedger,
  }),
  replay: command({
    brief: 'Execute the whole history again from genesis and compare every checkpoint; changes nothing.',
    examples: ['chain replay', 'chain replay ledger.atoma'],
    notes:
      'Shows that an export attached to a report is genuine, and that this version of the program executes it the same way. Works on a temporary copy.',
    access: 'read',
    flags: replayFlags,
    positional: ['file'],
    output: s.shape('chain.replay', {
      file: s.orNull(s.text('Export replayed; null for the embedded ledger.')),
      chain_id: s.text('Digest of the genesis checkpoint, base58.'),
      checkpoints: s.integer('Checkpoints made again, all with their digests.'),
      transactions: s.integer('Transactions executed again, the ledger’s own included.'),
      state_digest: s.text('Hash of the state it ended in, hex.'),
    }),
    load: async () => (await handlers()).replay,
  }),
  import: command({
    brief: 'Replace the embedded ledger by an exported one, also while another process serves it.',
    examples: ['chain import ledger.atoma --yes'],
    access: 'read',
    flags: importFlags,
    positional: ['file'],
    output: s.shape('chain.import', { file: s.text('File read.'), directory: s.text('Where the ledger lies.') }),
    load: async () => (await handlers()).importLedger,
  }),
});
