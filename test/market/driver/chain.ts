/** A published market on an embedded ledger in memory, driven by signed transactions without client or RPC between. */
import type { Signer } from '@mysten/sui/cryptography';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import {
  advanceEpoch,
  chainState,
  closeLedger,
  type ExecutionError,
  embeddedFetch,
  executeTransaction,
  fundAddress,
  getObject,
  type Ledger,
  ledgerVm,
  listOwnedObjects,
  openLedger,
  type StoredObject,
  simulateTransaction,
  type TransactionRecord,
} from '../../../packages/localnet/src/index.ts';
import { type AtomaClient, createClient, type Deployment, publishAtoma } from '../../../packages/sdk/src/index.ts';
import { type Account, accountOf } from './accounts.ts';
import { decodeRow, type Row } from './decode.ts';
import { type Arg, type Command, encodePlan } from './transaction.ts';
import { applyChange, loadView, newView, type View } from './view.ts';

/** Ids without `0x`. */
export interface Ids {
  readonly package: string;
  readonly toma: string;
  readonly db: string;
  readonly faucet: string;
  /** Canonical type of the TOMA marker. */
  readonly coin: string;
}

/** A market under test. */
export interface Chain {
  readonly ledger: Ledger;
  readonly deployment: Deployment;
  readonly ids: Ids;
  readonly manager: Account;
  readonly view: View;
  readonly initialVersions: Map<string, number>;
}

/** An event with its fields by name. */
export interface ChainEvent {
  /** Name of the struct, for example `StackCreatedEvent`. */
  readonly name: string;
  readonly data: Row;
}

/** What a transaction did. */
export interface Outcome {
  /** Null when it succeeded. */
  readonly error: ExecutionError | null;
  /** Name of the Move error constant, `nameless ...` for any other failure, null when it succeeded. */
  readonly abort: string | null;
  readonly events: readonly ChainEvent[];
  readonly record: TransactionRecord;
}

const bare = (id: string | null): string => (id ?? '').replace(/^0x/, '');

const MIST = 10n ** 15n;

/** Puts a market on a chain. */
type Publish = (p: { readonly client: AtomaClient; readonly signer: Signer }) => Promise<Deployment>;

const shipped: Publish = async (p) =>
  (await publishAtoma({ gasBudget: 5_000_000_000n, ...p, network: 'embedded' })).deployment;

/** Opens a market, of the shipped contract unless told otherwise; everything on it follows from `seed`. */
export const openChain = async (seed: string, publish: Publish = shipped): Promise<Chain> => {
  const ledger = await openLedger({ seed, clock: 'logical' });
  const client = createClient({ network: 'embedded', fetch: embeddedFetch(ledger) });
  const manager = accountOf('manager');
  fundAddress(ledger, manager.address, MIST);
  const signer = Ed25519Keypair.fromSecretKey(manager.secret);
  const deployment = await publish({ client, signer });
  const toma = bare(deployment.tomaPackageId);
  const ids = {
    package: bare(deployment.packageId),
    toma,
    db: bare(deployment.dbId),
    faucet: bare(deployment.faucetId),
    coin: `0x${toma}::toma::TOMA`,
  };
  const chain: Chain = { ledger, deployment, ids, manager, view: newView(), initialVersions: new Map() };
  loadView(chain);
  return chain;
};

export const closeChain = (chain: Chain): void => closeLedger(chain.ledger);

export const epochOf = (chain: Chain): number => chainState(chain.ledger).epoch;

export const nextEpoch = (chain: Chain, count = 1): void => {
  advanceEpoch(chain.ledger, count);
};

/** Gives accounts SUI for a lifetime of gas. */
export const fund = (chain: Chain, ...accounts: readonly Account[]): void => {
  for (const account of accounts) {
    fundAddress(chain.ledger, account.address, MIST);
    for (const coin of listOwnedObjects(chain.ledger, { owner: account.address, limit: 100 }).items)
      applyChange(chain, coin.id, coin);
  }
};

const live = (chain: Chain, id: string): StoredObject => {
  const object = getObject(chain.ledger, id);
  if (!object) throw new Error(`object ${id} is not there`);
  return object;
};

/** An owned object as an argument. */
export const owned = (chain: Chain, id: string): Arg => {
  const known = chain.view.references.get(id);
  return { kind: 'object', reference: known ?? live(chain, id) };
};

/** A shared object as an argument. */
export const shared = (chain: Chain, id: string, mutable = true): Arg => {
  let initialVersion = chain.initialVersions.get(id);
  if (initialVersion === undefined) {
    const { owner } = live(chain, id);
    initialVersion = owner.kind === 'shared' ? owner.initialVersion : 0;
    chain.initialVersions.set(id, initialVersion);
  }
  return { kind: 'shared', id, initialVersion, mutable };
};

const RANDOM = '8'.padStart(64, '0');

export const database = (chain: Chain): Arg => shared(chain, chain.ids.db);
export const randomness = (chain: Chain): Arg => shared(chain, RANDOM, false);

/** A call of `atoma::db`, the database first. */
export const dbCall = (chain: Chain, name: string, args: readonly Arg[]): Command => ({
  kind: 'call',
  package: chain.ids.package,
  module: 'db',
  function: name,
  args: [database(chain), ...args],
});

export const DEFAULT_BUDGET = 2_000_000_000n;

/** BCS of a transaction of `account`. */
export const encode = (
  chain: Chain,
  account: Account,
  commands: readonly Command[],
  budget = DEFAULT_BUDGET,
): Uint8Array => {
  const gas = chain.view.gas.get(account.address);
  if (gas === undefined) throw new Error(`${account.name} has no SUI`);
  const { reference } = owned(chain, gas) as Arg & { kind: 'object' };
  return encodePlan({ sender: account.address, gas: reference, budget, commands });
};

/** Signs, executes and takes every change into the view. */
export const execute = (chain: Chain, account: Account, commands: readonly Command[], budget?: bigint): Outcome => {
  const transaction = encode(chain, account, commands, budget);
  const record = executeTransaction(chain.ledger, transaction, [account.sign(transaction)]);
  for (const change of record.effects.changedObjects) applyChange(chain, change.id, undefined, change);
  return outcomeOf(chain, record);
};

/** How a transaction would end now, without executing it: null, or the name of the abort. */
export const abortOf = (chain: Chain, account: Account, commands: readonly Command[]): string | null => {
  const transaction = encode(chain, account, commands);
  const { error } = simulateTransaction(chain.ledger, { transaction, checks: 'enabled' }).effects;
  return error && abortName(chain, error);
};

const outcomeOf = (chain: Chain, record: TransactionRecord): Outcome => {
  const { error } = record.effects;
  return { error, abort: error && abortName(chain, error), events: eventsOf(chain, record), record };
};

/** The constant's name when one of our packages aborted by a named error. */
const abortName = (chain: Chain, error: ExecutionError): string => {
  const ours = error.abort && [chain.ids.package, chain.ids.toma].includes(error.abort.package);
  return ours && error.abort?.clever?.name ? error.abort.clever.name : `nameless ${error.description}`;
};

const eventsOf = (chain: Chain, record: TransactionRecord): ChainEvent[] =>
  record.events.map((event) => ({
    name: event.type.split('::').at(-1) as string,
    data: decodeRow(ledgerVm(chain.ledger), event.type, event.contents),
  }));
