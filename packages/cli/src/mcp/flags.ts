import { spendingFlags, termsFlags } from '../buyer/flags.ts';
import { amount, integer, optional, withDefault } from '../kernel/flags.ts';

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
