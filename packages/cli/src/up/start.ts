/** Starts everything of a market in one process, in the order that is ready soonest. */
import { serveLedger, startAutoAdvance } from '@atoma/localnet';
import type { BuyerEvent } from '@atoma/sdk';
import type { Settings } from '../config/settings.ts';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { startFleet, stopFleet } from './fleet.ts';
import { openUpMarket } from './market.ts';
import type { UpPlan } from './plan.ts';
import { announceUp, forgetUp, type UpFacts } from './running.ts';

/** A running market. */
export interface UpRun {
  readonly facts: UpFacts;
  readonly close: () => Promise<void>;
}

/** What starting may be told and asked. */
export interface UpStart {
  readonly settings: Settings;
  readonly plan: UpPlan;
  /** Port of the buyer's endpoint; 0: any free one. */
  readonly port: number;
  readonly onEvent: (event: BuyerEvent) => void;
  readonly onFault: (what: string, error: unknown) => void;
}

const questionFor = (model: string): string =>
  JSON.stringify({ model, messages: [{ role: 'user', content: 'What does a receipt prove?' }] });

const curlLine = ({ baseUrl, key }: Endpoint, model: string): string =>
  `curl -s ${baseUrl}/chat/completions -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${questionFor(model)}'`;

/** Starts it; everything opened is closed again when a part fails. */
export const startUp = async ({ settings, plan, port, onEvent, onFault }: UpStart): Promise<UpRun> => {
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
    const market = await openUpMarket(plan);
    closers.push(market.close);
    const fleet = startFleet(market);
    if (market.resumed) await fleet; // its nodes have new addresses now; a buyer must not learn the old ones
    const opening = [
      closing(fleet, stopFleet),
      closing(openEndpoint(market, { port, onEvent }), (one) => one.close()),
      closing(serveLedger(market.ledger, { port: 0, faucetPort: 0 }), (one) => one.close()),
    ] as const;
    await Promise.allSettled(opening); // what did open is closed again when a part fails
    const [daemons, endpoint, server] = await Promise.all(opening);
    closers.push(
      startAutoAdvance(market.ledger, {
        everyMs: Math.min(1_000, plan.epochMs / 4),
        onError: (error) => onFault('ending the epoch', error),
      }),
    );
    const facts: UpFacts = {
      pid: process.pid,
      base_url: endpoint.baseUrl,
      key: endpoint.key,
      models: plan.models.map(({ name }) => name),
      nodes: daemons.map((daemon) => ({
        node_small_id: Number(daemon.settle.nodeId),
        url: daemon.url,
        address: daemon.node.identity.signer.address,
      })),
      level: plan.level,
      price: String(plan.price),
      epoch_ms: plan.epochMs,
      ledger_url: server.url,
      faucet_url: server.faucetUrl ?? server.url,
      buyer: String(market.buyer.sender),
      package_id: market.deployment.packageId,
      directory: plan.directory,
      resumed: market.resumed,
      ready_ms: Math.round(performance.now()),
      curl: curlLine(endpoint, plan.models[0]?.name ?? ''),
    };
    closers.unshift(() => forgetUp(settings, plan));
    await announceUp(settings, plan, market.deployment, facts);
    return { facts, close };
  } catch (error) {
    await close();
    throw error;
  }
};
