/** Which node a call acts for. */
import type { Atoma } from '../context/atoma.ts';
import { findDispute } from '../reads/disputes.ts';
import { findStack } from '../reads/stacks.ts';
import { findTicket } from '../reads/tickets.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';
import { selectBadge } from './select-badge.ts';

/** Names a node of the sender. Without either: the node the call needs, else the sender's only one. */
export interface NodeSelector {
  /** Object id of its badge. */
  readonly nodeBadgeId?: string;
  readonly nodeSmallId?: SmallIdInput;
}

/** Whom the chain expects to act on a stack. */
export type StackDuty = 'serve' | 'attest' | 'vote';

const isNode = (id: bigint | null): id is bigint => id !== null;

/** Small ids of the nodes with a duty on a stack; none when the stack, ticket or dispute is absent. */
const dutiful = async (atoma: Atoma, duty: StackDuty, stackSmallId: SmallIdInput): Promise<readonly bigint[]> => {
  if (duty === 'serve') {
    const stack = await findStack(atoma, { stackSmallId });
    return stack ? [stack.selectedNodeSmallId] : [];
  }
  if (duty === 'vote') return (await findDispute(atoma, { stackSmallId }))?.jurors ?? [];
  const ticket = await findTicket(atoma, { stackSmallId });
  const due = ticket?.attesters.filter(isNode).filter((id) => !ticket.attested.includes(id)) ?? [];
  return due.length > 0 ? due : (ticket?.attesters.filter(isNode) ?? []);
};

/** Badge id of the sender's node. Throws `SDK_NO_BADGE`, `SDK_AMBIGUOUS_BADGE`. */
export const nodeBadge = (atoma: Atoma, selector: NodeSelector): Promise<string> =>
  selectBadge(atoma, 'node', { badgeId: selector.nodeBadgeId, smallId: selector.nodeSmallId });

/** Badge id of the sender's node that has the duty on the stack. Throws as {@link nodeBadge}. */
export const nodeBadgeForStack = async (
  atoma: Atoma,
  selector: NodeSelector,
  duty: StackDuty,
  stackSmallId: SmallIdInput,
): Promise<string> => {
  const named = selector.nodeBadgeId !== undefined || selector.nodeSmallId !== undefined;
  if (named) return nodeBadge(atoma, selector);
  return selectBadge(atoma, 'node', { fitting: await dutiful(atoma, duty, smallId(stackSmallId)) });
};
