import { command } from '../../kernel/command.ts';
import { amount, integer, optional, withDefault } from '../../kernel/flags.ts';
import * as s from '../../kernel/schema.ts';
import { spendingFlags, termsFlags } from './buyer.ts';

const { maxPrice, stackUnits, capStack } = spendingFlags;

/** Flags of `mcp`. */
export const mcpFlags = {
  port: optional(
    integer(
      'serve over HTTP at this port of this machine instead of standard input; 0 takes a free one',
      'PORT',
      0,
      65_535,
      'as a port',
    ),
  ),
  capCall: withDefault(amount('most for one call of a tool'), 100_000_000n),
  capSession: withDefault(amount('most for the calls of one session'), 1_000_000_000n),
  capDay: withDefault(amount('most for the calls of 24 hours, and for the stacks bought in them'), 5_000_000_000n),
  ...termsFlags,
  maxPrice,
  stackUnits,
  capStack,
};

/** The server of tools for agents. */
export const mcpCommands = {
  mcp: command({
    brief: 'Serve an agent the tools ask, embed, quote, balance and receipts (Model Context Protocol), within caps.',
    examples: ['mcp', 'mcp --port 8090 --cap-call 0.01TOMA --cap-session 0.1TOMA --cap-day 1TOMA'],
    notes:
      'Speaks on standard input and output, until they end; with --port over HTTP at /mcp, until interrupted, to clients that send the token of the file it names. Caps hold before anything is signed.',
    access: 'write',
    flags: mcpFlags,
    output: s.shape('mcp', {
      url: s.text('Where agents reach it; with --port only: standard output is the agent’s otherwise.'),
      token_file: s.text('File of the token they send.'),
    }),
    load: async () => (await import('../../mcp/handler.ts')).serveMcp,
  }),
};
