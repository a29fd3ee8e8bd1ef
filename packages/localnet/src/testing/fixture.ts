import { readFileSync } from 'node:fs';
import { bcs } from '@mysten/sui/bcs';
import type { Keypair } from '@mysten/sui/cryptography';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Inputs, Transaction, type TransactionObjectArgument } from '@mysten/sui/transactions';
import { compileSources } from '../../../../tools/move/src/index.ts';
import {
  executeTransaction,
  fundAddress,
  getObject,
  type Ledger,
  listOwnedObjects,
  listTransactions,
  type OpenOptions,
  openLedger,
  type Simulation,
  type StoredObject,
  simulateTransaction,
  type TransactionRecord,
} from '../index.ts';

const source = (name: string): string => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');

/** Move sources of the test package. */
export const demoSources = (): Record<string, string> => ({
  'sources/things.move': source('demo.move'),
  'sources/money.move': source('money.move'),
});

/** Move sources of a coin: `gold::GOLD`, with its treasury cap given to the publisher. */
export const goldSources = (): Record<string, string> => ({ 'sources/gold.move': source('gold.move') });

/** Move sources of functions over references, unfinished values and objects: `probe`. */
export const probeSources = (): Record<string, string> => ({ 'sources/probe.move': source('probe.move') });

/** Bytecode of Move sources under the address `demo`, compiled once for equal sources. */
export const compileDemo = (sources: Record<string, string> = demoSources()) => {
  const name = JSON.stringify(sources);
  const known = compiled.get(name);
  if (known) return known;
  const made = compileSources({ name: 'demo', sources, addresses: { demo: '0x0' } });
  compiled.set(name, made);
  return made;
};

const compiled = new Map<string, ReturnType<typeof compileSources>>();

/** Type text of a SUI coin. */
export const SUI_COIN = '0x2::coin::Coin<0x2::sui::SUI>';

/** Builds a transaction's commands; `object` makes an input of a live object. */
export type Build = (tx: Transaction, tools: Tools) => void;

/** What a {@link Build} may use. */
export interface Tools {
  readonly object: (id: string, mutable?: boolean) => TransactionObjectArgument;
  readonly receiving: (id: string) => TransactionObjectArgument;
}

/** How a test transaction differs from the plain one. */
export interface SendOptions {
  readonly budget?: bigint;
  readonly price?: bigint;
  /** Ids of gas coins; default: the largest coin. `[]` for a simulation without payment. */
  readonly gas?: readonly string[];
  readonly sponsor?: Keypair;
}

const addressOf = (account: Keypair): string => account.toSuiAddress();

const inputOf = (ledger: Ledger, id: string, mutable: boolean) => {
  const object = getObject(ledger, id) as StoredObject;
  const { version, digest, owner } = object;
  const since =
    owner.kind === 'shared' ? owner.initialVersion : owner.kind === 'consensus' ? owner.startVersion : undefined;
  return since === undefined
    ? Inputs.ObjectRef({ objectId: `0x${object.id}`, version, digest })
    : Inputs.SharedObjectRef({ objectId: `0x${object.id}`, initialSharedVersion: since, mutable });
};

const reference = ({ id, version, digest }: StoredObject) => ({ objectId: `0x${id}`, version, digest });

const gasOf = (ledger: Ledger, owner: string, options: SendOptions) => {
  if (options.gas?.length === 0) return [{ objectId: `0x${'f'.repeat(64)}`, version: 1, digest: '1'.repeat(32) }]; // taken out again
  if (options.gas) return options.gas.map((id) => reference(getObject(ledger, id) as StoredObject));
  return listOwnedObjects(ledger, { owner, type: SUI_COIN, limit: 1 }).items.map(reference);
};

/** BCS of a transaction by `account`. */
export const buildTransaction = async (
  ledger: Ledger,
  account: Keypair,
  build: Build,
  options: SendOptions = {},
): Promise<Uint8Array> => {
  const tx = new Transaction();
  build(tx, {
    object: (id, mutable = true) => tx.object(inputOf(ledger, id, mutable)),
    receiving: (id) => tx.object(Inputs.ReceivingRef(reference(getObject(ledger, id) as StoredObject))),
  });
  const owner = addressOf(options.sponsor ?? account);
  tx.setSender(addressOf(account));
  tx.setGasOwner(owner);
  tx.setGasPrice(options.price ?? 1_000n);
  tx.setGasBudget(options.budget ?? 500_000_000n);
  tx.setGasPayment(gasOf(ledger, owner, options));
  const bytes = await tx.build();
  return options.gas?.length === 0 ? withoutPayment(bytes) : bytes;
};

const withoutPayment = (bytes: Uint8Array): Uint8Array => {
  const data = bcs.TransactionData.parse(bytes);
  data.V1.gasData.payment = [];
  return bcs.TransactionData.serialize(data).toBytes();
};

/** Signature bytes of an account over a transaction. */
export const signBy = async (account: Keypair, bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(Buffer.from((await account.signTransaction(bytes)).signature, 'base64'));

/** Signs and executes. */
export const send = async (
  ledger: Ledger,
  account: Keypair,
  build: Build,
  options: SendOptions = {},
): Promise<TransactionRecord> => {
  const bytes = await buildTransaction(ledger, account, build, options);
  const signers = options.sponsor ? [account, options.sponsor] : [account];
  return executeTransaction(ledger, bytes, await Promise.all(signers.map((signer) => signBy(signer, bytes))));
};

/** Simulates without storing. */
export const simulate = async (
  ledger: Ledger,
  account: Keypair,
  build: Build,
  options: SendOptions & { checks?: 'enabled' | 'disabled' } = {},
): Promise<Simulation> =>
  simulateTransaction(ledger, {
    transaction: await buildTransaction(ledger, account, build, options),
    checks: options.checks ?? 'enabled',
  });

/** An account with a fixed key and SUI. */
export const newAccount = (ledger: Ledger, number: number, mist = 100_000_000_000n): Ed25519Keypair => {
  const account = Ed25519Keypair.fromSecretKey(new Uint8Array(32).fill(number));
  if (mist > 0n) fundAddress(ledger, addressOf(account), mist);
  return account;
};

/** Sends from one address balance to another: withdraws, and sends what was withdrawn. */
export const sendWithdrawn = (tx: Transaction, type: string, amount: bigint | number, to: string): void => {
  const withdrawal = tx.withdrawal({ amount, type });
  tx.moveCall({
    target: '0x2::balance::send_funds',
    typeArguments: [type],
    arguments: [
      tx.moveCall({ target: '0x2::balance::redeem_funds', typeArguments: [type], arguments: [withdrawal] }),
      tx.pure.address(to),
    ],
  });
};

/** A ledger in memory (or as `options` say) with the test package published by Alice. */
export interface Demo {
  readonly ledger: Ledger;
  readonly alice: Ed25519Keypair;
  readonly bob: Ed25519Keypair;
  /** Storage id of the package, with `0x`. */
  readonly demo: string;
  readonly published: TransactionRecord;
}

/** Ids (with `0x`) created by a transaction, and their objects. */
export const createdBy = (ledger: Ledger, record: TransactionRecord, typeEnding = ''): StoredObject[] =>
  record.effects.changedObjects
    .filter((change) => change.idOperation === 'created' && change.output?.kind === 'object')
    .map((change) => getObject(ledger, change.id) as StoredObject)
    .filter((object) => object.type.includes(typeEnding));

/** Id of the package a transaction published or upgraded to. */
export const packageIn = (record: TransactionRecord): string =>
  `0x${record.effects.changedObjects.find((change) => change.output?.kind === 'package')?.id}`;

/** Publishes the package. */
export const publish = async (
  ledger: Ledger,
  account: Keypair,
  sources?: Record<string, string>,
): Promise<TransactionRecord> => {
  const { modules, dependencies } = await compileDemo(sources);
  return send(ledger, account, (tx) => {
    const cap = tx.publish({ modules: [...modules], dependencies: [...dependencies] });
    tx.transferObjects([cap], addressOf(account));
  });
};

/** Opens the demo ledger. */
export const openDemo = async (options: OpenOptions = { seed: 'demo', clock: 'logical' }): Promise<Demo> => {
  const ledger = await openLedger(options);
  const [alice, bob] = [newAccount(ledger, 1), newAccount(ledger, 2)];
  const published = await publish(ledger, alice);
  return { ledger, alice, bob, demo: packageIn(published), published };
};

/** Objects some of whose transactions the index of objects leaves out; and how many objects it tells apart at all. */
export const objectIndex = (ledger: Ledger): { readonly missed: readonly string[]; readonly narrowed: number } => {
  const all = listTransactions(ledger, { limit: 1_000 });
  const changed = new Map<string, number[]>();
  for (const { sequence, effects } of all)
    for (const { id } of effects.changedObjects) changed.set(id, [...(changed.get(id) ?? []), sequence]);
  const missed: string[] = [];
  let narrowed = 0;
  for (const [id, sequences] of changed) {
    const found = new Set(listTransactions(ledger, { limit: 1_000, filter: { objects: [id] } }).map((t) => t.sequence));
    if (sequences.some((sequence) => !found.has(sequence))) missed.push(id);
    if (found.size < all.length) narrowed++;
  }
  return { missed, narrowed };
};
