import { join } from 'node:path';
import { type Buyer, type BuyerEvent, type BuyerPolicy, type Caps, createBuyer, openJournal } from '@atoma/sdk';
import { type Chain, openChain } from '../chain/chain.ts';
import { given } from '../chain/given.ts';
import { openSession, type Session } from '../chain/session.ts';
import type { Network } from '../config/networks.ts';
import type { Settings } from '../config/settings.ts';
import type { Run } from '../kernel/command.ts';

/** Flags of every command that spends: how far it may go. */
export interface SpendingValues {
  readonly maxPrice: bigint | undefined;
  readonly stackUnits: bigint | undefined;
  readonly capRequest: bigint | undefined;
  readonly capStack: bigint | undefined;
  readonly capDay: bigint | undefined;
  readonly capTotal: bigint | undefined;
}

const safe = (name: string): string => name.replace(/[^A-Za-z0-9_.-]/g, '_');

/** The journal of a wallet on a network. */
export const journalFile = (settings: Settings, network: Network, address: string): string =>
  join(settings.home.directory, 'buyer', safe(network.name), `${address}.sqlite`);

/** Caps from flags; --max-cost caps what one command may pay for stacks. */
export const capsOf = (run: Run, flags: Partial<SpendingValues>): Partial<Caps> =>
  given({
    request: flags.capRequest,
    stack: flags.capStack ?? run.common.maxCost,
    day: flags.capDay,
    total: flags.capTotal,
  });

/** Nodes on one's own machine are what a rehearsal is made of; elsewhere only public addresses are used. */
export const policyOf = (network: Network, flags: Partial<SpendingValues>): Partial<BuyerPolicy> => ({
  allowPrivateNodes: network.kind !== 'public',
  ...given({ maxPrice: flags.maxPrice, stackUnits: flags.stackUnits }),
});

/** A buyer with the session it works in. */
export interface BuyerSession extends Session {
  readonly buyer: Buyer;
}

/** Opens the wallet's buyer, on a chain opened by `open`; it is closed when the command ends. */
export const openBuyer = async (
  run: Run,
  flags: Partial<SpendingValues> = {},
  onEvent?: (event: BuyerEvent) => void,
  open: (run: Run) => Promise<Chain> = openChain,
): Promise<BuyerSession> => {
  const session = await openSession(run, 'wallet', open);
  const { chain, atoma } = session;
  const journal = await openJournal({ path: journalFile(run.settings, chain.network, String(atoma.sender)) });
  const buyer = createBuyer({
    atoma,
    journal,
    caps: capsOf(run, flags),
    policy: policyOf(chain.network, flags),
    ...(onEvent ? { onEvent } : {}),
  });
  run.onEnd(() => buyer.close());
  return { ...session, buyer };
};
