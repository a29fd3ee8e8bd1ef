import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { backupFlags, restoreFlags } from './flags.ts';

const handlers = () => import('./handler.ts');

const facts = {
  backup: s.text('Folder of the backup.'),
  made_at: s.text('When it was made.'),
  files: s.integer('Files in it.'),
  bytes: s.integer('Their size.'),
};

/** Copies of everything the program keeps. */
export const backupCommands = {
  backup: command({
    brief: 'Copy everything the program keeps (wallets, books, journals, ledgers) while it runs.',
    examples: ['backup /srv/backup/atoma-monday'],
    notes:
      'Copies each database as of one moment, with the logs beside it, and verifies the copy. The copy contains private keys.',
    access: 'local',
    flags: backupFlags,
    positional: ['directory'],
    output: s.shape('backup', facts),
    load: async () => (await handlers()).backup,
  }),
  restore: command({
    brief: 'Check a backup and put it back. Stop everything that uses the home first.',
    examples: ['restore /srv/backup/atoma-monday --check', 'restore /srv/backup/atoma-monday --replace'],
    notes:
      'A copy lacks the receipts issued since. A node holds back its open stacks until their owners send theirs (the buyer runs `atoma receipts restore STACK`). A buyer’s journal asks the nodes for what it lacks.',
    access: 'local',
    flags: restoreFlags,
    positional: ['directory'],
    output: s.shape('restore', {
      ...facts,
      home: s.orNull(s.text('Where everything lies now; null after --check.')),
      before: s.orNull(s.text('Where what was there before lies now; null when nothing was.')),
    }),
    load: async () => (await handlers()).restore,
  }),
};
