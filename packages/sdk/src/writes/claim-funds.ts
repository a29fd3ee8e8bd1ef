import type { Atoma } from '../context/atoma.ts';
import type { ExecutionFailure } from '../failures/execution-failure.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadgeForStack } from '../internal/node-selector.ts';
import { allOf } from '../internal/results.ts';
import { buildTransaction } from '../internal/run-transaction.ts';
import { market } from '../internal/target.ts';
import { sdkError, valueError } from '../sdk-errors.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link claimFunds} takes. */
export interface ClaimFundsParameters extends NodeSelector {
  /** Stacks whose settlements are claimed, 1 to 50 of one node; all or none. */
  readonly stackSmallIds: readonly SmallIdInput[];
}

/** One claimed stack. Base units of TOMA. */
export interface ClaimedStack {
  readonly stackSmallId: bigint;
  readonly numClaimedComputeUnits: bigint;
  readonly nodeFee: bigint;
  /** Back to the recorded owner. */
  readonly refund: bigint;
  readonly surcharge: bigint;
}

/** The claimed stacks. */
export interface ClaimFundsResult {
  readonly nodeSmallId: bigint;
  readonly claims: readonly ClaimedStack[];
  readonly totalFee: bigint;
}

const LABEL = 'db claim-funds';
const MAX_BATCH = 50;

/** Reasons that belong to one stack of a batch. */
const PER_STACK = new Set([
  'EStackNotFound',
  'ETicketNotFound',
  'ENotSelectedNode',
  'EStackDisputed',
  'EOpeningRequired',
  'EAttestationPending',
  'EClaimTooEarly',
]);

const idsOf = (parameters: ClaimFundsParameters): readonly bigint[] => [
  ...new Set(parameters.stackSmallIds.map(smallId)),
];

/** The failure of a batch, said of the first stack that fails alone. */
const refine = async (
  failure: ExecutionFailure,
  atoma: Atoma,
  parameters: ClaimFundsParameters,
): Promise<ExecutionFailure> => {
  if (failure.kind !== 'abort' || !PER_STACK.has(failure.name)) return failure;
  for (const id of idsOf(parameters)) {
    const alone = await buildTransaction(atoma, await claimFunds.build(atoma, { ...parameters, stackSmallIds: [id] }));
    if (alone.kind === 'refused' && alone.failure.kind === 'abort')
      return { ...alone.failure, sentence: `Stack ${id}: ${alone.failure.sentence}` };
  }
  return failure;
};

/** Pays the fees of settled stacks to the sender. */
export const claimFunds = defineWrite<ClaimFundsParameters, ClaimFundsResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const ids = idsOf(parameters);
    const [first] = ids;
    if (first === undefined || ids.length > MAX_BATCH)
      throw valueError('RANGE', { what: 'The number of stacks', value: ids.length, low: 1, high: MAX_BATCH });
    tx.add(db.claimFunds(...market(atoma), await nodeBadgeForStack(atoma, parameters, 'serve', first), ids));
  },
  parse: (ran, atoma) => {
    const events = allOf(ran, atoma, 'StackSettlementTicketClaimedEvent');
    const [first] = events;
    if (!first)
      throw sdkError('RESULT_MISSING', {
        label: LABEL,
        digest: ran.digest,
        event: 'StackSettlementTicketClaimedEvent',
      });
    const claims = events.map((claimed) => ({
      stackSmallId: claimed.stackSmallId,
      numClaimedComputeUnits: claimed.numClaimedComputeUnits,
      nodeFee: claimed.nodeFee,
      refund: claimed.userRefundAmount,
      surcharge: claimed.surcharge,
    }));
    const totalFee = claims.reduce((sum, { nodeFee }) => sum + nodeFee, 0n);
    return { nodeSmallId: first.selectedNodeId, claims, totalFee };
  },
  refine,
});
