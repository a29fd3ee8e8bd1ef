import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { uninstallFlags } from './flags.ts';

const running = s.record({
  what: s.text('What runs: a market, a ledger, a node, a gateway, a watch.'),
  pid: s.integer('Its process.'),
  address: s.orNull(s.text('Where it answers; null for a watch, which nobody asks.')),
});
const versions = {
  version: s.text('Version of the program.'),
  node: s.text('Version of the Node it runs on.'),
  platform: s.text('System and processor.'),
  program: s.text('The file that runs.'),
};

/** Commands about this installation. */
export const programCommands = {
  status: command({
    brief: 'What runs here and where, which network and wallet commands use, and the versions.',
    examples: ['status', 'status --json'],
    next: 'up',
    access: 'local',
    flags: {},
    output: s.shape('status', {
      running: s.list(running, 'Programs of ours that run on this machine and home.'),
      network_url: s.orNull(s.text('Address of the network in use; null for the ledger inside the program.')),
      wallet: s.orNull(s.record({ name: s.text('Name.'), address: s.objectId('Address.') })),
      home: s.text('Where everything is kept.'),
      ...versions,
    }),
    load: async () => (await import('./handler.ts')).status,
  }),
  version: command({
    brief: 'Version of the program and of the Node it runs on (also -v and --version).',
    examples: ['version', 'version --json'],
    access: 'local',
    flags: {},
    output: s.shape('version', versions),
    load: async () => (await import('./handler.ts')).showVersion,
  }),
  uninstall: command({
    brief: 'Remove everything the program has kept here; lists it first and asks. The command itself stays.',
    examples: ['uninstall', 'uninstall --yes'],
    notes:
      'This includes wallet files: first export the keys that hold money. `npm rm -g atoma` then removes the command.',
    access: 'local',
    flags: uninstallFlags,
    output: s.shape('uninstall', {
      home: s.text('Where it was kept.'),
      removed: s.list(
        s.record({
          name: s.text('File or directory below home.'),
          what: s.text('What it holds.'),
          bytes: s.integer('Size.'),
        }),
        'What was removed.',
      ),
      kept: s.list(s.text('Name.'), 'Files that are none of the program’s, left where they are.'),
    }),
    load: async () => (await import('./uninstall.handler.ts')).uninstall,
  }),
};
