import { integer, optional, text, toggle, withDefault } from '../kernel/flags.ts';

/** Flags of `chain start`. */
export const startFlags = {
  port: withDefault(integer('port of the RPC; 0 takes a free one', 'PORT', 0, 65535, 'as a port'), 9000),
  faucetPort: withDefault(integer('port of the SUI faucet; 0 takes a free one', 'PORT', 0, 65535, 'as a port'), 9123),
  host: withDefault(text('address to listen on', 'HOST'), '127.0.0.1'),
  framework: optional(
    text(
      'create the ledger with the packages of these files, one package each: snapshots or compiled packages of Sui',
      'DIR',
      'file',
    ),
  ),
  seed: optional(text('make the ledger repeatable: the same seed and transactions give the same state', 'TEXT')),
  epochMs: optional(
    integer('create the ledger with epochs of this length, which end on time', 'MS', 10, 10 ** 12, 'ms'),
  ),
};
/** Flags of `chain status`. */
export const statusFlags = { digest: toggle('hash the whole state; takes time on a large ledger') };
/** Flags of `chain advance`. */
export const advanceFlags = {
  epochs: withDefault(integer('epochs to end', 'N', 0, 100_000, 'epochs'), 1),
  seconds: optional(integer('move the clock ahead by this much instead of ending epochs', 'N', 1, 10 ** 9, 'seconds')),
};
/** Flags of `chain snapshot` and `chain restore`. */
export const snapshotFlags = { name: withDefault(text('name of the snapshot', 'NAME'), 'default') };
/** Flags of `chain reset`. */
export const resetFlags = { yes: toggle('do not ask') };
/** Flags of `chain export` and `chain import`. */
export const archiveFlags = { file: text('file to write or read', 'FILE', 'file') };
/** Flags of `chain import`. */
export const importFlags = { ...archiveFlags, yes: toggle('do not ask before replacing the ledger there is') };

/** Flags of `chain replay`. */
export const replayFlags = {
  file: optional(text('export to replay; without it the embedded ledger', 'FILE', 'file')),
};
