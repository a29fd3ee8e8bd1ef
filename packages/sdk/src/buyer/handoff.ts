/** Stacks that change hands: their node's word on what is used, asked for by who gives one away, kept by who takes it. */
import { fromHex, toHex } from '@atoma/base';
import type { Atoma } from '../context/atoma.ts';
import { findStack } from '../reads/stacks.ts';
import { findTicket } from '../reads/tickets.ts';
import { equalBytes } from '../values/bytes.ts';
import { fromBase64, toBase64 } from '../wire/headers.ts';
import { record, text } from '../wire/json.ts';
import { HANDOFF_BYTES, type Handoff, handoffLayout } from '../wire/messages.ts';
import { parseSignature, verifyPersonalMessage } from '../wire/signature.ts';
import { buyerError } from './buyer-errors.ts';
import { type BuyerContext, wireIdsOf } from './context.ts';
import { inquire } from './inquiry.ts';
import { type Journal, UNUSED } from './journal/types.ts';

/** What a sound handoff says, and what the chain says of its stack. Units; price in base units of TOMA. */
export interface HandedStack {
  readonly stack: bigint;
  readonly node: bigint;
  readonly task: bigint;
  readonly level: number;
  /** The only address, beside those recorded as owner after it, that can spend what is left; `0x` and 64 hex digits. */
  readonly owner: string;
  /** Owner that the chain records now; `0x` and 64 hex digits. */
  readonly recorded: string;
  /** Requests billed so far. */
  readonly rows: bigint;
  readonly units: bigint;
  readonly used: bigint;
  readonly left: bigint;
  readonly price: bigint;
  readonly expiryEpoch: bigint;
}

/** A handoff that a node gave. */
export interface GivenHandoff {
  /** Signature, then message. */
  readonly shown: Uint8Array;
  readonly handed: HandedStack;
}

/** What a handoff says; its signature, in front, is not looked at. Throws `WIRE_MALFORMED`. */
export const readHandoff = (shown: Uint8Array): Handoff => handoffLayout.decode(shown.subarray(-HANDOFF_BYTES));

const isSigned = async (shown: Uint8Array, by: string): Promise<boolean> => {
  const bytes = shown.subarray(-HANDOFF_BYTES);
  const parsed = parseSignature(shown.slice(0, -HANDOFF_BYTES));
  return parsed.address === by && (await verifyPersonalMessage(bytes, parsed));
};

/**
 * Reads a handoff (signature, then message) and holds it against the chain. Ask for it before you pay, in the name of an address that
 * never owned the stack. Throws `BUYER_HANDOFF` for one that does not bind the stack's node, `WIRE_MALFORMED` for other bytes.
 */
export const checkHandoff = async (atoma: Atoma, shown: Uint8Array): Promise<HandedStack> => {
  const said = readHandoff(shown);
  const fail = (why: string) => buyerError('HANDOFF', { stack: said.stack, why });
  const ids = wireIdsOf(atoma);
  if (!equalBytes(said.chainId, ids.chainId) || !equalBytes(said.packageId, ids.packageId))
    throw fail('it is of another chain or market');
  const stack = await findStack(atoma, { stackSmallId: said.stack });
  if (!stack || (await findTicket(atoma, { stackSmallId: said.stack })))
    throw fail('the stack is settled or has ended: nothing of it can be used any more');
  if (said.node !== stack.selectedNodeSmallId || !(await isSigned(shown, stack.nodeAddress)))
    throw fail(`it is not signed by ${stack.nodeAddress}, the address of the stack's node`);
  if (said.units > stack.numComputeUnits)
    throw fail(`${said.units} units are used, of ${stack.numComputeUnits} bought`);
  return {
    stack: said.stack,
    node: said.node,
    task: stack.taskSmallId,
    level: stack.securityLevel,
    owner: `0x${toHex(said.owner)}`,
    recorded: stack.owner,
    rows: said.rows,
    units: stack.numComputeUnits,
    used: said.units,
    left: stack.numComputeUnits - said.units,
    price: stack.pricePerComputeUnit,
    expiryEpoch: stack.expiryEpoch,
  };
};

const mark = (stack: bigint): string => `handoff/${stack}`;

/** The handoff by which this buyer got a stack; null where it bought it itself, or has none. */
export const keptHandoff = async (journal: Journal, stack: bigint): Promise<Uint8Array | null> => {
  const kept = await journal.getSetting(mark(stack));
  return (kept && fromBase64(kept)) || null;
};

/**
 * Whether the handoff kept of a stack came while another owner was recorded, and the journal has lacked nothing since: then nobody had signed for
 * the stack with this wallet, here or with another journal.
 */
export const isKnownSince = async (journal: Journal, stack: bigint): Promise<boolean> => {
  const kept = await journal.getSetting(mark(stack));
  return kept !== undefined && kept === (await journal.getSetting(`${UNUSED}${stack}`));
};

/**
 * Keeps a handoff to this wallet. From then on its own requests are all that can be billed; this journal has them all where the handoff came
 * before this wallet was the recorded owner. Throws what
 * {@link checkHandoff} throws, and `BUYER_HANDOFF` where it names another address, or the journal knows all that is used already.
 */
export const takeHandoff = async (context: BuyerContext, shown: Uint8Array): Promise<HandedStack> =>
  keepHandoff(context, shown, await checkHandoff(context.atoma, shown));

const keepHandoff = async (context: BuyerContext, shown: Uint8Array, handed: HandedStack): Promise<HandedStack> => {
  const { journal, book, address } = context;
  const fail = (why: string) => buyerError('HANDOFF', { stack: handed.stack, why });
  if (handed.owner !== address) throw fail(`it names ${handed.owner}, not this wallet (${address})`);
  const [row, { receipts, exposure }] = [await journal.findStack(handed.stack), await journal.meters(handed.stack)];
  if (row?.complete) {
    const kept = await keptHandoff(journal, handed.stack);
    if (kept && equalBytes(kept, shown)) return handed;
    // A node's word of what is used would stand above the receipts, and what it adds would be let pass.
    throw fail('this wallet knows by itself all that is used of it');
  }
  await journal.putSetting(mark(handed.stack), toBase64(shown));
  if (handed.recorded !== address) await journal.putSetting(`${UNUSED}${handed.stack}`, toBase64(shown));
  const complete = receipts === 0 && exposure === 0n && (await isKnownSince(journal, handed.stack));
  if (row) await book.change(handed.stack, { usedBefore: handed.used, complete });
  return handed;
};

/**
 * Asks the node of an own stack for a handoff to `owner` (`0x` and 64 hex digits). From then on the node serves nobody else on it: give the
 * bytes to whoever buys the badge. The chain is asked about it once. Throws `BUYER_HANDOFF` where the node gives none, `BUYER_UNREACHABLE`.
 */
export const requestHandoff = async (context: BuyerContext, stack: bigint, owner: string): Promise<GivenHandoff> => {
  const known = await findStack(context.atoma, { stackSmallId: stack });
  if (!known || fromHex(owner.slice(2))?.length !== 32)
    throw buyerError('HANDOFF', { stack, why: known ? `${owner} is no address` : 'the stack has ended' });
  const path = `/v1/stacks/${stack}/handoff`;
  const body = new TextEncoder().encode(JSON.stringify({ owner }));
  const { status, json } = await inquire(context, { node: known.selectedNodeSmallId, stack, path }, body);
  const shown = fromBase64(text(json.handoff));
  if (status !== 200 || !shown?.length)
    throw buyerError('HANDOFF', { stack, why: text(record(json.error).message) || `its node answered ${status}` });
  const handed = await checkHandoff(context.atoma, shown);
  if (handed.stack !== stack || handed.owner !== owner)
    throw buyerError('HANDOFF', { stack, why: 'its node signed something else' });
  if (owner === context.address) await keepHandoff(context, shown, handed);
  // No more requests; watched until the next owner is recorded, for until then what the node claims is taken from this wallet.
  else await context.book.change(stack, { stage: 'settled' });
  return { shown, handed };
};
