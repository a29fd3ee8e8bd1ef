/** From events of the market to changes of the mirror. Only what concerns this node is kept. */
import { type AtomaEvent, spans } from '@atoma/sdk';
import type { ChainView } from '../chain/view.ts';
import { type DutyKind, dutyKinds, type EventToApply, type Mutation, type StackState } from '../store/types.ts';

/** What the conversion looks at besides the event. */
export interface EventScope {
  readonly nodeId: bigint;
  /** Address this daemon signs with. */
  readonly address: string;
  readonly chain: ChainView;
  readonly now: () => number;
}

const stackState = (stack: bigint, state: StackState): Mutation => ({ kind: 'stackState', stack, state });
const done = (stack: bigint, ...duties: readonly DutyKind[]): readonly Mutation[] =>
  duties.map((duty) => ({ kind: 'dutyDone', duty, stack, state: 'done' }));
const missed = (stack: bigint, ...duties: readonly DutyKind[]): readonly Mutation[] =>
  duties.map((duty) => ({ kind: 'dutyDone', duty, stack, state: 'missed' }));

const duty = (
  kind: DutyKind,
  stack: bigint,
  fromEpoch: bigint,
  beforeEpoch: bigint | null,
  now: number,
  data: Readonly<Record<string, string>> = {},
): Extract<Mutation, { readonly kind: 'duty' }> => ({
  kind: 'duty',
  row: { kind, stack, fromEpoch, beforeEpoch, data: JSON.stringify(data), updatedMs: now },
});

/** Nodes that lost reputation: whoever was there when it happened clears the slots that they may no longer have. */
const fallen = (stack: bigint, now: number, nodes: readonly bigint[]): readonly Mutation[] =>
  nodes.length === 0 ? [] : [duty('evict', stack, 0n, null, now, { nodes: nodes.join(',') })];

const bought = async (
  event: AtomaEvent & { kind: 'StackCreatedEvent' },
  scope: EventScope,
): Promise<readonly Mutation[]> => {
  const { stackSmallId, selectedNodeId, stackBadgeId, owner } = event.data;
  const signers: Mutation = { kind: 'signers', stack: stackSmallId, badge: stackBadgeId, owner };
  if (selectedNodeId !== scope.nodeId) return [signers];
  const found = await scope.chain.readStack(stackSmallId);
  if (found?.nodeAddress !== scope.address) return [signers];
  return [signers, { kind: 'stack', terms: { ...found.terms, badge: stackBadgeId }, now: scope.now() }];
};

/** Ends everything that is still open about a stack. */
const ended = (stack: bigint): readonly Mutation[] => [
  stackState(stack, 'closed'),
  { kind: 'signersEnd', stack },
  ...done(stack, 'claim', 'resolve', 'finalize'),
  ...missed(stack, ...dutyKinds),
];

/** When a jury votes. */
interface Voting {
  readonly stackSmallId: bigint;
  readonly disputeEpoch: bigint;
  readonly commitDeadlineEpoch: bigint;
  readonly revealDeadlineEpoch: bigint;
}

/** What a juror owes; `data` names the vote, for a dispute that begins anew has another one. */
const votes = (event: Voting, now: number) => {
  const { stackSmallId: stack, disputeEpoch, commitDeadlineEpoch, revealDeadlineEpoch } = event;
  const data = { epoch: String(disputeEpoch) };
  return [
    duty('commit_vote', stack, 0n, commitDeadlineEpoch, now, data),
    duty('reveal_vote', stack, disputeEpoch + 1n, revealDeadlineEpoch, now, data),
  ] as const;
};

/** What a drawn attester may do once the owner has shown what it had. It is no duty: nothing is missed. */
const joins = ({ stackSmallId: stack, disputeEpoch }: Voting, now: number) =>
  duty('attest', stack, 0n, null, now, { epoch: String(disputeEpoch) });

/** What a dispute asks of its jurors and parties. */
const disputed = (
  event: AtomaEvent & { kind: 'StackAttestationDisputeEvent' },
  nodeId: bigint,
  now: number,
): readonly Mutation[] => {
  const { stackSmallId: stack, originalNodeId, challengerNodeId, jurors } = event.data;
  const juror = jurors.includes(nodeId);
  const party = juror || originalNodeId === nodeId || challengerNodeId === nodeId;
  const state = originalNodeId === nodeId ? [stackState(stack, 'disputed')] : [];
  const resolve = party ? [duty('resolve', stack, event.data.disputeEpoch + 1n, null, now)] : [];
  // A drawn attester may still join what somebody else disputes.
  return [
    ...state,
    ...(juror ? votes(event.data, now) : []),
    ...resolve,
    ...(challengerNodeId === 0n ? [] : done(stack, 'attest')),
  ];
};

const mutationsOf = async (event: AtomaEvent, scope: EventScope): Promise<readonly Mutation[]> => {
  const { nodeId } = scope;
  const now = scope.now();
  switch (event.kind) {
    case 'StackCreatedEvent':
      return bought(event, scope);
    case 'StackOwnerUpdatedEvent':
      return [
        { kind: 'stackOwner', stack: event.data.stackSmallId, owner: event.data.owner },
        { kind: 'signer', stack: event.data.stackSmallId, owner: event.data.owner },
      ];
    case 'StackRefundRequestedEvent':
      return [{ kind: 'stackNotice', stack: event.data.stackSmallId, epoch: event.data.reclaimEpoch - spans.notice }];
    case 'StackTrySettleEvent': {
      const {
        stackSmallId: stack,
        selectedNodeId,
        requestedAttestationNodes,
        attestationRequired,
        deadlineEpoch,
      } = event.data;
      const mine = selectedNodeId === nodeId;
      const drawn = attestationRequired && requestedAttestationNodes.includes(nodeId);
      if (!mine && !drawn) return [];
      const data = JSON.stringify({ attesters: requestedAttestationNodes.map(String), required: attestationRequired });
      const ticket: Mutation = {
        kind: 'ticket',
        row: { stack, node: selectedNodeId, state: 'settled', deadlineEpoch, data },
      };
      const claim = mine ? [stackState(stack, 'settled'), duty('claim', stack, deadlineEpoch, null, now)] : [];
      return [ticket, ...claim, ...(drawn ? [duty('attest', stack, 0n, deadlineEpoch, now)] : [])];
    }
    case 'AttestersRedrawnEvent': {
      const { stackSmallId: stack, newNodes, silentNodes, deadlineEpoch } = event.data;
      const silent = silentNodes.includes(nodeId) ? missed(stack, 'attest') : [];
      if (!newNodes.includes(nodeId)) return silent;
      // A draw that fills a place left vacant replaces nobody.
      return [duty('attest', stack, 0n, deadlineEpoch, now), ...fallen(stack, now, silentNodes)];
    }
    case 'NewStackSettlementAttestationEvent':
      return event.data.attestationNodeId === nodeId
        ? [...done(event.data.stackSmallId, 'attest'), duty('finalize', event.data.stackSmallId, 0n, null, now)]
        : [];
    case 'StackAttestationDisputeEvent':
      return disputed(event, nodeId, now);
    case 'DisputeEvidenceEvent':
      // Its jurors, who are not named here, vote anew, also who had voted; drawn attesters may join, also who had joined.
      return [...votes(event.data, now), joins(event.data, now)].map(({ row }) => ({ kind: 'dutyAgain', row }));
    case 'DisputeJoinedEvent':
      return event.data.attesterNodeId === nodeId ? done(event.data.stackSmallId, 'attest') : [];
    case 'AttesterExcusedEvent':
      return event.data.attestationNodeId === nodeId ? done(event.data.stackSmallId, 'attest') : [];
    case 'SecondJuryEvent': {
      const { stackSmallId: stack, jurors, disputeEpoch } = event.data;
      if (!jurors.includes(nodeId)) return missed(stack, 'commit_vote', 'reveal_vote');
      return [...votes(event.data, now), duty('resolve', stack, disputeEpoch + 1n, null, now)];
    }
    case 'DisputeVoteCommittedEvent':
      return event.data.jurorNodeId === nodeId ? done(event.data.stackSmallId, 'commit_vote') : [];
    case 'DisputeVoteRevealedEvent':
      return event.data.jurorNodeId === nodeId ? done(event.data.stackSmallId, 'reveal_vote') : [];
    case 'StackOpeningRequiredEvent': {
      const { stackSmallId: stack, selectedNodeId, openUntilEpoch } = event.data;
      return selectedNodeId === nodeId ? [duty('open', stack, 0n, openUntilEpoch, now)] : [];
    }
    case 'StackOpenedEvent':
      return done(event.data.stackSmallId, 'open');
    case 'StackSettlementTicketClaimedEvent':
    case 'StackReclaimedEvent':
    case 'StackForfeitedEvent':
    case 'SettlementExpiredEvent':
      return ended(event.data.stackSmallId);
    case 'DisputeResolvedEvent': {
      const { stackSmallId: stack, selectedNodeId, paidJurors } = event.data;
      return [...ended(stack), ...(paidJurors.includes(nodeId) ? fallen(stack, now, [selectedNodeId]) : [])];
    }
    default:
      return [];
  }
};

/** What an event changes. */
export const toMutations = async (event: AtomaEvent, scope: EventScope): Promise<EventToApply> => ({
  digest: event.digest,
  eventIndex: event.eventIndex,
  mutations: await mutationsOf(event, scope),
});
