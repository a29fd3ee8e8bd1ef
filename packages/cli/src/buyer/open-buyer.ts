import { setTimeout as pause } from 'node:timers/promises';
import { isAtomaError } from '@atoma/base';
import {
  type Buyer,
  type BuyerEvent,
  type BuyerPolicy,
  type Caps,
  createBuyer,
  type NodePolicy,
  openJournal,
  type Terms,
} from '@atoma/sdk';
import { type Chain, openChain } from '../chain/chain.ts';
import { given } from '../chain/given.ts';
import { openSession, type Session } from '../chain/session.ts';
import type { Network } from '../config/networks.ts';
import type { Run } from '../kernel/command.ts';
import { confidentialPolicy } from './confidential.ts';
import { walletJournal } from './market-files.ts';

/** Flags that say whose offers may be taken. */
export interface TermsValues {
  readonly level: '0' | '1' | '2' | undefined;
  readonly task: readonly bigint[] | undefined;
  readonly nodePolicy: NodePolicy | undefined;
  readonly price: bigint | undefined;
}

/** Flags of every command that spends: how far it may go. */
export interface SpendingValues extends TermsValues {
  readonly maxPrice: bigint | undefined;
  readonly stackUnits: bigint | undefined;
  readonly capRequest: bigint | undefined;
  readonly capStack: bigint | undefined;
  readonly capDay: bigint | undefined;
  readonly capTotal: bigint | undefined;
  /** Policy file for evidence at level 2. */
  readonly evidence: string | undefined;
  readonly forget: boolean;
}

/** How long a command waits for another program that uses the same wallet, ms. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 100;

/** Runs `open` again while another program uses the wallet, for a few seconds, and says so once. */
export const whenFree = async <Opened>(run: Run, open: () => Promise<Opened>): Promise<Opened> => {
  for (const deadline = Date.now() + PATIENCE_MS, said = { once: false }; ; await pause(LOOK_MS)) {
    try {
      return await open();
    } catch (error) {
      if (!isAtomaError(error, 'BUYER_JOURNAL_IN_USE') || Date.now() > deadline) throw error;
      if (!said.once) run.note(`waiting for ${error.details.holder} to finish with this wallet ...`);
      said.once = true;
    }
  }
};

/** Who holds a wallet, for the program that waits for it. */
export const holderOf = (command: string): string => `\`${command}\` (process ${process.pid})`;

/** Caps from flags; --max-cost caps what one command may pay for stacks. */
export const capsOf = (run: Run, flags: Partial<SpendingValues>): Partial<Caps> =>
  given({
    request: flags.capRequest,
    stack: flags.capStack ?? run.common.maxCost,
    day: flags.capDay,
    total: flags.capTotal,
  });

/** Terms from flags. */
export const termsOf = (flags: Partial<TermsValues>): Partial<Terms> =>
  given({
    levels: flags.level === undefined ? undefined : [Number(flags.level)],
    tasks: flags.task,
    nodePolicy: flags.nodePolicy,
    price: flags.price,
  });

/** Nodes on one's own machine are what a rehearsal is made of; elsewhere only public addresses are used. */
export const policyOf = (network: Network, flags: Partial<SpendingValues>): Partial<BuyerPolicy> => ({
  allowPrivateNodes: network.kind !== 'public',
  ...termsOf(flags),
  ...given({ maxPrice: flags.maxPrice, stackUnits: flags.stackUnits }),
});

/** A buyer with the session it works in. */
export interface BuyerSession extends Session {
  readonly buyer: Buyer;
}

/** A buyer over a journal in this file, or in memory. */
const makeBuyer = async (
  run: Run,
  { chain, atoma }: Session,
  path: string,
  flags: Partial<SpendingValues>,
  onEvent: ((event: BuyerEvent) => void) | undefined,
): Promise<Buyer> => {
  const journal = await openJournal({ path, holder: holderOf(run.command) });
  try {
    const buyer = await createBuyer({
      atoma,
      journal,
      caps: capsOf(run, flags),
      policy: policyOf(chain.network, flags),
      ...(flags.level === '2'
        ? { confidential: await confidentialPolicy(run, chain.network, flags.evidence, flags.forget) }
        : {}),
      ...(onEvent ? { onEvent } : {}),
    });
    run.onEnd(() => buyer.close());
    return buyer;
  } catch (error) {
    await journal.close();
    throw error;
  }
};

const ownJournal = (run: Run, session: Session): string =>
  walletJournal(run, session.chain.network, session.atoma.deployment, String(session.atoma.sender));

/** Opens the wallet's buyer, on a chain opened by `open`; it is closed when the command ends. */
export const openBuyer = async (
  run: Run,
  flags: Partial<SpendingValues> = {},
  onEvent?: (event: BuyerEvent) => void,
  open: (run: Run) => Promise<Chain> = openChain,
): Promise<BuyerSession> => {
  const session = await openSession(run, 'wallet', open);
  const path = ownJournal(run, session);
  return { ...session, buyer: await whenFree(run, () => makeBuyer(run, session, path, flags, onEvent)) };
};

/** The same to look at offers only: also beside a process that holds the journal, then without what the journal knows. */
export const openBuyerToLook = async (run: Run, flags: Partial<SpendingValues> = {}): Promise<BuyerSession> => {
  const session = await openSession(run, 'wallet');
  try {
    return { ...session, buyer: await makeBuyer(run, session, ownJournal(run, session), flags, undefined) };
  } catch (error) {
    if (!isAtomaError(error, 'BUYER_JOURNAL_IN_USE')) throw error;
    return { ...session, buyer: await makeBuyer(run, session, ':memory:', flags, undefined) };
  }
};
