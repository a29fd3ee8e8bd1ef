/** Disputes foretold: when evidence and votes may be taken, and what every party holds once a dispute has ended. */
import { toHex } from '@atoma/base';
import { accusation } from '../../../packages/sdk/src/index.ts';
import { type ChainEvent, epochOf, type Outcome } from '../driver/chain.ts';
import { UNAVAILABLE } from '../driver/commitments.ts';
import type { Row } from '../driver/decode.ts';
import { type Books, booksOf, foretell } from './verdict.ts';
import type { World } from './world.ts';

/** What is wrong with what an operation did; null when nothing is. */
type Look = (outcome: Outcome | null) => string | null;

/** Epochs in which the owner of a stack may show evidence. */
const EVIDENCE_EPOCHS = 2n;

/** Epochs that an opening leaves of a window at least, if it had not ended before: the turn of an epoch is no time to dispute. */
const MIN_WINDOW_LEFT = 2n;

const rowsOf = ({ chain: { view } }: World) => ({
  stacks: new Map(view.stacks),
  tickets: new Map(view.tickets),
  disputes: new Map(view.disputes),
  nodes: new Map(view.nodes),
});
type Rows = ReturnType<typeof rowsOf>;

/** Whether the owner may show evidence now, by who started the dispute. */
export const mayShow = (world: World, id: number, dispute: Row): boolean =>
  world.unheard.has(id) && BigInt(epochOf(world.chain)) < dispute.epoch + EVIDENCE_EPOCHS;

/** Whether votes are revealed now, no more committed. */
export const isRevealing = (world: World, id: number, dispute: Row): boolean => {
  const epoch = BigInt(epochOf(world.chain));
  if (epoch >= dispute.commit_deadline) return true;
  const voting = dispute.commits.slice(dispute.together ? dispute.first_jury.length : 0);
  const isIn = voting.every((commit: string) => commit !== '');
  return epoch > dispute.epoch && !mayShow(world, id, dispute) && isIn;
};

const shownWrongly = (world: World, { stacks, disputes }: Rows, id: number, { data }: ChainEvent): string | null => {
  const [stack, before] = [stacks.get(id), disputes.get(id)];
  const after = world.chain.view.disputes.get(id);
  const epoch = BigInt(epochOf(world.chain));
  const bond = BigInt(before.jurors.length) * stack.price * data.named_units;
  const isEmpty = after.joined.length === 0 && after.commits.every((commit: string) => commit === '');
  const isFresh = isEmpty && after.epoch === epoch;
  if (data.owner !== stack.owner) return `somebody else than its owner showed evidence on stack ${id}`;
  if (!mayShow(world, id, before)) return `evidence was shown on stack ${id} when it may not be`;
  if (!isFresh) return `the dispute of stack ${id} did not begin anew with the evidence`;
  if (
    after.commit_deadline !== epoch + stack.terms.phase ||
    after.reveal_deadline !== epoch + 2n * stack.terms.phase - 1n
  )
    return `the votes of stack ${id} end at ${after.commit_deadline} and ${after.reveal_deadline}`;
  return after.evidence.bond === bond && data.bond === bond ? null : `the rows shown on stack ${id} cost ${data.bond}`;
};

const sameBooks = (found: Books, foretold: Books): string | null => {
  for (const place of new Set([...found.keys(), ...foretold.keys()])) {
    const [is, should] = [found.get(place) ?? 0n, foretold.get(place) ?? 0n];
    if (is !== should) return `${place} has ${is}, foretold were ${should}`;
  }
  return null;
};

const endedWrongly = (world: World, before: Rows, books: Books, id: number, { data }: ChainEvent): string | null => {
  const { nodes } = before;
  const [stack, ticket, dispute] = [before.stacks.get(id), before.tickets.get(id), before.disputes.get(id)];
  const ruling = data.ruled_by_manager ? data.outcome : null;
  const outcome = foretell({ id, stack, ticket, dispute, nodes, books }, ruling);
  if (outcome !== data.outcome) return `the dispute of stack ${id} ended with ${data.outcome}, foretold was ${outcome}`;
  const wrong = sameBooks(booksOf(world.chain.view), books);
  return wrong && `the dispute of stack ${id} ended with ${outcome}: ${wrong}`;
};

/** Whether a dispute began with what the owner had to show: not where it accuses with zeros and names no row; out of a stake nothing is shown. */
const isHeard = ({ chain }: World, { stacks }: Rows, { data }: ChainEvent): boolean => {
  const id = Number(data.stack_small_id);
  const blind = toHex(accusation({ proof: UNAVAILABLE, challenger: `0x${data.challenger}` }));
  const isBlind = data.attestation_commitment === blind && data.rows.length === 0;
  return data.challenger === stacks.get(id).owner && !chain.view.disputes.get(id).from_stake && !isBlind;
};

const eventFinding = (world: World, before: Rows, books: Books, event: ChainEvent): string | null => {
  const id = Number(event.data.stack_small_id);
  const dispute = before.disputes.get(id);
  const epoch = BigInt(epochOf(world.chain));
  switch (event.name) {
    case 'StackAttestationDisputeEvent':
      return world.chain.view.disputes.get(id).waits === isHeard(world, before, event)
        ? `whether the dispute of stack ${id} waits for its owner is wrong`
        : null;
    case 'DisputeVoteCommittedEvent':
      if (epoch <= dispute.epoch) return `a vote on stack ${id} was committed in the epoch of its dispute`;
      return isRevealing(world, id, dispute) ? `a vote on stack ${id} was committed too late` : null;
    case 'DisputeVoteRevealedEvent':
      return isRevealing(world, id, dispute)
        ? null
        : `a vote on stack ${id} was revealed while others may be committed`;
    case 'StackOpenedEvent': {
      const { window_left: left } = before.tickets.get(id);
      const kept = left === 0n || left > MIN_WINDOW_LEFT ? left : MIN_WINDOW_LEFT;
      return event.data.deadline_epoch === epoch + kept
        ? null
        : `the opening of stack ${id} left ${event.data.deadline_epoch - epoch} epochs`;
    }
    case 'DisputeEvidenceEvent':
      return shownWrongly(world, before, id, event);
    case 'DisputeResolvedEvent':
      return endedWrongly(world, before, books, id, event);
    default:
      return null;
  }
};

/** Remembers whose owners may still show something. */
const remember = (world: World, before: Rows, event: ChainEvent): void => {
  const id = Number(event.data.stack_small_id);
  if (event.name === 'StackAttestationDisputeEvent' && !isHeard(world, before, event)) world.unheard.add(id);
  if (['DisputeEvidenceEvent', 'SecondJuryEvent', 'DisputeResolvedEvent'].includes(event.name))
    world.unheard.delete(id);
};

/** Before an operation: how to judge what it does to disputes. */
export const foresee = (world: World): Look => {
  const [before, books] = [rowsOf(world), booksOf(world.chain.view)];
  return (outcome) => {
    for (const event of outcome?.error ? [] : (outcome?.events ?? [])) {
      const finding = eventFinding(world, before, books, event);
      if (finding) return finding;
      remember(world, before, event);
    }
    return null;
  };
};
