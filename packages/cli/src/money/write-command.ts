/** A write of the SDK as the command that sends it. */
import type { NextWrite } from '@atoma/sdk';

const ofStack = {
  claimFunds: (stack) => `db claim-funds --settled-ticket-ids ${stack}`,
  expireSettlement: (stack) => `db expire-settlement --stack-small-id ${stack}`,
  finalizeStack: (stack) => `db finalize-stack --stack-small-id ${stack}`,
  openStackCommitment: (stack) => `db open-stack-commitment --stack-small-id ${stack} --merkle-root ROOT --units UNITS`,
  reclaimStack: (stack) => `db reclaim-stack --stack-small-id ${stack}`,
  redrawAttesters: (stack) => `db redraw-attesters --stack-small-id ${stack}`,
  requestStackRefund: (stack) => `db request-stack-refund --stack-small-id ${stack}`,
  resolveDispute: (stack) => `db resolve-dispute --stack-small-id ${stack}`,
} as const satisfies Readonly<Record<string, (stack: bigint) => string>>;

const ofNode = {
  destroyDisabledNode: (node) => `db destroy-disabled-node --node-small-id ${node}`,
  permanentlyDisableNode: (node) => `db permanently-disable-node --node-small-id ${node}`,
  withdrawCollateral: (node) => `db withdraw-collateral --node-small-id ${node}`,
  withdrawEarnings: (node) => `db withdraw-earnings --node-small-id ${node}`,
} as const satisfies Readonly<Record<string, (node: bigint) => string>>;

/** The command that sends a write, without the program's name. Words in capitals are for the reader to fill. */
export const commandOf = (next: NextWrite): string => {
  if ('stackSmallId' in next) return ofStack[next.write](next.stackSmallId);
  if (next.write === 'requestWithdrawal')
    return `db request-withdrawal --amount ${next.amount} --node-small-id ${next.nodeSmallId}`;
  return ofNode[next.write](next.nodeSmallId);
};
