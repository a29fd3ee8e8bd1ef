/**
 * Requests under way. They live in memory alone: whatever ends the process ends them too, and nothing was charged for them, so a row
 * on disk would only say what recovery would have to undo.
 */
import type { RequestInput, RequestRow } from '../types.ts';

/** A request under way. */
export interface HeldRequest extends RequestInput {
  readonly bound: bigint;
  readonly attempt: number;
}

/** Requests under way, and the units they hold. */
export interface HeldRequests {
  readonly find: (stack: bigint, requestId: string) => HeldRequest | undefined;
  readonly add: (request: HeldRequest) => void;
  readonly remove: (request: HeldRequest) => void;
  /** How many there are. */
  readonly size: () => number;
  /** Requests of a stack, or all. */
  readonly list: (stack?: bigint) => readonly HeldRequest[];
  /** Units held of a stack, or of all. */
  readonly units: (stack?: bigint) => bigint;
}

/** A request under way as a row. */
export const heldRow = ({ body: _, now, ...request }: HeldRequest): RequestRow => ({
  ...request,
  state: 'reserved',
  reason: null,
  leafIndex: null,
  promptUnits: null,
  completionUnits: null,
  units: null,
  contentHash: null,
  workDigest: null,
  traceHash: null,
  cut: null,
  receipt: null,
  receiptSignature: null,
  refused: null,
  createdMs: now,
  finishedMs: null,
});

interface HeldStack {
  readonly requests: Map<string, HeldRequest>;
  units: bigint;
}

/** Makes an empty list. */
export const createHeldRequests = (): HeldRequests => {
  const stacks = new Map<bigint, HeldStack>();
  const stackOf = (stack: bigint): HeldStack => {
    const known = stacks.get(stack) ?? { requests: new Map(), units: 0n };
    stacks.set(stack, known);
    return known;
  };
  const of = (stack: bigint | undefined): readonly HeldStack[] =>
    stack === undefined ? [...stacks.values()] : [stackOf(stack)];
  return {
    find: (stack, requestId) => stacks.get(stack)?.requests.get(requestId),
    add: (request) => {
      const held = stackOf(request.stack);
      held.requests.set(request.requestId, request);
      held.units += request.bound;
    },
    remove: (request) => {
      const held = stackOf(request.stack);
      if (held.requests.delete(request.requestId)) held.units -= request.bound;
      if (held.requests.size === 0) stacks.delete(request.stack);
    },
    size: () => [...stacks.values()].reduce((sum, { requests }) => sum + requests.size, 0),
    list: (stack) => of(stack).flatMap(({ requests }) => [...requests.values()]),
    units: (stack) =>
      stack === undefined ? of(stack).reduce((sum, { units }) => sum + units, 0n) : (stacks.get(stack)?.units ?? 0n),
  };
};
