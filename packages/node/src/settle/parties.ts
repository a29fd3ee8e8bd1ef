/** Addresses with rights in the settlement of a stack, from the chain, remembered for a short time. */
import { type Atoma, findDispute, findNode, findTicket } from '@atoma/sdk';
import type { Parties } from '../serve/inquiry.ts';
import { createCache } from '../serve/rate.ts';

const REMEMBER_MS = 3_000;
const ENTRIES = 1_000;

const ownerOf = async (atoma: Atoma, nodeSmallId: bigint): Promise<string | undefined> =>
  (await findNode(atoma, { nodeSmallId }))?.owner;

const ownersOf = async (atoma: Atoma, nodes: readonly bigint[]): Promise<readonly string[]> => {
  const owners = await Promise.all(nodes.map((node) => ownerOf(atoma, node)));
  return owners.filter((owner) => owner !== undefined);
};

/** Makes the look-up. */
export const createParties = (atoma: Atoma, now: () => number): ((stack: bigint) => Promise<Parties>) => {
  const known = createCache<bigint, Parties>(ENTRIES, REMEMBER_MS);
  return async (stackSmallId) => {
    const fresh = known.get(stackSmallId, now());
    if (fresh) return fresh;
    const ticket = await findTicket(atoma, { stackSmallId });
    const dispute = ticket?.state === 'disputed' ? await findDispute(atoma, { stackSmallId }) : null;
    const drawn = ticket?.required ? ticket.drawn : [];
    const parties: Parties = {
      attesters: await ownersOf(atoma, drawn),
      jurors: await ownersOf(atoma, dispute?.jurors ?? []),
      challenger: dispute?.challenger ?? null,
    };
    known.set(stackSmallId, parties, now());
    return parties;
  };
};
