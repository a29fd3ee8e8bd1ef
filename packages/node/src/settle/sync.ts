/** Follows the market's events: a page and its cursor are stored in one transaction. */
import { type AtomaEvent, listEvents } from '@atoma/sdk';
import type { ChainView } from '../chain/view.ts';
import { marketLine } from '../observe/market-line.ts';
import { toMutations } from './events.ts';
import type { SettleContext } from './settle-context.ts';

/** What came with a sync. */
export interface Synced {
  readonly events: readonly AtomaEvent[];
  /** How many were not applied before. */
  readonly applied: number;
}

/** A settlement of an own stack that this daemon did not make: someone else uses the badge. */
const checkForeign = async (settle: SettleContext, event: AtomaEvent): Promise<void> => {
  if (event.kind !== 'StackTrySettleEvent' || event.data.selectedNodeId !== settle.nodeId) return;
  const { store } = settle.node;
  const stack = await store.findStack(event.data.stackSmallId);
  const own = await store.findOutbox('settle', String(event.data.stackSmallId));
  if (stack && !own) settle.alarm('foreign_settlement', { stack: String(stack.id), digest: event.digest });
};

/** An own stack is disputed: its bond is lost if the jury agrees with the challenger. */
const checkDisputed = (settle: SettleContext, event: AtomaEvent): void => {
  if (event.kind !== 'StackAttestationDisputeEvent' || event.data.originalNodeId !== settle.nodeId) return;
  const { stackSmallId, challenger } = event.data;
  settle.alarm('own_stack_disputed', { stack: String(stackSmallId), challenger, digest: event.digest });
};

/** Writes down what concerns this node; again, when the chain is read anew. */
const tellAll = ({ node: { log }, nodeId }: SettleContext, events: readonly AtomaEvent[]): void => {
  for (const event of events) {
    const told = marketLine(event, nodeId);
    if (told) log.info({ ...told.detail, digest: event.digest }, told.what);
  }
};

/** Reads and applies everything new. Rejects when the chain cannot be read; what was applied stays. */
export const syncEvents = async (settle: SettleContext, chain: ChainView): Promise<Synced> => {
  const { store, now } = settle.node;
  const scope = { nodeId: settle.nodeId, address: settle.node.identity.signer.address, chain, now };
  const seen: AtomaEvent[] = [];
  let applied = 0;
  for (;;) {
    const { cursor, checkpoint } = await store.cursor();
    const page = await listEvents(settle.atoma, cursor === null ? {} : { after: cursor });
    const events = [];
    for (const event of page.events) events.push(await toMutations(event, scope));
    const last = page.events.at(-1)?.checkpoint;
    if (events.length > 0 || (page.cursor !== null && page.cursor !== cursor)) {
      const next = { cursor: page.cursor ?? cursor, checkpoint: last == null ? checkpoint : BigInt(last) };
      const fresh = await store.applyEvents(events, next);
      applied += fresh;
      if (fresh > 0) tellAll(settle, page.events);
    }
    for (const event of page.events) {
      await checkForeign(settle, event);
      checkDisputed(settle, event);
    }
    seen.push(...page.events);
    if (!page.hasMore) return { events: seen, applied };
  }
};
