import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { upFields } from './facts.ts';
import { upFlags } from './flags.ts';

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
    output: s.shape('up', upFields),
    next: 'money --network up',
    load: async () => (await import('./handler.ts')).up,
  }),
};
