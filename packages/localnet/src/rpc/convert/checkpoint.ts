import { GrpcTypes } from '@mysten/sui/grpc';
import {
  type CheckpointSummary,
  encodeCheckpointContents,
  encodeCheckpointSummary,
} from '../../internal/checkpoint-bcs.ts';
import { chainState } from '../../reads.ts';
import type { CheckpointRecord } from '../../types.ts';
import { getTransaction } from '../ledger-functions.ts';
import { type Mask, project, wants, within } from '../mask.ts';
import type { RpcContext } from '../rpc-context.ts';
import type { Draft } from '../transport/proto.ts';
import { timestampOf } from './address.ts';
import { gasMessage } from './effects.ts';
import { executedMessage } from './executed.ts';
import { signatureMessage } from './signature.ts';

const commitmentsOf = ({ artifactsDigest: digest }: CheckpointRecord): Draft<'CheckpointCommitment'>[] =>
  digest === null
    ? []
    : [{ kind: GrpcTypes.CheckpointCommitment_CheckpointCommitmentKind.CHECKPOINT_ARTIFACTS, digest }];

/** A checkpoint's summary as its BCS has it. */
export const summaryOf = ({ ledger }: RpcContext, record: CheckpointRecord): CheckpointSummary => ({
  ...record,
  endOfEpoch: record.endOfEpoch ? chainState(ledger).protocolVersion : null,
});

const summaryMessage = (context: RpcContext, record: CheckpointRecord): Draft<'CheckpointSummary'> => ({
  bcs: { name: 'CheckpointSummary', value: encodeCheckpointSummary(summaryOf(context, record)) },
  digest: record.digest,
  epoch: BigInt(record.epoch),
  sequenceNumber: BigInt(record.sequence),
  totalNetworkTransactions: BigInt(record.networkTotalTransactions),
  contentDigest: record.contentDigest,
  ...(record.previousDigest === null ? {} : { previousDigest: record.previousDigest }),
  epochRollingGasCostSummary: gasMessage(record.epochRollingGas),
  timestamp: timestampOf(record.timestampMs),
  commitments: commitmentsOf(record),
  ...(record.endOfEpoch ? { endOfEpochData: { nextEpochCommittee: [], epochCommitments: [] } } : {}),
});

const contentsMessage = (context: RpcContext, record: CheckpointRecord): Draft<'CheckpointContents'> => {
  const transactions = record.contents.map((item) => ({
    ...item,
    signatures: getTransaction(context.ledger, item.transaction)?.signatures ?? [],
  }));
  return {
    bcs: { name: 'CheckpointContents', value: encodeCheckpointContents(transactions) },
    digest: record.contentDigest,
    version: 1,
    transactions: transactions.map((item) => ({ ...item, signatures: item.signatures.map(signatureMessage) })),
  };
};

const transactionMessages = (context: RpcContext, record: CheckpointRecord, mask: Mask) =>
  record.contents.flatMap(({ transaction }) => {
    const executed = getTransaction(context.ledger, transaction);
    return executed ? [executedMessage(context, executed, mask, 'with-place')] : [];
  });

/** The wanted fields of a checkpoint. There is no committee, so `signature` is never set. */
export const checkpointMessage = (context: RpcContext, record: CheckpointRecord, mask: Mask): Draft<'Checkpoint'> => {
  const draft: Draft<'Checkpoint'> = { sequenceNumber: BigInt(record.sequence), digest: record.digest };
  if (wants(mask, 'summary')) draft.summary = summaryMessage(context, record);
  if (wants(mask, 'contents')) draft.contents = contentsMessage(context, record);
  const inner = within(mask, 'transactions');
  if (inner) draft.transactions = transactionMessages(context, record, inner);
  return project(GrpcTypes.Checkpoint, draft, mask);
};
