/** The books as lines of JSON, for a check from outside: stacks, signed requests without their bytes, rows of clients. */
import type { Journal, JournalRequest, JournalStack } from '@atoma/sdk';
import * as z from 'zod';
import { gatewayError } from '../gateway-errors.ts';
import { type BookRow, bookStates, type GatewayStore } from '../store/types.ts';

/** A stack as the books know it. */
export type BookedStack = Pick<JournalStack, 'stack' | 'node' | 'price' | 'usedBefore'>;

/** A signed request as the books know it. Units. */
export interface BookedRequest {
  readonly requestId: string;
  readonly stack: bigint;
  /** Key and row it was made for; empty: nobody's in particular. */
  readonly tag: string;
  /** Of its receipt; null without one. */
  readonly units: bigint | null;
  readonly maxUnits: bigint;
  /** Neither receipted nor refused: it may still be charged. */
  readonly open: boolean;
}

/** What a client was charged for one request. */
export type BookedRow = Pick<BookRow, 'id' | 'tenant' | 'state' | 'units'>;

/** Books of a buyer, with those of the gateway in front of it; null without one. */
export interface BooksCopy {
  readonly stacks: readonly BookedStack[];
  readonly requests: readonly BookedRequest[];
  readonly rows: readonly BookedRow[] | null;
}

const stackOf = ({ stack, node, price, usedBefore }: JournalStack): BookedStack => ({ stack, node, price, usedBefore });

const requestOf = ({ requestId, stack, tag, units, maxUnits, stage }: JournalRequest): BookedRequest => ({
  requestId,
  stack,
  tag,
  units,
  maxUnits,
  open: stage === 'open' || stage === 'dropped',
});

const rowOf = ({ id, tenant, state, units }: BookRow): BookedRow => ({ id, tenant, state, units });

/** Reads the books; `store` is null without a gateway. */
export const copyBooks = async (journal: Journal, store: GatewayStore | null): Promise<BooksCopy> => {
  const stacks = await journal.listStacks();
  const limit = Number.MAX_SAFE_INTEGER;
  const requests = await Promise.all(stacks.map(({ stack }) => journal.listRequests({ stack, limit })));
  return {
    stacks: stacks.map(stackOf),
    requests: requests.flat().map(requestOf),
    rows: store === null ? null : (await store.listRows({ limit })).map(rowOf),
  };
};

const text = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** The books as JSON; amounts are decimal text. */
export const encodeBooks = (books: BooksCopy): string => JSON.stringify(books, text);

const amount = z
  .string()
  .regex(/^-?\d{1,39}$/)
  .transform(BigInt);
const copy = z.object({
  stacks: z.array(z.object({ stack: amount, node: amount, price: amount, usedBefore: amount })),
  requests: z.array(
    z.object({
      requestId: z.string(),
      stack: amount,
      tag: z.string(),
      units: amount.nullable(),
      maxUnits: amount,
      open: z.boolean(),
    }),
  ),
  rows: z.array(z.object({ id: z.string(), tenant: z.string(), state: z.enum(bookStates), units: amount })).nullable(),
});

/** Reads {@link encodeBooks}. Throws `GATEWAY_BOOKS`. */
export const decodeBooks = (json: string): BooksCopy => {
  try {
    return copy.parse(JSON.parse(json));
  } catch (error) {
    throw gatewayError('BOOKS', {}, error);
  }
};
