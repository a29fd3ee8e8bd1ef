/**
 * The first transactions of a market in one process: tasks, registered nodes, money for the buyer. Every input is named in full, so
 * nothing is looked up or simulated on the way; that halves the time until the market is ready.
 */
import { type Atoma, BASE_UNITS, requireSender, tomaType } from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { Inputs, Transaction, type TransactionObjectArgument } from '@mysten/sui/transactions';
import { upError } from './errors.ts';
import type { UpPlan } from './plan.ts';

/** The parties of a new market. */
export interface UpParties {
  readonly publisher: Atoma;
  readonly buyer: Atoma;
  readonly nodes: readonly { readonly atoma: Atoma; readonly port: number }[];
}

type Ref = { readonly objectId: string; readonly version: string; readonly digest: string };

/** MIST. */
const BUDGET = 1_000_000_000n;
const TOMA_EACH = 1_000n * BASE_UNITS;
const STAKE_ABOVE = 490n * BASE_UNITS;
const MOST_UNITS = 10_000_000n;
const FIRST_TASK = 1n;

/** Someone who signs, with the coin that pays its gas. */
interface Party {
  readonly atoma: Atoma;
  gas: Ref;
}

const partyOf = async (atoma: Atoma): Promise<Party> => {
  const { objects } = await atoma.client.listCoins({ owner: requireSender(atoma), limit: 1 });
  const [gas] = objects;
  if (!gas) throw upError('SETUP', { what: 'paying gas', why: 'the wallet was not funded' });
  return { atoma, gas };
};

/** The shared objects of the market, as arguments. */
interface Shared {
  readonly db: Parameters<typeof Inputs.SharedObjectRef>[0];
  readonly faucet: Parameters<typeof Inputs.SharedObjectRef>[0];
  readonly gasPrice: bigint;
}

const readShared = async ({ client, deployment }: Atoma): Promise<Shared> => {
  const [objects, price] = await Promise.all([
    client.getObjects({ objectIds: [String(deployment.dbId), String(deployment.faucetId)] }),
    client.core.getReferenceGasPrice(),
  ]);
  const [db, faucet] = objects.objects.map((object) => {
    if (object instanceof Error || object.owner.$kind !== 'Shared')
      throw upError('SETUP', { what: 'reading the market', why: 'a shared object is missing' });
    const { initialSharedVersion } = object.owner.Shared;
    return { objectId: object.objectId, initialSharedVersion, mutable: true };
  });
  return { db, faucet, gasPrice: BigInt(price.referenceGasPrice) } as Shared;
};

/** Runs one transaction; gives what it created, by type. */
const run = async (
  party: Party,
  { gasPrice }: Shared,
  fill: (tx: Transaction) => void,
): Promise<readonly (Ref & { readonly type: string })[]> => {
  const { client, signer, sender } = party.atoma;
  const tx = new Transaction();
  tx.setSender(String(sender));
  tx.setGasPrice(gasPrice);
  tx.setGasBudget(BUDGET);
  tx.setGasPayment([party.gas]);
  fill(tx);
  const transaction = await tx.build();
  const { signature } = await (signer as Signer).signTransaction(transaction);
  const answer = await client.executeTransaction({
    transaction,
    signatures: [signature],
    include: { effects: true, objectTypes: true },
  });
  const { status, effects, objectTypes } =
    answer.$kind === 'Transaction' ? answer.Transaction : answer.FailedTransaction;
  if (!status.success) throw upError('SETUP', { what: 'a first transaction', why: status.error.message });
  const written = effects.changedObjects.filter((change) => change.outputState === 'ObjectWrite');
  const refs = written.map((change) => ({
    objectId: change.objectId,
    version: String(change.outputVersion),
    digest: String(change.outputDigest),
    created: change.idOperation === 'Created',
    type: objectTypes[change.objectId] ?? '',
  }));
  party.gas = refs.find((ref) => ref.objectId === party.gas.objectId) ?? party.gas;
  return refs.filter((ref) => ref.created);
};

const theOne = (refs: readonly (Ref & { readonly type: string })[], type: RegExp): Ref => {
  const found = refs.find((ref) => type.test(ref.type));
  if (!found) throw upError('SETUP', { what: 'a first transaction', why: `it created no ${type.source}` });
  return found;
};

const owned = (tx: Transaction, ref: Ref): TransactionObjectArgument => tx.object(Inputs.ObjectRef(ref));

const takeMoney = (party: Party, shared: Shared): Promise<readonly (Ref & { readonly type: string })[]> =>
  run(party, shared, (tx) => {
    const { tomaPackageId } = party.atoma.deployment;
    const faucet = tx.object(Inputs.SharedObjectRef(shared.faucet));
    tx.moveCall({ target: `${tomaPackageId}::toma::faucet`, arguments: [faucet, tx.pure.u64(TOMA_EACH)] });
  });

const createTasks = (party: Party, shared: Shared, plan: UpPlan) =>
  run(party, shared, (tx) => {
    const db = tx.object(Inputs.SharedObjectRef(shared.db));
    for (const { name, role } of plan.models)
      tx.moveCall({
        target: `${party.atoma.deployment.packageId}::db::create_task_entry`,
        arguments: [
          db,
          tx.pure.u16(role),
          tx.pure.option('string', name),
          tx.pure.option('u16', plan.level),
          tx.pure.option('u8', null),
        ],
      });
  });

const addNode = async (plan: UpPlan, shared: Shared, atoma: Atoma, port: number): Promise<void> => {
  const party = await partyOf(atoma);
  const { packageId, deployment } = { packageId: atoma.deployment.packageId, deployment: atoma.deployment };
  const coinType = tomaType(deployment);
  const coin = theOne(await takeMoney(party, shared), /::coin::Coin</);
  const registered = await run(party, shared, (tx) => {
    const url = tx.pure.option('string', `http://127.0.0.1:${port}`);
    tx.moveCall({
      target: `${packageId}::db::register_node_entry`,
      arguments: [tx.object(Inputs.SharedObjectRef(shared.db)), owned(tx, coin), url],
    });
  });
  const badge = theOne(registered, /::node::NodeBadge$/);
  const purse = theOne(await coinsOf(party, coinType), /./);
  await run(party, shared, (tx) => {
    const [db, own] = [tx.object(Inputs.SharedObjectRef(shared.db)), owned(tx, badge)];
    tx.moveCall({
      target: `${packageId}::db::top_up_collateral`,
      arguments: [db, own, owned(tx, purse), tx.pure.u64(STAKE_ABOVE)],
    });
    const hash = tx.pure.vector('u8', new Array<number>(32).fill(port % 256));
    if (plan.level === 2)
      tx.moveCall({ target: `${packageId}::db::set_node_key_commitment`, arguments: [db, own, hash, hash] });
    for (const [i] of plan.models.entries())
      tx.moveCall({
        target: `${packageId}::db::subscribe_node_to_task`,
        arguments: [db, own, tx.pure.u64(FIRST_TASK + BigInt(i)), tx.pure.u64(plan.price), tx.pure.u64(MOST_UNITS)],
      });
  });
};

const coinsOf = async ({ atoma }: Party, coinType: string) =>
  (await atoma.client.listCoins({ owner: requireSender(atoma), coinType, limit: 1 })).objects;

/** Makes the tasks, registers and subscribes the nodes and gives the buyer money. */
export const setUpMarket = async (plan: UpPlan, { publisher, buyer, nodes }: UpParties): Promise<void> => {
  const shared = await readShared(publisher);
  await createTasks(await partyOf(publisher), shared, plan);
  for (const { atoma, port } of nodes) await addNode(plan, shared, atoma, port);
  await takeMoney(await partyOf(buyer), shared);
};
