/** Opens every part of a market in one process, in the order that is ready soonest. */
import { serveLedger } from '@atoma/localnet';
import { type Daemon, findingsAmong } from '@atoma/node';
import type { BuyerEvent } from '@atoma/sdk';
import { given } from '../chain/given.ts';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { type Fleet, type FleetOptions, startFleet, stopFleet } from './fleet.ts';
import { openUpMarket, type UpMarket } from './market.ts';
import type { UpPlan } from './plan.ts';

/** The parts. */
export interface UpParts {
  readonly market: UpMarket;
  readonly daemons: readonly Daemon[];
  /** Surfaces of their operators, in the same order; empty without a token. */
  readonly operators: Fleet['operators'];
  readonly endpoint: Endpoint;
  /** The ledger's RPC and SUI's faucet. */
  readonly server: Awaited<ReturnType<typeof serveLedger>>;
  /** Ends them, the last opened first. */
  readonly close: () => Promise<void>;
}

/** What opening may be told and asked. */
export interface OpenParts extends FleetOptions {
  readonly plan: UpPlan;
  /** Port of the buyer's endpoint; 0: any free one. */
  readonly port: number;
  readonly onEvent: (event: BuyerEvent) => void;
  /** See {@link openEndpoint}. */
  readonly watchMs?: number;
  /** See {@link openEndpoint}. */
  readonly program?: string;
  /** See {@link openEndpoint}. */
  readonly journalPath?: (market: UpMarket) => string;
}

/** Opens them; everything opened is closed again when a part fails. */
export const openParts = async (options: OpenParts): Promise<UpParts> => {
  const closers: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  const closing = async <Part>(part: Promise<Part>, end: (opened: Part) => Promise<void>): Promise<Part> => {
    const opened = await part;
    closers.push(() => end(opened));
    return opened;
  };
  try {
    const market = await openUpMarket(options.plan);
    closers.push(market.close);
    const fleet = startFleet(market, options);
    if (market.resumed) await fleet; // its nodes have new addresses now; a buyer must not learn the old ones
    const findings = async (stack: bigint) => findingsAmong((await fleet).daemons, stack);
    const opening = [
      closing(fleet, stopFleet),
      closing(openEndpoint(market, { ...options, findings }), (one) => one.close()),
      closing(
        serveLedger(market.ledger, { port: 0, faucetPort: 0, ...given({ pages: options.pages?.at('market') }) }),
        (one) => one.close(),
      ),
    ] as const;
    await Promise.allSettled(opening); // what did open is closed again when a part fails
    const [{ daemons, operators }, endpoint, server] = await Promise.all(opening);
    return { market, daemons, operators, endpoint, server, close };
  } catch (error) {
    await close();
    throw error;
  }
};
