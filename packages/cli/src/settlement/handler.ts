import * as sdk from '@atoma/sdk';
import { formatAmount } from '@atoma/sdk';
import { nodeSelector, perform } from '../chain/perform.ts';
import type { Session } from '../chain/session.ts';
import type { Handler, Run } from '../kernel/command.ts';
import type { FlagValues } from '../kernel/flag.ts';
import { counted, grouped } from '../kernel/lines.ts';
import { readText } from '../kernel/read-text.ts';
import type * as specs from './flags.ts';

const nodeList = (nodes: readonly bigint[]): string => (nodes.length === 0 ? 'none' : `node ${nodes.join(', node ')}`);

/** What a settlement commits to: what the flags say, the rest from the history. Without one the flags say all of it. */
const committed = async (run: Run, { atoma }: Session, flags: FlagValues<typeof specs.settleFlags>) => {
  const { stackSmallId, history, numClaimedComputeUnits: units, committedStackProof, stackMerkleLeaf } = flags;
  if (units !== undefined && committedStackProof !== undefined && stackMerkleLeaf !== undefined)
    return { numClaimedComputeUnits: units, committedStackProof, stackMerkleLeaf };
  const parsed = sdk.parseHistory(readText(run, history ?? '-'));
  const { terms } = await sdk.getStack(atoma, { stackSmallId });
  const proof = sdk.computeStackProof({ history: parsed, stackSmallId, attesters: Number(terms.attesters) });
  return {
    numClaimedComputeUnits: units ?? proof.units,
    committedStackProof: committedStackProof ?? proof.committedStackProof,
    stackMerkleLeaf: stackMerkleLeaf ?? proof.stackMerkleLeaf,
  };
};

/** `atoma db try-settle-stack` */
export const trySettleStack: Handler<typeof specs.settleFlags> = (run, flags) =>
  perform(
    run,
    sdk.trySettleStack,
    async (session) => ({
      ...nodeSelector(run, flags),
      stackSmallId: flags.stackSmallId,
      ...(await committed(run, session, flags)),
    }),
    {
      headline: (stack) =>
        stack.numClaimedComputeUnits === 0n
          ? `stack ${stack.stackSmallId} settled with 0 units: the buyer is refunded`
          : `stack ${stack.stackSmallId} settled by node ${stack.selectedNodeSmallId} with ${counted(stack.numClaimedComputeUnits, 'unit')}`,
      rows: (stack, when) =>
        stack.numClaimedComputeUnits === 0n
          ? []
          : [
              [
                'attesters',
                `${nodeList(stack.attesters)}${stack.attesters.length === 0 ? '' : stack.required ? ' (must attest)' : ' (need not attest)'}`,
              ],
              ['claimable', `from ${when(stack.deadlineEpoch)}`],
            ],
    },
  );

/** `atoma db submit-stack-settlement-attestation` */
export const submitStackSettlementAttestation: Handler<typeof specs.attestFlags> = (run, flags) => {
  const { stackSmallId, committedStackProof, stackMerkleLeaf } = flags;
  const outcomes = {
    attested: 'attested; other attesters are still awaited',
    clean: 'attested; the settlement is clean',
    openRequired: 'attested; the leaves do not fit, so the commitment must be opened',
    disputed: 'disputed by this attestation',
  } as const;
  return perform(
    run,
    sdk.submitStackSettlementAttestation,
    { ...nodeSelector(run, flags), stackSmallId, committedStackProof, stackMerkleLeaf },
    {
      headline: ({ stackSmallId: id, nodeSmallId, outcome }) =>
        `stack ${id} ${outcomes[outcome]} (node ${nodeSmallId})`,
    },
  );
};

/** `atoma db claim-funds` */
export const claimFunds: Handler<typeof specs.claimFlags> = (run, flags) =>
  perform(
    run,
    sdk.claimFunds,
    { ...nodeSelector(run, flags), stackSmallIds: [...flags.settledTicketIds] },
    {
      headline: ({ claims, totalFee }) =>
        `${counted(claims.length, 'stack')} claimed, ${formatAmount(totalFee)} earned`,
      rows: ({ claims }) =>
        claims.map((claim) => [
          `stack ${claim.stackSmallId}`,
          `${formatAmount(claim.nodeFee)} for ${grouped(claim.numClaimedComputeUnits)} units, ${formatAmount(claim.refund)} back to the buyer`,
        ]),
    },
  );

/** `atoma db open-stack-commitment` */
export const openStackCommitment: Handler<typeof specs.openFlags> = (run, { stackSmallId, merkleRoot, units }) =>
  perform(
    run,
    sdk.openStackCommitment,
    { stackSmallId, merkleRoot, units },
    {
      headline: (stack) =>
        `commitment of stack ${stack.stackSmallId} opened: the settlement ${stack.valid ? 'holds' : 'does not hold'}`,
    },
  );

/** `atoma db redraw-attesters` */
export const redrawAttesters: Handler<typeof specs.onlyStackFlags> = (run, { stackSmallId }) =>
  perform(
    run,
    sdk.redrawAttesters,
    { stackSmallId },
    {
      headline: (stack) => `attesters of stack ${stack.stackSmallId} drawn anew`,
      rows: (stack, when) => [
        ['attesters', nodeList(stack.attesters)],
        ...(stack.jurors.length === 0 ? [] : [['jury instead', nodeList(stack.jurors)] as const]),
        ['deadline', when(stack.deadlineEpoch)],
      ],
    },
  );

/** `atoma db expire-settlement` */
export const expireSettlement: Handler<typeof specs.onlyStackFlags> = (run, { stackSmallId }) =>
  perform(
    run,
    sdk.expireSettlement,
    { stackSmallId },
    {
      headline: (stack) =>
        `settlement of stack ${stack.stackSmallId} expired, ${formatAmount(stack.refund)} back to the buyer`,
    },
  );

/** `atoma db finalize-stack` */
export const finalizeStack: Handler<typeof specs.onlyStackFlags> = (run, { stackSmallId }) =>
  perform(
    run,
    sdk.finalizeStack,
    { stackSmallId },
    {
      headline: (stack) => `stack ${stack.stackSmallId} ${stack.reclaimed ? 'refunded in full' : 'finalized'}`,
      rows: (stack) => [
        ['to the node', formatAmount(stack.nodeFee)],
        ['to the buyer', formatAmount(stack.refund)],
      ],
    },
  );
