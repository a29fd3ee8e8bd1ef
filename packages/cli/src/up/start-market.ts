/** Starts everything of a market in one process and tells other commands how to reach it. */
import { existsSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { toHex } from '@atoma/base';
import { startAutoAdvance } from '@atoma/localnet';
import { REHEARSAL_LABEL, rehearsalRoot } from '@atoma/node';
import type { BuyerEvent } from '@atoma/sdk';
import { journalFile } from '../buyer/market-files.ts';
import { makePrivateDirectory } from '../config/home.ts';
import type { Settings } from '../config/settings.ts';
import { programName } from '../kernel/program.ts';
import { openPages, siteFacts } from '../pages.ts';
import { checkEverySettlement, firstCheats } from './cheat.ts';
import type { Endpoint } from './endpoint.ts';
import type { UpFacts } from './facts.ts';
import type { UpMarket } from './market.ts';
import { upNetwork } from './name.ts';
import { openParts, type UpParts } from './open-parts.ts';
import { gatewayFiles, rehearsalSecretOf, type UpPlan } from './plan.ts';
import { adminTokenFile, announceUp, forgetUp } from './running-market.ts';

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
  /** Whether the node that gets the first chat cheats. */
  readonly cheat: boolean;
  readonly onEvent: (event: BuyerEvent) => void;
  readonly onFault: (what: string, error: unknown) => void;
}

const questionFor = (model: string): string =>
  JSON.stringify({ model, messages: [{ role: 'user', content: 'What does a receipt prove?' }] });

const curlLine = ({ baseUrl, key }: Endpoint, model: string): string =>
  `curl -s ${baseUrl}/chat/completions -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${questionFor(model)}'`;

const factsOf = ({ market, daemons, endpoint, server }: UpParts, pages: boolean): UpFacts => {
  const { plan } = market;
  return {
    pid: process.pid,
    base_url: endpoint.baseUrl,
    key: endpoint.key,
    admin_url: endpoint.adminUrl ?? '',
    models: plan.models.map(({ name }) => name),
    nodes: daemons.map((daemon) => ({
      node_small_id: Number(daemon.settle.nodeId),
      url: daemon.url,
      address: daemon.node.identity.signer.address,
    })),
    level: plan.level,
    label: plan.level === 2 ? REHEARSAL_LABEL : null,
    rehearsal_root: plan.level === 2 ? toHex(rehearsalRoot(rehearsalSecretOf(plan))) : null,
    price: String(plan.price),
    epoch_ms: plan.epochMs,
    pages_url: pages ? new URL('/', endpoint.baseUrl).href : '',
    ledger_url: server.url,
    faucet_url: server.faucetUrl ?? server.url,
    buyer: String(market.buyer.sender),
    package_id: market.deployment.packageId,
    directory: plan.directory,
    resumed: market.resumed,
    contract_older: market.contractOlder,
    ready_ms: Math.round(performance.now()),
    curl: curlLine(endpoint, plan.models[0]?.name ?? ''),
  };
};

/** The journal of the market's own buyer, where every other command of this wallet finds it too. */
const buyerJournal = (settings: Settings, { plan, deployment, buyer }: UpMarket): string => {
  const path = journalFile(settings, deployment, String(buyer.sender));
  const old = plan.directory === null ? undefined : gatewayFiles(plan.directory).oldJournal;
  if (old !== undefined && existsSync(old) && !existsSync(path)) {
    makePrivateDirectory(dirname(path));
    for (const end of ['', '-wal', '-shm', '-intents']) if (existsSync(old + end)) renameSync(old + end, path + end);
  }
  return path;
};

/** The journal of a market that was in memory goes with it; what other wallets bought there stays provable. */
const forgetJournal = (settings: Settings, { plan, deployment, buyer }: UpMarket): void => {
  if (plan.directory !== null) return;
  const path = journalFile(settings, deployment, String(buyer.sender));
  for (const end of ['', '-wal', '-shm', '-intents', '-mark', '.lock', '.lock-journal'])
    rmSync(path + end, { force: true });
  rmdirIfEmpty(dirname(path));
};

const rmdirIfEmpty = (directory: string): void => {
  try {
    rmdirSync(directory);
  } catch {
    // It holds files of others, or is gone already.
  }
};

/** Starts it; everything opened is closed again when a part fails. */
export const startUp = async ({ settings, plan, port, cheat, onEvent, onFault }: UpStart): Promise<UpRun> => {
  const pages = openPages();
  const parts = await openParts({
    ...(pages ? { pages } : {}),
    ...(cheat ? { wrap: firstCheats() } : {}),
    plan,
    port,
    onEvent,
    tokenPath: adminTokenFile(settings),
    program: programName(settings.env),
    journalPath: (market) => buyerJournal(settings, market),
  });
  const stopEpochs = startAutoAdvance(parts.market.ledger, {
    everyMs: Math.min(1_000, plan.epochMs / 4),
    onError: (error) => onFault('ending the epoch', error),
  });
  const close = async (): Promise<void> => {
    stopEpochs();
    await parts.close();
    forgetJournal(settings, parts.market);
    forgetUp(settings, plan);
  };
  try {
    if (cheat) await checkEverySettlement(parts.market.publisher);
    const facts = factsOf(parts, pages !== undefined);
    pages?.tell(
      siteFacts({
        network: upNetwork,
        deployment: parts.market.deployment,
        ledger: facts.ledger_url,
        ours: true,
        gateway: facts.base_url,
        admin: facts.admin_url,
        models: facts.models,
        nodes: facts.nodes.map(({ node_small_id, url }, i) => ({
          node: String(node_small_id),
          url,
          operator: `http://127.0.0.1:${parts.operators[i]?.port}`,
        })),
      }),
    );
    await announceUp(settings, plan, parts.market.deployment, facts);
    return { facts, close };
  } catch (error) {
    await close();
    throw error;
  }
};
