import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { mcpFlags } from './flags.ts';

/** The server of tools for agents. */
export const mcpCommands = {
  mcp: command({
    brief: 'Serve an agent the tools ask, embed, quote, balance and receipts (Model Context Protocol), within caps.',
    examples: ['mcp', 'mcp --port 8090 --cap-call 0.01TOMA --cap-session 0.1TOMA --cap-day 1TOMA'],
    notes:
      'Speaks over standard input and output until they close. With --port it serves HTTP at /mcp until interrupted; clients send the token in the file it names. Caps are enforced before signing.',
    access: 'write',
    flags: mcpFlags,
    output: s.shape('mcp', {
      url: s.text('Where agents reach it; with --port only: standard output is the agent’s otherwise.'),
      token_file: s.text('File of the token they send.'),
    }),
    load: async () => (await import('./handler.ts')).serveMcp,
  }),
};
