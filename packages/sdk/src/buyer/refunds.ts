/** How unsettled stacks give their money back: a notice, and the stack taken back once its epochs have passed. */
import { theOnly } from '../internal/results.ts';
import { findStack } from '../reads/stacks.ts';
import { reclaimStack } from '../writes/reclaim-stack.ts';
import { requestStackRefund } from '../writes/request-stack-refund.ts';
import { confirmed, type Outbox } from './buyer-outbox.ts';
import type { BuyerContext } from './context.ts';
import type { JournalStack } from './journal/types.ts';

/** Who asks for money back. */
export interface Refunding {
  readonly context: BuyerContext;
  readonly outbox: Outbox;
}

/** The rows of the journal that change when a stack has ended. */
export const endedRow = async ({ journal }: BuyerContext, stack: bigint): Promise<readonly JournalStack[]> => {
  const row = await journal.findStack(stack);
  return row ? [{ ...row, stage: 'ended' }] : [];
};

const badgeOf = (context: BuyerContext, stack: bigint) => {
  const own = context.book.find(stack);
  return own ? { stackBadgeId: own.badge } : { stackSmallId: stack };
};

/** Puts a stack on notice; returns the first epoch in which it can be taken back. */
export const requestRefund = async ({ context, outbox }: Refunding, stack: bigint): Promise<bigint> => {
  const { atoma } = context;
  const outcome = await outbox.run({
    kind: 'notice',
    subject: String(stack),
    frozen: '{}',
    cost: 0n,
    build: () => requestStackRefund.build(atoma, badgeOf(context, stack)),
    changes: async () => [],
  });
  const ran = confirmed('notice', `of stack ${stack}`, outcome);
  await context.book.change(stack, { stage: 'notice', noticeEpoch: ran.epoch });
  const { reclaimEpoch } = theOnly(ran, atoma, 'StackRefundRequestedEvent', 'db request-stack-refund');
  context.emit({ kind: 'notice', stack, reclaimEpoch });
  return reclaimEpoch;
};

/** Takes a stack back; returns what was paid back, base units of TOMA. */
export const reclaimOwn = async ({ context, outbox }: Refunding, stack: bigint): Promise<bigint> => {
  const { atoma } = context;
  const held = await findStack(atoma, { stackSmallId: stack });
  const outcome = await outbox.run({
    kind: 'reclaim',
    subject: String(stack),
    frozen: '{}',
    cost: 0n,
    build: () => reclaimStack.build(atoma, badgeOf(context, stack)),
    changes: () => endedRow(context, stack),
  });
  confirmed('reclaim', `of stack ${stack}`, outcome);
  const refund = held?.escrow ?? 0n;
  context.emit({ kind: 'reclaimed', stack, refund });
  return refund;
};

/** Nodes that were found out have their stacks put on notice, so that the money comes back. */
export const noticeMistrusted = async (
  context: BuyerContext,
  notice: (stack: bigint) => Promise<bigint>,
): Promise<void> => {
  for (const own of context.book.list())
    if (own.stage === 'open' && context.book.mistrusted().has(own.node))
      await notice(own.stack).catch((error: unknown) =>
        context.emit({ kind: 'fault', what: `refund notice of stack ${own.stack}`, why: (error as Error).message }),
      );
};
