/** A published market on a ledger in memory, driven by signed transactions that nothing simulates: fast enough for thousands of runs. */
import {
  advanceEpoch,
  chainState,
  closeLedger,
  embeddedTransport,
  fundAddress,
  type Ledger,
  listOwnedObjects,
  openLedger,
} from '@atoma/localnet';
import {
  type Atoma,
  type AtomaEvent,
  createAtoma,
  createClient,
  type Deployment,
  type EventKind,
  type EventOf,
  executeTransaction,
  faucet,
  signerFromSecret,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import type { Transaction, TransactionResult } from '@mysten/sui/transactions';
import { ledgerTransaction } from '../chain/ledger-transaction.ts';
import { publishEmbedded } from '../chain/publish-embedded.ts';
import { secretOf } from '../up/plan.ts';
import { labError } from './lab-errors.ts';

/** The ledger and the market on it. */
export interface LabChain {
  readonly ledger: Ledger;
  readonly deployment: Deployment;
  readonly publisher: Atoma;
}

/** Someone who acts. */
export interface Actor {
  readonly name: string;
  readonly address: string;
  readonly signer: Signer;
  readonly atoma: Atoma;
  readonly gasId: string;
  /** Coin of TOMA it pays with; empty before the first one. */
  purse: string;
}

/** What a transaction did. */
export interface Did {
  /** The Move function of its last command. */
  readonly called: string;
  /** Name of the abort, null when it succeeded. */
  readonly abort: string | null;
  readonly events: readonly AtomaEvent[];
  /** Objects that it created. */
  readonly created: readonly { readonly id: string; readonly type: string }[];
}

const MIST = 10n ** 16n;
const BUDGET = 3_000_000_000n;

/** `0x` in front, once. */
const hex = (id: string): string => (id.startsWith('0x') ? id : `0x${id}`);

/** Opens a ledger and publishes the shipped contract; draws and keys follow `seed`. */
export const openLabChain = async (seed: string): Promise<LabChain> => {
  const ledger = await openLedger({ seed, clock: 'logical' });
  const client = createClient({ network: 'embedded', transport: embeddedTransport(ledger) });
  const signer = await signerFromSecret(secretOf(seed, 'lab publisher'));
  fundAddress(ledger, signer.toSuiAddress().slice(2), MIST);
  const deployment = await publishEmbedded(client, signer);
  const publisher = createAtoma({ client, deployment, signer });
  return { ledger, deployment, publisher };
};

/** Makes someone with money for gas. */
export const addActor = async (chain: LabChain, seed: string, name: string): Promise<Actor> => {
  const signer = await signerFromSecret(secretOf(seed, `lab ${name}`));
  const address = signer.toSuiAddress();
  fundAddress(chain.ledger, address.slice(2), MIST);
  const [coin] = listOwnedObjects(chain.ledger, { owner: address, limit: 1 }).items;
  if (!coin) throw labError('REFUSED', { call: `funding ${name}`, why: 'no coin arrived' });
  const { client } = chain.publisher;
  const atoma = createAtoma({ client, deployment: chain.deployment, signer });
  return { name, address, signer, atoma, gasId: hex(coin.id), purse: '' };
};

/** Runs a transaction as the SDK runs every one. */
const execute = async (
  { ledger }: LabChain,
  { atoma, gasId }: Actor,
  fill: (tx: Transaction) => void | Promise<void>,
): Promise<Did> => {
  const tx = ledgerTransaction(ledger, gasId);
  await fill(tx);
  const called = tx.getData().commands.at(-1)?.MoveCall?.function ?? '';
  const outcome = await executeTransaction(atoma, tx, { gasBudget: BUDGET });
  if (outcome.kind === 'executed') return { called, abort: null, events: outcome.events, created: outcome.created };
  const { failure } = outcome;
  return { called, abort: failure.kind === 'gas' ? failure.sentence : failure.name, events: [], created: [] };
};

/** A function of `atoma::db` as the SDK's bindings have it. */
export type Binding<Values extends readonly unknown[]> = (
  packageId: string,
  ...values: readonly [db: string, ...values: Values]
) => (tx: Transaction) => TransactionResult;

/**
 * Calls a function of `atoma::db`, of which the database is the first argument. The SDK builds, signs and sends it, as it does its writes;
 * what is called is put in by the binding, since scenarios also send what the writes refuse. Aborts come back as data.
 */
export const tryCall = <Values extends readonly unknown[]>(
  chain: LabChain,
  actor: Actor,
  binding: Binding<Values>,
  ...values: Values
): Promise<Did> => {
  const { packageId, dbId } = chain.deployment;
  return execute(chain, actor, (tx) => void tx.add(binding(packageId, String(dbId), ...values)));
};

/** {@link tryCall} of something that must succeed. Throws `LAB_REFUSED`. */
export const call = async <Values extends readonly unknown[]>(
  chain: LabChain,
  actor: Actor,
  binding: Binding<Values>,
  ...values: Values
): Promise<Did> => {
  const did = await tryCall(chain, actor, binding, ...values);
  if (did.abort !== null) throw labError('REFUSED', { call: `${did.called} by ${actor.name}`, why: did.abort });
  return did;
};

/** Fills a purse from TOMA's faucet, base units; at most 1,000 TOMA an epoch. */
export const fillPurse = async (chain: LabChain, actor: Actor, amount: bigint): Promise<void> => {
  const did = await execute(chain, actor, (tx) => faucet.add(actor.atoma, tx, { amount }));
  if (did.abort !== null) throw labError('REFUSED', { call: `faucet for ${actor.name}`, why: did.abort });
  actor.purse = did.created.find(({ type }) => type.includes('::coin::Coin<'))?.id ?? '';
};

/** The event of a kind; undefined when there was none. */
export const eventOf = <Kind extends EventKind>(did: Did, kind: Kind): EventOf<Kind> | undefined =>
  did.events.find((event): event is EventOf<Kind> & AtomaEvent => event.kind === kind) as EventOf<Kind> | undefined;

/** Epoch now. */
export const epochOf = (chain: LabChain): bigint => BigInt(chainState(chain.ledger).epoch);

/** Ends epochs until `epoch` has begun. */
export const reachEpoch = (chain: LabChain, epoch: bigint): void => {
  const left = epoch - epochOf(chain);
  if (left > 0n) advanceEpoch(chain.ledger, Number(left));
};

/** Closes the ledger. */
export const closeLabChain = (chain: LabChain): void => closeLedger(chain.ledger);
