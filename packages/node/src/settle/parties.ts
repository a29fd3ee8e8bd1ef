/** Addresses with rights in the settlement of a stack, from the chain, remembered for a short time. */
import {
  type Atoma,
  type Dispute,
  findDispute,
  findNode,
  findStack,
  findTicket,
  type Stack,
  type Ticket,
} from '@atoma/sdk';
import { type Audit, namedIn } from '../serve/audit.ts';
import type { Parties } from '../serve/inquiry.ts';
import { createCache, createRateLimit, createRateLimits } from '../serve/rate.ts';
import { sampleSize } from './inputs.ts';

const REMEMBER_MS = 3_000;
const ENTRIES = 1_000;
/** Look-ups for addresses that are not known parties. */
const READS_PER_SECOND = 20;
/** Of these for one address. */
const READS_PER_ADDRESS = 5;

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

const nobody: Parties = { buyer: null, attesters: [], jurors: [], challenger: null, audit: null };

const auditOf = (stack: Stack | null, ticket: Ticket | null, dispute: Dispute | null): Audit | null =>
  stack && ticket
    ? {
        seed: ticket.auditSeed,
        size: sampleSize(stack),
        named: namedIn(dispute),
      }
    : null;

/**
 * Makes the look-up for a signer. An address that is not among those remembered is looked up again. Whatever is asked, and of
 * whatever stack, the chain is read within the rate only: first that of the address, then that of all.
 */
export const createParties = (
  atoma: Atoma,
  now: () => number,
): ((stack: bigint, signer: string) => Promise<Parties>) => {
  const known = createCache<bigint, Parties>(ENTRIES, REMEMBER_MS);
  const rates = createRateLimits<string>(READS_PER_ADDRESS, ENTRIES);
  const reads = createRateLimit(READS_PER_SECOND);
  const mayRead = (signer: string): boolean => rates.allow(signer, now()) && reads.allow(now());
  return async (stackSmallId, signer) => {
    const fresh = known.get(stackSmallId, now());
    if (fresh && everyone(fresh).includes(signer)) return fresh;
    if (!mayRead(signer)) return fresh ?? nobody;
    const ticket = await findTicket(atoma, { stackSmallId });
    const dispute = ticket?.state === 'disputed' ? await findDispute(atoma, { stackSmallId }) : null;
    const drawn = ticket?.required ? ticket.drawn : [];
    const stack = await findStack(atoma, { stackSmallId });
    const parties: Parties = {
      buyer: stack?.owner ?? null,
      attesters: await ownersOf(atoma, drawn),
      // A first jury holds rows that the second may ask it for, and asks for what it lacks.
      jurors: await ownersOf(atoma, [...new Set([...(dispute?.jurors ?? []), ...(dispute?.firstJury ?? [])])]),
      challenger: dispute?.challenger ?? null,
      audit: auditOf(stack, ticket, dispute),
    };
    known.set(stackSmallId, parties, now());
    return parties;
  };
};
