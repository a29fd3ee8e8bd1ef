/**
 * The first transactions of a market in one process: tasks, registered nodes, money for the buyer. They are the SDK's writes, several
 * in one transaction; nothing is simulated on the way, and objects are read from the ledger in this process. Five nodes take 170 ms of processor time.
 */
import { chainState, type Ledger } from '@atoma/localnet';
import {
  type Atoma,
  BASE_UNITS,
  createTask,
  faucet,
  registerNode,
  requireSender,
  requireSigner,
  setNodeKeyCommitment,
  subscribeNodeToTask,
  topUpCollateral,
} from '@atoma/sdk';
import { Transaction } from '@mysten/sui/transactions';
import { type ObjectRef, resolveObjects } from '../chain/ledger-objects.ts';
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

type Written = ObjectRef & { readonly type: string };

/** MIST. */
const BUDGET = 1_000_000_000n;
const TOMA_EACH = 1_000n * BASE_UNITS;
const STAKE_ABOVE = 490n * BASE_UNITS;
const MOST_UNITS = 10_000_000n;
const FIRST_TASK = 1n;

/** What every transaction is made with. */
interface Place {
  readonly ledger: Ledger;
  /** MIST a unit. */
  readonly gasPrice: bigint;
}

/** Someone who signs, with the coin that pays its gas. */
interface Party {
  readonly atoma: Atoma;
  gas: ObjectRef;
}

const partyOf = async (atoma: Atoma): Promise<Party> => {
  const { objects } = await atoma.client.listCoins({ owner: requireSender(atoma), limit: 1 });
  const [gas] = objects;
  if (!gas) throw upError('SETUP', { what: 'paying gas', why: 'the wallet was not funded' });
  return { atoma, gas };
};

/** Runs one transaction. */
const run = async (
  party: Party,
  { ledger, gasPrice }: Place,
  fill: (tx: Transaction) => Promise<void>,
): Promise<readonly Written[]> => {
  const { atoma } = party;
  const { client } = atoma;
  const tx = new Transaction();
  tx.setSender(requireSender(atoma));
  tx.setGasPrice(gasPrice);
  tx.setGasBudget(BUDGET);
  tx.setGasPayment([party.gas]);
  tx.addBuildPlugin(resolveObjects(ledger));
  await fill(tx);
  const transaction = await tx.build({ client });
  const { signature } = await requireSigner(atoma).signTransaction(transaction);
  const answer = await client.executeTransaction({
    transaction,
    signatures: [signature],
    include: { effects: true, objectTypes: true },
  });
  const { status, effects, objectTypes } =
    answer.$kind === 'Transaction' ? answer.Transaction : answer.FailedTransaction;
  if (!status.success) throw upError('SETUP', { what: 'a first transaction', why: status.error.message });
  const written = effects.changedObjects.flatMap(({ objectId, outputState, outputVersion, outputDigest }) =>
    outputState === 'ObjectWrite'
      ? [{ objectId, version: String(outputVersion), digest: String(outputDigest), type: objectTypes[objectId] ?? '' }]
      : [],
  );
  party.gas = written.find(({ objectId }) => objectId === party.gas.objectId) ?? party.gas;
  return written;
};

const takeMoney = (party: Party, place: Place): Promise<unknown> =>
  run(party, place, (tx) => faucet.add(party.atoma, tx, { amount: TOMA_EACH }));

const createTasks = (party: Party, place: Place, { models, level }: UpPlan): Promise<unknown> =>
  run(party, place, async (tx) => {
    for (const { name, role } of models)
      await createTask.add(party.atoma, tx, {
        role,
        securityLevel: level,
        modelName: name,
      });
  });

const addNode = async (plan: UpPlan, place: Place, atoma: Atoma, port: number): Promise<void> => {
  const party = await partyOf(atoma);
  await takeMoney(party, place);
  const url = `http://127.0.0.1:${port}`;
  const registered = await run(party, place, (tx) => registerNode.add(atoma, tx, { url }));
  const nodeBadgeId = registered.find(({ type }) => type.endsWith('::node::NodeBadge'))?.objectId;
  if (nodeBadgeId === undefined) throw upError('SETUP', { what: 'registering a node', why: 'it created no badge' });
  await run(party, place, async (tx) => {
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
  const place = { ledger, gasPrice: BigInt(chainState(ledger).referenceGasPrice) };
  await createTasks(await partyOf(publisher), place, plan);
  for (const { atoma, port } of nodes) await addNode(plan, place, atoma, port);
  await takeMoney(await partyOf(buyer), place);
};
