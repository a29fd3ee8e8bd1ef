/**
 * The first transactions of a market in one process: tasks, registered nodes, money for the buyer. They are the SDK's writes, several
 * in one transaction; nothing is simulated on the way, and objects are read from the ledger in this process.
 */
import type { Ledger } from '@atoma/localnet';
import {
  type Atoma,
  type AtomaEvent,
  BASE_UNITS,
  createTask,
  executeTransaction,
  faucet,
  registerNode,
  requireSender,
  setNodeKeyCommitment,
  subscribeNodeToTask,
  topUpCollateral,
} from '@atoma/sdk';
import type { Transaction } from '@mysten/sui/transactions';
import { ledgerTransaction } from '../chain/ledger-transaction.ts';
import type { UpPlan } from './plan.ts';
import { upError } from './up-errors.ts';

/** The parties of a new market. */
export interface UpParties {
  /** The ledger they meet on, in this process. */
  readonly ledger: Ledger;
  readonly publisher: Atoma;
  readonly buyer: Atoma;
  readonly nodes: readonly { readonly atoma: Atoma; readonly port: number }[];
}

/** MIST. */
const BUDGET = 1_000_000_000n;
const TOMA_EACH = 1_000n * BASE_UNITS;
const STAKE_ABOVE = 490n * BASE_UNITS;
const MOST_UNITS = 10_000_000n;
const FIRST_TASK = 1n;

/** Someone who signs, with the coin that pays its gas. */
interface Party {
  readonly ledger: Ledger;
  readonly atoma: Atoma;
  readonly gasId: string;
}

const partyOf = async (ledger: Ledger, atoma: Atoma): Promise<Party> => {
  const { objects } = await atoma.client.listCoins({ owner: requireSender(atoma), limit: 1 });
  const [gas] = objects;
  if (!gas) throw upError('SETUP', { what: 'paying gas', why: 'the wallet was not funded' });
  return { ledger, atoma, gasId: gas.objectId };
};

/** Runs one transaction and gives its events. */
const run = async (
  { ledger, atoma, gasId }: Party,
  fill: (tx: Transaction) => Promise<void>,
): Promise<readonly AtomaEvent[]> => {
  const tx = ledgerTransaction(ledger, gasId);
  await fill(tx);
  const outcome = await executeTransaction(atoma, tx, { gasBudget: BUDGET });
  if (outcome.kind === 'failed') throw upError('SETUP', { what: 'a first transaction', why: outcome.failure.sentence });
  return outcome.events;
};

const takeMoney = (party: Party): Promise<unknown> =>
  run(party, (tx) => faucet.add(party.atoma, tx, { amount: TOMA_EACH }));

const createTasks = (party: Party, { models, level }: UpPlan): Promise<unknown> =>
  run(party, async (tx) => {
    for (const { name, role } of models)
      await createTask.add(party.atoma, tx, {
        role,
        securityLevel: level,
        modelName: name,
      });
  });

const addNode = async (plan: UpPlan, party: Party, port: number): Promise<void> => {
  const { atoma } = party;
  await takeMoney(party);
  const url = `http://127.0.0.1:${port}`;
  const registered = await run(party, (tx) => registerNode.add(atoma, tx, { url }));
  const nodeBadgeId = registered.find((event) => event.kind === 'NodeRegisteredEvent')?.data.nodeBadgeId;
  if (nodeBadgeId === undefined) throw upError('SETUP', { what: 'registering a node', why: 'it told no badge' });
  await run(party, async (tx) => {
    await topUpCollateral.add(atoma, tx, { nodeBadgeId, amount: STAKE_ABOVE });
    const hash = new Uint8Array(32).fill(port % 256);
    if (plan.level === 2) await setNodeKeyCommitment.add(atoma, tx, { nodeBadgeId, keyHash: hash, evidenceHash: hash });
    for (const [i] of plan.models.entries())
      await subscribeNodeToTask.add(atoma, tx, {
        nodeBadgeId,
        taskSmallId: FIRST_TASK + BigInt(i),
        pricePerComputeUnit: plan.price,
        maxNumComputeUnits: MOST_UNITS,
      });
  });
};

/** Makes the tasks, registers and subscribes the nodes and gives the buyer money. */
export const setUpMarket = async (plan: UpPlan, { ledger, publisher, buyer, nodes }: UpParties): Promise<void> => {
  await createTasks(await partyOf(ledger, publisher), plan);
  for (const { atoma, port } of nodes) await addNode(plan, await partyOf(ledger, atoma), port);
  await takeMoney(await partyOf(ledger, buyer));
};
