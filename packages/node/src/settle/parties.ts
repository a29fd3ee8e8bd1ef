/** Addresses with rights in the settlement of a stack, from the chain, remembered for a short time. */
import { type Atoma, findDispute, findNode, findStack, findTicket } from '@atoma/sdk';
import type { Parties } from '../serve/inquiry.ts';
import { createCache, createRateLimit } from '../serve/rate.ts';

const REMEMBER_MS = 3_000;
const ENTRIES = 1_000;
/** Look-ups for addresses that are not known parties. */
const READS_PER_SECOND = 20;

const ownerOf = async (atoma: Atoma, nodeSmallId: bigint): Promise<string | undefined> =>
  (await findNode(atoma, { nodeSmallId }))?.owner;

const ownersOf = async (atoma: Atoma, nodes: readonly bigint[]): Promise<readonly string[]> => {
  const owners = await Promise.all(nodes.map((node) => ownerOf(atoma, node)));
  return owners.filter((owner) => owner !== undefined);
};

/** Everyone named in a list of parties. */
const everyone = ({ buyer, attesters, jurors, challenger }: Parties): readonly (string | null)[] => [
  ...attesters,
  ...jurors,
  challenger,
  buyer,
];

/** Makes the look-up for a signer. An address that is not among those remembered is looked up again, within the rate. */
export const createParties = (
  atoma: Atoma,
  now: () => number,
): ((stack: bigint, signer: string) => Promise<Parties>) => {
  const known = createCache<bigint, Parties>(ENTRIES, REMEMBER_MS);
  const reads = createRateLimit(READS_PER_SECOND);
  return async (stackSmallId, signer) => {
    const fresh = known.get(stackSmallId, now());
    if (fresh && (everyone(fresh).includes(signer) || !reads.allow(now()))) return fresh;
    const ticket = await findTicket(atoma, { stackSmallId });
    const dispute = ticket?.state === 'disputed' ? await findDispute(atoma, { stackSmallId }) : null;
    const drawn = ticket?.required ? ticket.drawn : [];
    const stack = await findStack(atoma, { stackSmallId });
    const parties: Parties = {
      buyer: stack?.owner ?? null,
      attesters: await ownersOf(atoma, drawn),
      jurors: await ownersOf(atoma, dispute?.jurors ?? []),
      challenger: dispute?.challenger ?? null,
    };
    known.set(stackSmallId, parties, now());
    return parties;
  };
};
