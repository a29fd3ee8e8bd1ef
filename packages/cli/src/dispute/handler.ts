import * as sdk from '@atoma/sdk';
import { formatAmount } from '@atoma/sdk';
import { given } from '../chain/given.ts';
import { nodeSelector, perform } from '../chain/perform.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Run } from '../kernel/command.ts';
import { readText } from '../kernel/read-text.ts';
import { receiptsIn } from './exhibits.ts';
import type * as specs from './flags.ts';
import { resolutionView } from './resolution.ts';

type ExhibitValues = Parameters<Handler<typeof specs.showEvidenceFlags>>[1];

const exhibitsOf = (run: Run, { stackSmallId, rows, namedUnits, receipts }: ExhibitValues) =>
  given({
    rows,
    namedUnits,
    receipts: receipts === undefined ? undefined : receiptsIn(readText(run, receipts), receipts, stackSmallId),
  });

/** `atoma db show-dispute-evidence` */
export const showDisputeEvidence: Handler<typeof specs.showEvidenceFlags> = async (run, flags) => {
  const { rows, namedUnits, receipts, stackSmallId } = flags;
  if (rows === undefined && namedUnits === undefined && receipts === undefined)
    throw cliError('MISSING_VALUE', {
      flags: '--receipts, or --rows with --named-units',
      command: 'atoma db show-dispute-evidence',
      whole: '',
    });
  return perform(
    run,
    sdk.showDisputeEvidence,
    { stackSmallId, ...exhibitsOf(run, flags) },
    {
      headline: (shown) => `evidence shown in the dispute of stack ${shown.stackSmallId}: it begins anew`,
      rows: (shown, when) => [
        ['paid for rows', formatAmount(shown.bond)],
        ['votes from', when(shown.disputeEpoch + 1n)],
        ['votes until', when(shown.commitDeadlineEpoch)],
        ['reveals until', when(shown.revealDeadlineEpoch)],
      ],
    },
  );
};

/** `atoma db start-attestation-dispute` */
export const startAttestationDispute: Handler<typeof specs.startDisputeFlags> = async (run, flags) => {
  const { stackSmallId, attestationCommitment } = flags;
  return perform(
    run,
    sdk.startAttestationDispute,
    { stackSmallId, attestationCommitment, ...exhibitsOf(run, flags) },
    {
      headline: (dispute) => `settlement of stack ${dispute.stackSmallId} disputed`,
      caution: ({ jurors, bond }) =>
        jurors.length > 0
          ? undefined
          : `no jury can be seated: this market has fewer than three nodes that could judge. Unless the manager rules within two epochs (\`atoma db rule-dispute --stack-small-id ${stackSmallId} --outcome convicted\`), the bond of ${formatAmount(bond)} pays for the work. Wait until more nodes have subscribed to the task (\`atoma node list\`), or ask the manager first.`,
      rows: (dispute, when) => [
        ['bond', `${formatAmount(dispute.bond)} locked`],
        ['jurors', dispute.jurors.length === 0 ? 'none could be seated' : `node ${dispute.jurors.join(', node ')}`],
        ['began', when(dispute.disputeEpoch)],
      ],
    },
  );
};

/** `atoma db join-dispute` */
export const joinDispute: Handler<typeof specs.joinFlags> = (run, flags) => {
  const { stackSmallId, attestationCommitment } = flags;
  return perform(
    run,
    sdk.joinDispute,
    { ...nodeSelector(run, flags), stackSmallId, attestationCommitment },
    { headline: (joined) => `node ${joined.nodeSmallId} joined the dispute of stack ${joined.stackSmallId}` },
  );
};

type CommitValues = Parameters<Handler<typeof specs.commitVoteFlags>>[1];

const voteOf = ({ commitment, merkleRoot, units, salt, blame }: CommitValues) => {
  if (commitment) return { commitment };
  if (merkleRoot && units !== undefined && salt) return { merkleRoot, units, salt, blame };
  throw cliError('MISSING_VALUE', {
    flags: '--commitment, or all of --merkle-root, --units and --salt',
    command: 'atoma db commit-dispute-vote',
    whole: '',
  });
};

/** `atoma db commit-dispute-vote` */
export const commitDisputeVote: Handler<typeof specs.commitVoteFlags> = async (run, flags) =>
  perform(
    run,
    sdk.commitDisputeVote,
    { ...nodeSelector(run, flags), stackSmallId: flags.stackSmallId, ...voteOf(flags) },
    {
      headline: (vote) => `node ${vote.nodeSmallId} committed its vote on stack ${vote.stackSmallId}`,
    },
  );

/** `atoma db reveal-dispute-vote` */
export const revealDisputeVote: Handler<typeof specs.revealVoteFlags> = (run, flags) => {
  const { stackSmallId, merkleRoot, units, salt, blame } = flags;
  return perform(
    run,
    sdk.revealDisputeVote,
    { ...nodeSelector(run, flags), stackSmallId, merkleRoot, units, salt, blame },
    {
      headline: (vote) => `node ${vote.nodeSmallId} revealed its vote on stack ${vote.stackSmallId}`,
    },
  );
};

/** `atoma db seat-second-jury` */
export const seatSecondJury: Handler<typeof specs.resolveFlags> = (run, { stackSmallId }) =>
  perform(
    run,
    sdk.seatSecondJury,
    { stackSmallId },
    {
      headline: ({ stackSmallId: id, jurors }) =>
        jurors.length === 0
          ? `no second jury for stack ${id}: the first one's word stands`
          : `second jury for stack ${id}`,
      rows: ({ jurors }) => [['jurors', jurors.length === 0 ? 'none' : `node ${jurors.join(', node ')}`]],
    },
  );

/** `atoma db resolve-dispute` */
export const resolveDispute: Handler<typeof specs.resolveFlags> = (run, { stackSmallId }) =>
  perform(run, sdk.resolveDispute, { stackSmallId }, resolutionView);

/** `atoma db rule-dispute` */
export const ruleDispute: Handler<typeof specs.ruleFlags> = (run, { stackSmallId, outcome }) => {
  const managerBadgeId = run.settings.get('managerBadge').value;
  return perform(
    run,
    sdk.ruleDispute,
    { stackSmallId, outcome, ...(managerBadgeId ? { managerBadgeId } : {}) },
    resolutionView,
  );
};
