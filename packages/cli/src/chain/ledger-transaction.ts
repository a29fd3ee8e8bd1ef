/** Transactions on a ledger in this process: no service is asked for what it knows of their objects and of gas. */
import { chainState, getObject, type Ledger } from '@atoma/localnet';
import { Inputs, Transaction, type TransactionPlugin } from '@mysten/sui/transactions';

/** An object as a transaction names it. */
interface ObjectRef {
  readonly objectId: string;
  readonly version: string;
  readonly digest: string;
}

/** The live object `id`; undefined when there is none. */
const refOf = (ledger: Ledger, id: string): ObjectRef | undefined => {
  const object = getObject(ledger, id);
  return object && { objectId: id, version: String(object.version), digest: object.digest };
};

const inputOf = (ledger: Ledger, objectId: string, mutable: boolean) => {
  const owner = getObject(ledger, objectId)?.owner;
  if (owner?.kind === 'shared')
    return Inputs.SharedObjectRef({ objectId, initialSharedVersion: owner.initialVersion, mutable });
  const ref = refOf(ledger, objectId);
  return ref && Inputs.ObjectRef(ref);
};

/**
 * Fills in the objects that a transaction names by their ids; shared ones as ones that change, unless the transaction says otherwise. What
 * the ledger does not have is left to the client.
 */
const resolveObjects =
  (ledger: Ledger): TransactionPlugin =>
  async ({ inputs }, _options, next) => {
    for (const [i, input] of inputs.entries()) {
      const { UnresolvedObject: asked } = input;
      if (asked) inputs[i] = inputOf(ledger, asked.objectId, asked.mutable ?? true) ?? input;
    }
    await next();
  };

/** An empty transaction, its gas paid with the coin `gasId`; what is put into it is read from the ledger when the SDK builds and executes it. */
export const ledgerTransaction = (ledger: Ledger, gasId: string): Transaction => {
  const transaction = new Transaction();
  transaction.setGasPrice(BigInt(chainState(ledger).referenceGasPrice));
  const gas = refOf(ledger, gasId);
  if (gas) transaction.setGasPayment([gas]);
  transaction.addBuildPlugin(resolveObjects(ledger));
  return transaction;
};
