/** What happens to a node in the market, as its log tells it. Everything in it is public: it lies on the chain. */
import type { AtomaEvent } from '@atoma/sdk';

/** A line: what happened, and to what. */
export interface MarketLine {
  readonly what: string;
  readonly detail: Readonly<Record<string, string>>;
}

const line = (what: string, detail: Readonly<Record<string, unknown>>): MarketLine => ({
  what,
  detail: Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, String(value)])),
});

/** The line of an event that concerns a node; undefined for all others. */
export const marketLine = (event: AtomaEvent, node: bigint): MarketLine | undefined => {
  switch (event.kind) {
    case 'StackCreatedEvent': {
      const { stackSmallId: stack, selectedNodeId, owner } = event.data;
      return selectedNodeId === node ? line('stack bought', { stack, owner }) : undefined;
    }
    case 'StackTrySettleEvent': {
      const { stackSmallId: stack, selectedNodeId, requestedAttestationNodes: attesters } = event.data;
      const { numClaimedComputeUnits: units, attestationRequired, deadlineEpoch } = event.data;
      if (selectedNodeId === node) return line('stack settled', { stack, units, deadlineEpoch });
      return attestationRequired && attesters.includes(node)
        ? line('drawn to attest', { stack, node: selectedNodeId, deadlineEpoch })
        : undefined;
    }
    case 'StackSettlementTicketClaimedEvent': {
      const { stackSmallId: stack, selectedNodeId, numClaimedComputeUnits: units, nodeFee, attesterPay } = event.data;
      if (selectedNodeId === node) return line('stack claimed', { stack, units, fee: nodeFee });
      return event.data.attestationNodes.includes(node)
        ? line('attester paid', { stack, pay: attesterPay })
        : undefined;
    }
    case 'StackAttestationDisputeEvent': {
      const { stackSmallId: stack, originalNodeId, challengerNodeId, challenger, jurors } = event.data;
      if (originalNodeId === node) return line('own settlement disputed', { stack, challenger });
      if (challengerNodeId === node) return line('settlement disputed', { stack, node: originalNodeId });
      return jurors.includes(node) ? line('drawn as a juror', { stack, node: originalNodeId }) : undefined;
    }
    case 'DisputeEvidenceEvent': {
      const { stackSmallId: stack, originalNodeId, owner } = event.data;
      return originalNodeId === node ? line('evidence shown against own settlement', { stack, owner }) : undefined;
    }
    case 'DisputeResolvedEvent': {
      const { stackSmallId: stack, selectedNodeId, outcome, nodeFee } = event.data;
      return selectedNodeId === node ? line('own dispute resolved', { stack, outcome, fee: nodeFee }) : undefined;
    }
    case 'StackOpeningRequiredEvent': {
      const { stackSmallId: stack, selectedNodeId, openUntilEpoch } = event.data;
      return selectedNodeId === node ? line('opening required', { stack, openUntilEpoch }) : undefined;
    }
    default:
      return undefined;
  }
};
