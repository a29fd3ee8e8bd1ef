import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { upFlags } from './flags.ts';

const fields = {
  pid: s.integer('Process it runs in.'),
  base_url: s.text('OpenAI base URL.'),
  key: s.text('API key.'),
  admin_url: s.text('Administrator’s surface of the gateway; its token is in the home directory, `up-admin.token`.'),
  models: s.list(s.text('Model.'), 'Models on offer.'),
  nodes: s.list(
    s.record({
      node_small_id: s.integer('Node.'),
      url: s.text('Its address.'),
      address: s.objectId('Its wallet.'),
    }),
    'Nodes that serve.',
  ),
  level: s.integer('Security level.'),
  label: s.orNull(s.text('What must be said beside level 2: it is a rehearsal.')),
  rehearsal_root: s.orNull(s.text('Public key of the rehearsal’s development root, hex.')),
  price: s.amount('Base units of TOMA for one compute unit.'),
  epoch_ms: s.integer('Length of an epoch, ms.'),
  pages_url: s.text('Explorer and playground for a browser; empty where the pages were not built.'),
  ledger_url: s.text('RPC of the ledger; `--network up` reaches it.'),
  faucet_url: s.text('SUI faucet.'),
  buyer: s.objectId('Wallet that pays.'),
  package_id: s.objectId('The market’s package.'),
  directory: s.orNull(s.text('Where it is kept; null in memory.')),
  resumed: s.bool('Whether it continues an earlier run.'),
  contract_older: s.bool(
    'Whether its contract is of an earlier version: stacks are settled and paid, none can be bought.',
  ),
  ready_ms: s.integer('From the start of Node until everything answered, ms.'),
  curl: s.text('A line that returns a paid answer.'),
};

/** A whole market with one command. */
export const upCommands = {
  up: command({
    brief: 'A whole market in one process: ledger, contract, nodes, faucet and an OpenAI endpoint that pays them.',
    examples: [
      'up',
      'up --nodes 7 --level 1 --epoch-ms 5000',
      'up --engine http://127.0.0.1:11434',
      'up --model models/atoma-small-f16.gguf',
      'up --detach --persist',
      'up --cheat --epoch-ms 5000',
    ],
    notes:
      'Needs no set-up and no network. Stopping does not settle open stacks. Without --persist everything is lost; with it, the next start resumes. Other commands reach it with --network up and its wallets up-buyer, up-node-1, ...',
    access: 'local',
    flags: upFlags,
    output: s.shape('up', fields),
    next: 'money --network up',
    load: async () => (await import('./handler.ts')).up,
  }),
};
