/** A published market on a ledger in memory, driven by signed transactions with no client between: fast enough for thousands of runs. */
import {
  advanceEpoch,
  chainState,
  closeLedger,
  embeddedTransport,
  executeTransaction,
  fundAddress,
  type Ledger,
  listOwnedObjects,
  openLedger,
  type TransactionRecord,
} from '@atoma/localnet';
import {
  type Atoma,
  type AtomaEvent,
  createAtoma,
  createClient,
  type Deployment,
  decodeEvent,
  type EventKind,
  type EventOf,
  faucet,
  publishAtoma,
  signerFromSecret,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { Transaction, type TransactionResult } from '@mysten/sui/transactions';
import { refOf, resolveObjects } from '../chain/ledger-objects.ts';
import { secretOf } from '../up/plan.ts';
import { labError } from './lab-errors.ts';

/** The ledger and the market on it. */
export interface LabChain {
  readonly ledger: Ledger;
  readonly deployment: Deployment;
  readonly publisher: Atoma;
  readonly gasPrice: bigint;
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
  readonly record: TransactionRecord;
}

const MIST = 10n ** 16n;
const BUDGET = 3_000_000_000n;
const PUBLISH_BUDGET = 20_000_000_000n;

/** `0x` in front, once. */
const hex = (id: string): string => (id.startsWith('0x') ? id : `0x${id}`);

/** Opens a ledger and publishes the shipped contract; draws and keys follow `seed`. */
export const openLabChain = async (seed: string): Promise<LabChain> => {
  const ledger = await openLedger({ seed, clock: 'logical' });
  const client = createClient({ network: 'embedded', transport: embeddedTransport(ledger) });
  const signer = await signerFromSecret(secretOf(seed, 'lab publisher'));
  fundAddress(ledger, signer.toSuiAddress().slice(2), MIST);
  const { deployment } = await publishAtoma({
    client,
    signer,
    network: 'embedded',
    enableFaucet: true,
    gasBudget: PUBLISH_BUDGET,
  });
  const publisher = createAtoma({ client, deployment, signer });
  const gasPrice = BigInt(chainState(ledger).referenceGasPrice);
  return { ledger, deployment, publisher, gasPrice };
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

const execute = async (
  chain: LabChain,
  actor: Actor,
  fill: (tx: Transaction) => void | Promise<void>,
): Promise<Did> => {
  const tx = new Transaction();
  tx.setSender(actor.address);
  tx.setGasPrice(chain.gasPrice);
  tx.setGasBudget(BUDGET);
  const gas = refOf(chain.ledger, actor.gasId);
  if (!gas) throw labError('REFUSED', { call: `paying gas for ${actor.name}`, why: 'its coin is gone' });
  tx.setGasPayment([gas]);
  tx.addBuildPlugin(resolveObjects(chain.ledger));
  await fill(tx);
  const bytes = await tx.build();
  const { signature } = await actor.signer.signTransaction(bytes);
  const record = executeTransaction(chain.ledger, bytes, [new Uint8Array(Buffer.from(signature, 'base64'))]);
  const { error } = record.effects;
  return {
    called: tx.getData().commands.at(-1)?.MoveCall?.function ?? '',
    abort: error && (error.abort?.clever?.name ?? error.description),
    record,
    events: record.events
      .map((event) =>
        decodeEvent(chain.deployment, { eventType: event.type, bcs: event.contents, sender: hex(event.sender) }),
      )
      .filter((event) => event !== null),
  };
};

/** A function of `atoma::db` as the SDK's bindings have it. */
export type Binding<Values extends readonly unknown[]> = (
  packageId: string,
  ...values: readonly [db: string, ...values: Values]
) => (tx: Transaction) => TransactionResult;

/**
 * Calls a function of `atoma::db`, of which the database is the first argument. By its binding, since scenarios also send what the SDK's
 * writes refuse. Aborts come back as data.
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
  const coin = did.record.effects.changedObjects.find(
    ({ idOperation, output }) =>
      idOperation === 'created' && output?.kind === 'object' && output.owner.kind === 'address',
  );
  actor.purse = hex(coin?.id ?? '');
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
