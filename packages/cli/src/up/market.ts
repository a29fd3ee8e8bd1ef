/** Ledger, contract, wallets and registered nodes of a market in one process. */
import { join } from 'node:path';
import { advanceEpoch, closeLedger, embeddedTransport, fundAddress, type Ledger, openLedger } from '@atoma/localnet';
import {
  type Atoma,
  createAtoma,
  createClient,
  type Deployment,
  listTasks,
  signerFromSecret,
  verifyDeployment,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { publishEmbedded } from '../chain/publish-embedded.ts';
import { makePrivateDirectory } from '../config/home.ts';
import { leaveDirectory, takeDirectory } from './owner.ts';
import { readKept, secretOf, type UpPlan, writeKept } from './plan.ts';
import { freePorts } from './ports.ts';
import { setUpMarket } from './set-up.ts';

/** A node of the market before its daemon runs. */
export interface UpNode {
  readonly atoma: Atoma;
  readonly port: number;
}

/** The market. */
export interface UpMarket {
  readonly plan: UpPlan;
  readonly ledger: Ledger;
  readonly deployment: Deployment;
  readonly publisher: Atoma;
  readonly buyer: Atoma;
  readonly nodes: readonly UpNode[];
  /** Whether it was there before. */
  readonly resumed: boolean;
  /** Whether its contract is of another version than this program: what it has is ended, nothing new is bought. */
  readonly contractOlder: boolean;
  /** Process that worked on it before and did not end in order; null: none. */
  readonly lostPid: number | null;
  readonly close: () => void;
}

const SUI_EACH = 1_000n * 1_000_000_000n;

/** One time of genesis for all, ms since 1970, so that ids follow the seed alone; the first epoch people see begins now. */
const GENESIS_MS = Date.UTC(2025, 0, 1);

const open = async ({ directory, seed, epochMs }: UpPlan, isNew: boolean): Promise<Ledger> => {
  const data = directory === null ? undefined : join(directory, 'ledger');
  if (data !== undefined) makePrivateDirectory(data);
  const ledger = await openLedger({
    ...(data === undefined ? {} : { directory: data }),
    seed,
    epochDurationMs: epochMs,
    startTimeMs: GENESIS_MS,
  });
  if (isNew) advanceEpoch(ledger);
  return ledger;
};

/** Opens the market, after making it when it is not there. */
export const openUpMarket = async (plan: UpPlan): Promise<UpMarket> => {
  const kept = plan.directory === null ? undefined : readKept(plan.directory);
  const lostPid = plan.directory === null ? null : await takeDirectory(plan.directory);
  const ledger = await open(plan, !kept);
  const client = createClient({ network: 'embedded', transport: embeddedTransport(ledger) });
  const wallet = async (party: string): Promise<Signer> => {
    const signer = await signerFromSecret(secretOf(plan.seed, party));
    if (!kept) fundAddress(ledger, signer.toSuiAddress().slice(2), SUI_EACH);
    return signer;
  };
  const signer = await wallet('publisher');
  const deployment = kept?.deployment ?? (await publishEmbedded(client, signer));
  const as = (who: Signer): Atoma => createAtoma({ client, deployment, signer: who });
  const ports = await freePorts(plan.nodes, plan.seed);
  const nodes: UpNode[] = [];
  for (const [i, port] of ports.entries()) nodes.push({ atoma: as(await wallet(`node ${i + 1}`)), port });
  const [publisher, buyer] = [as(signer), as(await wallet('buyer'))];
  if (!kept || (await listTasks(buyer)).length === 0) {
    await setUpMarket(plan, { ledger, publisher, buyer, nodes });
    if (plan.directory !== null) writeKept(plan.directory, { plan, deployment });
  }
  return {
    plan,
    ledger,
    deployment,
    publisher,
    buyer,
    nodes,
    resumed: kept !== undefined,
    contractOlder: kept !== undefined && !(await verifyDeployment({ client, deployment })).ok,
    lostPid,
    close: () => {
      closeLedger(ledger);
      if (plan.directory !== null) leaveDirectory(plan.directory);
    },
  };
};
