import type { Command } from './command.ts';
import type { Flags } from './flag.ts';
import { amount, optional, text, toggle } from './flags.ts';

const everywhere = {
  json: toggle('one JSON document on standard output, errors too'),
  quiet: toggle('print only the digest, or the one value asked for'),
  noColor: toggle('no colour (NO_COLOR does the same)'),
} satisfies Flags;

const onChain = {
  network: optional(text('embedded, localnet, devnet, testnet, mainnet or a name of yours', 'NAME', 'network')),
  wallet: optional(text('wallet by name, address or Sui alias', 'WALLET', 'wallet')),
} satisfies Flags;

const writing = {
  dryRun: toggle('simulate, print the cost and stop'),
  yes: toggle('do not ask before spending'),
  maxCost: optional(amount('refuse when the call takes more TOMA from the wallet than this')),
  gasBudget: optional(amount('gas budget; the chain estimates one when left out', 'SUI')),
} satisfies Flags;

/** The flags a command has besides its own. */
export const commonFlagsOf = (access: Command['access']): Flags => ({
  ...everywhere,
  ...onChain,
  ...(access === 'write' ? writing : {}),
});

/** Switches that may also stand before the command's name. */
export const leadingSwitches: ReadonlySet<string> = new Set(['--json', '--quiet', '--no-color']);
/** Flags with a value that may also stand before the command's name. */
export const leadingValues: ReadonlySet<string> = new Set(['--network', '--wallet']);
