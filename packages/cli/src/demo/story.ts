/** Tells what happens, from the chain's own events, as it happens. */
import {
  type Atoma,
  type AtomaEvent,
  type EventKind,
  formatAmount,
  listEvents,
  outcomeName,
  toHex0x,
} from '@atoma/sdk';
import { counted, grouped } from '../kernel/lines.ts';

/** One step as it is told. */
export interface Step {
  readonly chapter: string;
  readonly actor: string;
  readonly outcome: string;
  /** Command that does the same by hand. */
  readonly command: string | null;
  /** Transaction; null for steps off the chain. */
  readonly digest: string | null;
}

/** Where a story is told: a line for a new chapter and one for each step. */
export interface Teller {
  readonly chapter: (title: string) => void;
  readonly step: (step: Step) => void;
}

/** Collects the steps and tells each. */
export interface Story {
  readonly steps: Step[];
  readonly chapter: (title: string) => void;
  /** Tells a step off the chain. */
  readonly tell: (actor: string, outcome: string, command?: string) => void;
  /** Tells what happened on the chain since it was asked last; gives those events. */
  readonly catchUp: () => Promise<readonly AtomaEvent[]>;
}

type Told = Pick<Step, 'actor' | 'outcome' | 'command'>;

const nodes = (ids: readonly bigint[]): string => `node${ids.length === 1 ? '' : 's'} ${ids.join(', ')}`;
const short = (bytes: Uint8Array): string => `${toHex0x(bytes).slice(0, 10)}…`;
const amount = (toma: bigint): string => formatAmount(toma);

const verdicts: Readonly<Record<string, string>> = {
  convicted: 'guilty: the buyer gets everything back, the jury and the accuser are paid from the bond',
};

/** Who did what, for the events a life of a stack consists of; others are not told. */
const lines: { readonly [Kind in EventKind]?: (data: Extract<AtomaEvent, { kind: Kind }>['data']) => Told } = {
  ConfigChangedEvent: (e) => ({
    actor: 'manager',
    outcome: `sets ${e.name} from ${e.old} to ${e.new} permille`,
    command: null,
  }),
  StackCreatedEvent: (e) => ({
    actor: 'gateway',
    outcome: `buys stack ${e.stackSmallId}: ${grouped(e.numComputeUnits)} units at ${e.pricePerComputeUnit}, ${amount(e.escrow)} into escrow; node ${e.selectedNodeId} is drawn and locks a bond of ${amount(e.bond)}`,
    command: `db acquire-new-stack-entry --task-small-id ${e.taskSmallId} --num-compute-units ${e.numComputeUnits} --price ${e.pricePerComputeUnit}`,
  }),
  StackTrySettleEvent: (e) => ({
    actor: `node ${e.selectedNodeId}`,
    outcome: `settles stack ${e.stackSmallId}: ${grouped(e.numClaimedComputeUnits)} units, and 32 bytes that commit to every answer; ${nodes(e.requestedAttestationNodes)} ${e.attestationRequired ? 'must check' : 'need not check'} them`,
    command: `db try-settle-stack --stack-small-id ${e.stackSmallId} --num-claimed-compute-units ${e.numClaimedComputeUnits} --committed-stack-proof ${short(e.committedStackProof)} --stack-merkle-leaf ${short(e.stackMerkleLeaf)}`,
  }),
  NewStackSettlementAttestationEvent: (e) => ({
    actor: `node ${e.attestationNodeId}`,
    outcome: 'repeats every request on its own engine, comes to the same 32 bytes, and attests',
    command: `db submit-stack-settlement-attestation --stack-small-id ${e.stackSmallId} --committed-stack-proof ${short(e.committedStackProof)} --stack-merkle-leaf ${short(e.stackMerkleLeaf)}`,
  }),
  StackSettlementTicketClaimedEvent: (e) => ({
    actor: `node ${e.selectedNodeId}`,
    outcome: `claims its fee of ${amount(e.nodeFee)}; ${amount(e.userRefundAmount)} that nobody used go back to the buyer, ${amount(e.surcharge)} of surcharge to the pool, which owes ${amount(e.attesterPay)} to ${nodes(e.attestationNodes)}`,
    command: `db claim-funds --settled-ticket-ids ${e.stackSmallId}`,
  }),
  StackAttestationDisputeEvent: (e) => ({
    actor: e.challengerNodeId === 0n ? 'challenger' : `node ${e.challengerNodeId}`,
    outcome: `repeats the requests, comes to other answers, and disputes with a bond of its own; jury: ${nodes(e.jurors)}`,
    command: `db start-attestation-dispute --stack-small-id ${e.stackSmallId} --attestation-commitment ${short(e.attestationCommitment)}`,
  }),
  DisputeEvidenceEvent: (e) => ({
    actor: 'buyer',
    outcome: `shows ${counted(e.receipts.length, 'receipt')} and names ${counted(e.rows.length, 'row')} in the dispute, which begins anew`,
    command: `db show-dispute-evidence --stack-small-id ${e.stackSmallId}`,
  }),
  DisputeVoteCommittedEvent: (e) => ({
    actor: `node ${e.jurorNodeId}`,
    outcome: 'repeats the requests as a juror and commits a sealed vote',
    command: `db commit-dispute-vote --stack-small-id ${e.stackSmallId} --merkle-root … --units …`,
  }),
  DisputeVoteRevealedEvent: (e) => ({
    actor: `node ${e.jurorNodeId}`,
    outcome: `reveals its vote: ${grouped(e.numComputeUnits)} units, root ${short(e.historyRoot)}`,
    command: `db reveal-dispute-vote --stack-small-id ${e.stackSmallId} --merkle-root … --units … --salt …`,
  }),
  DisputeResolvedEvent: (e) => ({
    actor: 'contract',
    outcome: `node ${e.selectedNodeId} is ${verdicts[outcomeName(e.outcome)] ?? outcomeName(e.outcome)} (${amount(e.userRefundAmount)} to the buyer, ${amount(e.jurorPay)} to each juror, ${amount(e.challengerShare)} to the accuser)`,
    command: `db resolve-dispute --stack-small-id ${e.stackSmallId}`,
  }),
};

const PAGE = 50;

/** Begins a story; events of before are not told. */
export const beginStory = async (atoma: Atoma, teller: Teller): Promise<Story> => {
  const steps: Step[] = [];
  let chapter = '';
  let cursor = (await listEvents(atoma, { order: 'descending', limit: 1 })).cursor;
  const add = (told: Told, digest: string | null): void => {
    const step = { chapter, ...told, digest };
    steps.push(step);
    teller.step(step);
  };
  return {
    steps,
    chapter: (title) => {
      chapter = title;
      teller.chapter(title);
    },
    tell: (actor, outcome, command) => add({ actor, outcome, command: command ?? null }, null),
    catchUp: async () => {
      const found: AtomaEvent[] = [];
      for (let more = true; more; ) {
        const page = await listEvents(atoma, { limit: PAGE, ...(cursor !== null && { after: cursor }) });
        found.push(...page.events);
        cursor = page.cursor ?? cursor;
        more = page.hasMore;
      }
      for (const event of found) {
        const line = lines[event.kind] as ((data: unknown) => Told) | undefined;
        if (line) add(line(event.data), event.digest);
      }
      return found;
    },
  };
};
