import { GrpcTypes } from '@mysten/sui/grpc';
import type { LedgerEvent, Simulation, StoredObject, TransactionRecord } from '../../types.ts';
import { getCheckpoint, getObject } from '../ledger-functions.ts';
import { type Mask, project, wants, within } from '../mask.ts';
import type { RpcContext } from '../rpc-context.ts';
import type { Draft } from '../transport/proto.ts';
import { timestampOf } from './address.ts';
import { balanceChanges } from './balance-changes.ts';
import { type EncodedEffects, effectsMessage, type Lookup } from './effects.ts';
import { eventsMessage } from './event.ts';
import { objectMessage } from './object.ts';
import { signatureMessage } from './signature.ts';
import { transactionMessage } from './transaction-message.ts';

const STRUCTURE = ['version', 'kind', 'sender', 'gasPayment', 'expiration'];

interface Outcome extends EncodedEffects {
  readonly digest: string;
  readonly transaction: Uint8Array;
  readonly events: readonly LedgerEvent[];
}

const transactionDraft = (outcome: Outcome, mask: Mask | undefined): Draft<'Transaction'> => ({
  ...(wants(mask, ...STRUCTURE) ? transactionMessage(outcome.transaction) : {}),
  digest: outcome.digest,
  bcs: { name: 'TransactionData', value: outcome.transaction },
});

/** Every object the transaction read as input or wrote, at each of its versions. */
const objectSet = (context: RpcContext, outcome: Outcome, lookup: Lookup, mask: Mask): Draft<'ObjectSet'> => {
  const states = outcome.effects.changedObjects.flatMap(({ id, input, output }) =>
    [input, output].flatMap((state) => (state && 'version' in state ? [lookup(id, state.version)] : [])),
  );
  const read = outcome.effects.unchangedConsensusObjects.flatMap((object) =>
    object.kind === 'read' ? [lookup(object.id, object.version)] : [],
  );
  return {
    objects: [...states, ...read]
      .filter((object): object is StoredObject => object !== undefined)
      .map((object) => objectMessage(context, object, within(mask, 'objects') ?? 'all')),
  };
};

const outcomeDraft = (
  context: RpcContext,
  outcome: Outcome,
  lookup: Lookup,
  mask: Mask,
): Draft<'ExecutedTransaction'> => {
  const draft: Draft<'ExecutedTransaction'> = { digest: outcome.digest };
  const part = (name: string) => within(mask, name);
  if (wants(mask, 'transaction')) draft.transaction = transactionDraft(outcome, part('transaction'));
  if (wants(mask, 'effects')) draft.effects = effectsMessage(outcome, lookup, part('effects')!);
  if (wants(mask, 'events') && outcome.events.length > 0)
    draft.events = eventsMessage(context, outcome.events, outcome.effects.eventsDigest, part('events')!);
  if (wants(mask, 'balanceChanges')) draft.balanceChanges = balanceChanges(outcome.effects.changedObjects, lookup);
  if (wants(mask, 'objects')) draft.objects = objectSet(context, outcome, lookup, part('objects')!);
  return draft;
};

/** Position of a transaction in its checkpoint. */
export const transactionIndex = (context: RpcContext, checkpoint: number, digest: string): number =>
  getCheckpoint(context.ledger, checkpoint)?.contents.findIndex(({ transaction }) => transaction === digest) ?? 0;

/** Looks up committed objects. */
const storedLookup =
  (context: RpcContext): Lookup =>
  (id, version) =>
    getObject(context.ledger, id, version);

/**
 * A committed transaction. `place` adds checkpoint and time: a reply to `ExecuteTransaction` has neither, a later read
 * has both.
 */
export const executedMessage = (
  context: RpcContext,
  record: TransactionRecord,
  mask: Mask,
  place: 'with-place' | 'without-place',
): Draft<'ExecutedTransaction'> => {
  const draft = outcomeDraft(context, record, storedLookup(context), mask);
  if (wants(mask, 'signatures')) draft.signatures = record.signatures.map(signatureMessage);
  if (place === 'with-place') {
    draft.checkpoint = BigInt(record.checkpoint);
    draft.timestamp = timestampOf(record.timestampMs);
    if (wants(mask, 'transactionIndex'))
      draft.transactionIndex = BigInt(transactionIndex(context, record.checkpoint, record.digest));
  }
  return project(GrpcTypes.ExecutedTransaction, draft, mask);
};

/** A simulated transaction; objects come from the simulation first, from the store otherwise. */
export const simulatedMessage = (
  context: RpcContext,
  simulation: Simulation,
  mask: Mask,
): Draft<'ExecutedTransaction'> => {
  const known = new Map(
    [...simulation.inputObjects, ...simulation.outputObjects].map((object) => [
      `${object.id}@${object.version}`,
      object,
    ]),
  );
  const lookup: Lookup = (id, version) => known.get(`${id}@${version}`) ?? getObject(context.ledger, id, version);
  return project(GrpcTypes.ExecutedTransaction, outcomeDraft(context, simulation, lookup, mask), mask);
};
