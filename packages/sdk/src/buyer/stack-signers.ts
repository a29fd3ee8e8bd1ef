/** The one address that signs for a stack. It is fixed at purchase, so it is kept for good. */
import type { Atoma } from '../context/atoma.ts';
import { findEvent } from '../events/list.ts';
import { findStack } from '../reads/stacks.ts';

const atPurchase = async (atoma: Atoma, stack: bigint): Promise<string | undefined> =>
  (await findEvent(atoma, 'StackCreatedEvent', 'ascending', ({ data }) => data.stackSmallId === stack))?.data
    .nodeAddress;

/** Makes the book of signers. */
export const createStackSigners = (atoma: Atoma) => {
  const signers = new Map<bigint, string>();
  const note = (stack: bigint, address: string): void => {
    signers.set(stack, address);
  };
  const find = async (stack: bigint): Promise<string | undefined> => {
    const known = signers.get(stack);
    if (known !== undefined) return known;
    const open = await findStack(atoma, { stackSmallId: stack });
    const address = open?.nodeAddress ?? (await atPurchase(atoma, stack));
    if (address !== undefined) note(stack, address);
    return address;
  };
  return { find, note };
};
