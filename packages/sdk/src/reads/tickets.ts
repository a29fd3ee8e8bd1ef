import type { Atoma } from '../context/atoma.ts';
import type { Ticket as TicketRow } from '../generated/bindings/atoma/settlement.ts';
import { ticketLayout } from '../internal/layouts.ts';
import { type ListRowsParameters, listRows, optionalHash, readRow, tableId } from '../internal/rows.ts';
import { sdkError } from '../sdk-errors.ts';
import { smallId } from '../values/ids.ts';
import { spans } from '../values/spans.ts';
import type { StackParameters } from './stacks.ts';

/** Where a settlement stands; the contract's numbers 0 to 4 in this order. */
export const ticketStates = ['open', 'awaiting', 'clean', 'openRequired', 'disputed'] as const;

/** One of {@link ticketStates}. */
export type TicketState = (typeof ticketStates)[number];

/** A settlement that has not been claimed. */
export interface Ticket {
  readonly stackSmallId: bigint;
  readonly state: TicketState;
  readonly numClaimedComputeUnits: bigint;
  /** 32 bytes. */
  readonly committedStackProof: Uint8Array;
  /** T: hash of the list of inputs, 32 bytes; null where the node named none. */
  readonly inputs: Uint8Array | null;
  /** Picks the rows that are checked; 32 bytes. */
  readonly auditSeed: Uint8Array;
  /** L_0..L_k, 32 bytes each; zeros where none was given. */
  readonly leaves: readonly Uint8Array[];
  /** Small id by place: attester i gives L_(i+1); null where no node was found. Empty unless level 1. */
  readonly attesters: readonly (bigint | null)[];
  /** Those of the attesters that have attested. */
  readonly attested: readonly bigint[];
  /** Every node drawn for this ticket so far, replaced ones included. */
  readonly drawn: readonly bigint[];
  /** Whether the attesters must attest. */
  readonly required: boolean;
  /** Goes to the pool with the fee, base units of TOMA; 0 where nobody could check. */
  readonly surcharge: bigint;
  /** First epoch in which it can no longer be attested or disputed, and an undisturbed ticket can be claimed. */
  readonly deadlineEpoch: bigint;
  /** First epoch in which the commitment can no longer be opened; null unless it must be. */
  readonly openUntilEpoch: bigint | null;
  /** Times the attesters were replaced. */
  readonly redraws: number;
}

const toTicket = (stackSmallId: bigint, row: TicketRow): Ticket => {
  const state = ticketStates[row.state];
  if (state === undefined) throw sdkError('DECODE', { what: `State ${row.state} of ticket ${stackSmallId}` });
  return {
    stackSmallId,
    state,
    numClaimedComputeUnits: row.claimed,
    committedStackProof: row.root,
    inputs: optionalHash(row.inputs),
    auditSeed: row.seed,
    leaves: row.leaves,
    attesters: row.attesters.map((id) => (id === 0n ? null : id)),
    attested: row.attesters.filter((_, i) => row.attested[i]),
    drawn: row.drawn,
    required: row.required,
    surcharge: row.surcharge,
    deadlineEpoch: row.deadline,
    openUntilEpoch: state === 'openRequired' ? row.deadline + spans.opening : null,
    redraws: row.redraws,
  };
};

/** All tickets, ordered by stack. */
export const listTickets = async (atoma: Atoma, parameters?: ListRowsParameters): Promise<readonly Ticket[]> =>
  (await listRows(atoma, 'tickets', ticketLayout, parameters)).map(({ id, row }) => toTicket(id, row));

/** The ticket of a stack, or null. */
export const findTicket = async (atoma: Atoma, parameters: StackParameters): Promise<Ticket | null> => {
  const id = smallId(parameters.stackSmallId);
  const row = await readRow(atoma, await tableId(atoma, 'tickets'), ticketLayout, id);
  return row && toTicket(id, row);
};

/** The ticket of a stack. Throws `SDK_TICKET_NOT_FOUND`. */
export const getTicket = async (atoma: Atoma, parameters: StackParameters): Promise<Ticket> => {
  const ticket = await findTicket(atoma, parameters);
  if (!ticket) throw sdkError('TICKET_NOT_FOUND', { id: String(parameters.stackSmallId) });
  return ticket;
};
