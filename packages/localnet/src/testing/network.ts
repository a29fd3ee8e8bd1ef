import { SuiGrpcClient } from '@mysten/sui/grpc';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Transaction } from '@mysten/sui/transactions';
import {
  closeLedger,
  embeddedFetch,
  fundAddress,
  type Ledger,
  type OpenOptions,
  openLedger,
  readFramework,
} from '../index.ts';
import { compileDemo } from './demo.ts';

/** One SUI in MIST. */
export const SUI = 1_000_000_000n;

/** A ledger in memory with the unmodified SDK client on it. */
export interface Network {
  readonly ledger: Ledger;
  readonly client: SuiGrpcClient;
  readonly close: () => void;
}

/** Framework of the folder in `SUI_FRAMEWORK`, snapshots or compiled packages, in place of the built-in one. */
const givenFramework = (): Pick<OpenOptions, 'framework'> => {
  const { SUI_FRAMEWORK: directory } = process.env;
  return directory ? { framework: readFramework(directory) } : {};
};

/** Opens a network of its own for a test file. */
export const openNetwork = async (seed: string): Promise<Network> => {
  const ledger = await openLedger({ seed, clock: 'logical', ...givenFramework() });
  const client = new SuiGrpcClient({
    network: 'localnet',
    baseUrl: 'http://localnet',
    format: 'binary',
    fetch: embeddedFetch(ledger),
  });
  return { ledger, client, close: () => closeLedger(ledger) };
};

/** A new key pair whose address owns `coins` coins of `each` MIST. */
export const newAccount = ({ ledger }: Network, coins = 1, each = 100n * SUI): Ed25519Keypair => {
  const keypair = Ed25519Keypair.generate();
  for (let i = 0; i < coins; i++) fundAddress(ledger, keypair.toSuiAddress().slice(2), each);
  return keypair;
};

const everything = { effects: true, events: true, objectTypes: true, balanceChanges: true } as const;

/** Signs, executes and expects success; gives the transaction with effects, events, types and balance changes. */
export const execute = async ({ client }: Network, signer: Ed25519Keypair, build: (tx: Transaction) => void) => {
  const transaction = new Transaction();
  build(transaction);
  const result = await client.signAndExecuteTransaction({ transaction, signer, include: everything });
  if (result.$kind !== 'Transaction') throw result.FailedTransaction.status.error;
  return result.Transaction;
};

/** Executes and expects failure; gives the failed transaction. The budget is fixed, so that resolution cannot refuse it. */
export const executeFailing = async ({ client }: Network, signer: Ed25519Keypair, build: (tx: Transaction) => void) => {
  const transaction = new Transaction();
  transaction.setGasBudget(50_000_000n);
  transaction.setGasPrice(1_000n);
  transaction.setSender(signer.toSuiAddress());
  build(transaction);
  const coins = await client.listCoins({ owner: signer.toSuiAddress() });
  transaction.setGasPayment(coins.objects.slice(0, 1));
  const result = await client.signAndExecuteTransaction({ transaction, signer, include: everything });
  if (result.$kind !== 'FailedTransaction') throw result;
  return result.FailedTransaction;
};

/** Id of the object of a type (by its ending) a transaction created. */
export const createdOf = (tx: Awaited<ReturnType<typeof execute>>, typeEnd: string): string => {
  const found = tx.effects?.changedObjects.find(
    ({ objectId, idOperation }) => idOperation === 'Created' && tx.objectTypes?.[objectId]?.endsWith(typeEnd),
  );
  if (!found) throw tx;
  return found.objectId;
};

/** Publishes the demo package; gives its id and the transaction. */
export const publishDemo = async (network: Network, signer: Ed25519Keypair) => {
  const demo = await compileDemo();
  const tx = await execute(network, signer, (transaction) => {
    transaction.transferObjects([transaction.publish(demo)], signer.toSuiAddress());
  });
  const pkg = tx.effects?.changedObjects.find(({ outputState }) => outputState === 'PackageWrite');
  return { packageId: pkg?.objectId as string, tx };
};
