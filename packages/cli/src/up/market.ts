/** Ledger, contract, wallets and registered nodes of a market in one process. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { closeLedger, embeddedTransport, fundAddress, type Ledger, openLedger } from '@atoma/localnet';
import {
  type Atoma,
  createAtoma,
  createClient,
  createTask,
  type Deployment,
  executedResult,
  faucet,
  listTasks,
  publishAtoma,
  registerNode,
  setNodeKeyCommitment,
  signerFromSecret,
  subscribeNodeToTask,
  topUpCollateral,
  type WriteOutcome,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { readKept, secretOf, type UpPlan, writeKept } from './plan.ts';
import { freePorts } from './ports.ts';

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
  readonly close: () => void;
}

const TOMA = 1_000_000_000n;
const SUI_EACH = 1_000n * 1_000_000_000n;
const TOMA_EACH = 1_000n * TOMA;
const STAKE_ABOVE = 490n * TOMA;
const MOST_UNITS = 10_000_000n;

const done = async <Result>(outcome: Promise<WriteOutcome<Result>>): Promise<Result> => executedResult(await outcome);

const open = async ({ directory, seed, epochMs }: UpPlan): Promise<Ledger> => {
  if (directory === null) return openLedger({ seed, epochDurationMs: epochMs });
  const data = join(directory, 'ledger');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  return openLedger({ directory: data, seed, epochDurationMs: epochMs });
};

/** Registers, funds and subscribes one node. */
const addNode = async (plan: UpPlan, { atoma, port }: UpNode, tasks: readonly bigint[]): Promise<void> => {
  await done(faucet(atoma, { amount: TOMA_EACH }));
  const { nodeSmallId } = await done(registerNode(atoma, { url: `http://127.0.0.1:${port}` }));
  await done(topUpCollateral(atoma, { nodeSmallId, amount: STAKE_ABOVE }));
  if (plan.level === 2) {
    const hash = new Uint8Array(32).fill(Number(nodeSmallId));
    await done(setNodeKeyCommitment(atoma, { nodeSmallId, keyHash: hash, evidenceHash: hash }));
  }
  for (const taskSmallId of tasks)
    await done(
      subscribeNodeToTask(atoma, {
        nodeSmallId,
        taskSmallId,
        pricePerComputeUnit: plan.price,
        maxNumComputeUnits: MOST_UNITS,
      }),
    );
};

const build = async (plan: UpPlan, publisher: Atoma, buyer: Atoma, nodes: readonly UpNode[]): Promise<void> => {
  const tasks: bigint[] = [];
  for (const { name, role } of plan.models)
    tasks.push((await done(createTask(publisher, { role, modelName: name, securityLevel: plan.level }))).taskSmallId);
  for (const node of nodes) await addNode(plan, node, tasks);
  await done(faucet(buyer, { amount: TOMA_EACH }));
};

/** Opens the market, after making it when it is not there. */
export const openUpMarket = async (plan: UpPlan): Promise<UpMarket> => {
  const kept = plan.directory === null ? undefined : readKept(plan.directory);
  const ledger = await open(plan);
  const client = createClient({ network: 'embedded', transport: embeddedTransport(ledger) });
  const wallet = async (party: string): Promise<Signer> => {
    const signer = await signerFromSecret(secretOf(plan.seed, party));
    if (!kept) fundAddress(ledger, signer.toSuiAddress().slice(2), SUI_EACH);
    return signer;
  };
  const signer = await wallet('publisher');
  const deployment =
    kept?.deployment ?? (await publishAtoma({ client, signer, network: 'embedded', enableFaucet: true })).deployment;
  const as = (who: Signer): Atoma => createAtoma({ client, deployment, signer: who });
  const ports = await freePorts(plan.nodes);
  const nodes: UpNode[] = [];
  for (const [i, port] of ports.entries()) nodes.push({ atoma: as(await wallet(`node ${i + 1}`)), port });
  const [publisher, buyer] = [as(signer), as(await wallet('buyer'))];
  if (!kept || (await listTasks(buyer)).length === 0) {
    await build(plan, publisher, buyer, nodes);
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
    close: () => closeLedger(ledger),
  };
};
