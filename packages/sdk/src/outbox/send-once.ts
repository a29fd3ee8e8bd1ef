/**
 * Sending a transaction so that it takes effect once, whatever ends when: its inputs are stored before it is built, the signed bytes before
 * they are sent, and what came of it before anything follows from it. Where rows lie, and what follows from a refusal, is the caller's:
 * a buyer gives up, a node tries again.
 *
 * At most once: bytes run once by their digest, and a next attempt is built only when these can never run again: their epoch is
 * over, or an object they own has another version.
 */
import { inSpan } from '@atoma/base';
import { Transaction } from '@mysten/sui/transactions';
import { type Atoma, requireSigner } from '../context/atoma.ts';
import type { ExecutionFailure } from '../failures/execution-failure.ts';
import { cannotRun, reach, toAtomaError } from '../failures/network.ts';
import { buildTransaction, findRun, INCLUDE, type Ran, ranOf, simulateBytes } from '../internal/run-transaction.ts';
import { getEpoch } from '../reads/epoch.ts';

/** Added to the budget of the simulation, percent: until it is executed others change what it touches. */
const GAS_HEADROOM = 30n;

/** Signed bytes, as they are stored before they are sent. */
export interface SignedTransaction {
  readonly transaction: Uint8Array;
  readonly signature: string;
  readonly digest: string;
  /** Last epoch they can execute in. */
  readonly expirationEpoch: bigint;
}

/** A row on its way: what is stored of a transaction; null before it is signed. */
export type OutboxEntry = { readonly [Name in keyof SignedTransaction]: SignedTransaction[Name] | null };

/** What is stored next. */
export type OutboxStep = ({ readonly step: 'built' } & SignedTransaction) | { readonly step: 'submitted' };

/** Where entries lie. */
export interface OutboxPlace<Row extends OutboxEntry> {
  readonly atoma: Atoma;
  /** Stores the step; resolves once it survives a crash. */
  readonly store: (row: Row, next: OutboxStep) => Promise<Row>;
  /** Called once the chain has executed it, before the answer is taken. */
  readonly executed: (row: Row) => void;
  /** Epochs after the one it was signed in, in which an entry may still run. Default: 1. */
  readonly epochs?: (row: Row) => bigint;
}

/** How far an entry came. */
export type Sent<Row> =
  /** It ran; `ran.failure` tells an abort. */
  | { readonly kind: 'ran'; readonly row: Row; readonly ran: Ran }
  /** The chain would not run it: nothing was signed. */
  | { readonly kind: 'refused'; readonly row: Row; readonly failure: ExecutionFailure }
  /** Its bytes were signed and can never run. */
  | { readonly kind: 'dead'; readonly row: Row; readonly why: string };

type Signed =
  | { readonly kind: 'signed'; readonly signed: SignedTransaction }
  | { readonly kind: 'refused'; readonly failure: ExecutionFailure };

/** Builds, simulates and signs. `build` is called again for the transaction with its budget: one that was resolved has its gas coins chosen. */
const sign = async (atoma: Atoma, build: () => Promise<Transaction>, epochs: bigint): Promise<Signed> => {
  const expirationEpoch = (await getEpoch(atoma)).epoch + epochs;
  const resolve = async (budget?: bigint) => {
    const transaction = await build();
    transaction.setExpiration({ Epoch: String(expirationEpoch) });
    return buildTransaction(atoma, transaction, budget);
  };
  const tried = await resolve();
  if (tried.kind === 'refused') return tried;
  const { failure } = await simulateBytes(atoma, tried);
  if (failure) return { kind: 'refused', failure };
  const isWide = tried.isRoomy || atoma.gasBudget !== null;
  const built = isWide ? tried : await resolve((tried.budget * (100n + GAS_HEADROOM)) / 100n);
  if (built.kind === 'refused') return built;
  const { signature } = await requireSigner(atoma).signTransaction(built.bytes);
  const digest = await Transaction.from(built.bytes).getDigest();
  return { kind: 'signed', signed: { transaction: built.bytes, signature, digest, expirationEpoch } };
};

/** Sends the stored bytes; they are the same however often. Resolves when the chain answers reads with what they did. */
const submit = async <Row extends OutboxEntry>(place: OutboxPlace<Row>, row: Row): Promise<Sent<Row>> => {
  const { atoma, store, executed } = place;
  const { network } = atoma.deployment;
  const { transaction, signature, digest } = row as SignedTransaction;
  const sent = await store(row, { step: 'submitted' });
  try {
    const facts = { 'atoma.network': network, 'atoma.transaction.digest': digest };
    const ran = await inSpan('execute a transaction', { kind: 'client', facts, root: true }, async (span) => {
      const call = atoma.client.executeTransaction({ transaction, signatures: [signature], include: INCLUDE });
      const done = ranOf(await reach(network, call), atoma.deployment);
      if (done.failure) span.fail(done.failure.kind);
      return done;
    });
    executed(sent);
    await reach(network, atoma.client.waitForTransaction({ digest }));
    return { kind: 'ran', row: sent, ran };
  } catch (error) {
    const fault = toAtomaError(error, network);
    if (!cannotRun(fault)) throw fault;
    const ran = await findRun(atoma, digest);
    return ran ? { kind: 'ran', row: sent, ran } : { kind: 'dead', row: sent, why: fault.message };
  }
};

/** Goes on with signed bytes: looked up first, sent again when the chain does not know them and they can still run. */
const resume = async <Row extends OutboxEntry>(place: OutboxPlace<Row>, row: Row): Promise<Sent<Row>> => {
  const { digest, expirationEpoch } = row as SignedTransaction;
  const ran = await findRun(place.atoma, digest);
  if (ran) return { kind: 'ran', row, ran };
  const { epoch } = await getEpoch(place.atoma);
  return epoch > expirationEpoch ? { kind: 'dead', row, why: 'it expired before it was executed' } : submit(place, row);
};

/**
 * Takes an entry as far as it goes now: an unsigned one is built, stored and sent, a signed one looked up first. Faults of the network are
 * thrown; the entry stays where it was stored, and the next call goes on from there.
 */
export const sendOnce = async <Row extends OutboxEntry>(
  place: OutboxPlace<Row>,
  row: Row,
  build: () => Promise<Transaction>,
): Promise<Sent<Row>> => {
  if (row.transaction !== null) return resume(place, row);
  const signed = await sign(place.atoma, build, place.epochs?.(row) ?? 1n);
  if (signed.kind === 'refused') return { kind: 'refused', row, failure: signed.failure };
  return submit(place, await place.store(row, { step: 'built', ...signed.signed }));
};

/** Goes on with an entry that was signed, in a process that cannot build it any more. */
export const finishSending = <Row extends OutboxEntry>(place: OutboxPlace<Row>, row: Row): Promise<Sent<Row>> =>
  resume(place, row);
