/** The chain view over the SDK. */
import { type Atoma, decodeEvent, findStack, getTask, largestRequest, type Stack, type Task } from '@atoma/sdk';
import type { StackTerms } from '../store/types.ts';
import type { ChainView } from './view.ts';

/** Terms of a stack in the ledger's form. */
export const toStackTerms = (stack: Stack, task: Task, badge: string | null): StackTerms => ({
  id: stack.stackSmallId,
  task: stack.taskSmallId,
  role: task.role,
  model: task.modelName ?? '',
  level: stack.securityLevel,
  owner: stack.owner,
  badge,
  price: stack.pricePerComputeUnit,
  units: stack.numComputeUnits,
  largestRequest: largestRequest(stack),
  attesters: Number(stack.terms.attesters),
  purchaseEpoch: stack.boughtEpoch,
  expiryEpoch: stack.expiryEpoch,
  noticeEpoch: stack.noticeEpoch,
});

/** Tells when a read succeeded, ms since 1970. */
export type NoteRead = () => void;

/** Makes the view. */
export const createChainView = (atoma: Atoma, noteRead: NoteRead = () => undefined): ChainView => {
  const noted = async <Value>(call: Promise<Value>): Promise<Value> => {
    const value = await call;
    noteRead();
    return value;
  };
  return {
    readStack: async (stackSmallId) => {
      const stack = await noted(findStack(atoma, { stackSmallId }));
      if (!stack) return null;
      const task = await noted(getTask(atoma, { taskSmallId: stack.taskSmallId }));
      return {
        terms: toStackTerms(stack, task, null),
        node: stack.selectedNodeSmallId,
        nodeAddress: stack.nodeAddress,
      };
    },
    badgeHolder: async (badge) => {
      const { objects } = await noted(atoma.client.core.getObjects({ objectIds: [badge] }));
      const [object] = objects;
      if (!object || object instanceof Error) return null;
      const address = object.owner.$kind === 'AddressOwner' ? object.owner.AddressOwner : null;
      return { address, version: BigInt(object.version) };
    },
    purchasedBadge: async (digest, stack) => {
      const result = await noted(atoma.client.core.getTransaction({ digest, include: { events: true } }));
      const { events } = result.Transaction ?? result.FailedTransaction;
      for (const raw of events) {
        const event = decodeEvent(atoma.deployment, raw);
        if (event?.kind === 'StackCreatedEvent' && event.data.stackSmallId === stack) return event.data.stackBadgeId;
      }
      return null;
    },
  };
};
