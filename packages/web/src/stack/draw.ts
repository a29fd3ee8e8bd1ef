/** Who could be drawn when a stack was bought: by the offers, the stakes and the reputations of then, and by the names in the purchase. */
import type { AtomaEvent, EventData, NodeStanding } from '@atoma/sdk';
import { bcs } from '@mysten/sui/bcs';
import { bytesOf } from '../explore/move-values.ts';
import { number, record, rows, text } from '../json.ts';
import type { PageProps } from '../pages/props.ts';
import { type Offer, readOffersThen } from './offers-then.ts';

type Chain = Pick<PageProps, 'reads' | 'atoma'>;

/** Place of the named nodes among the arguments of a purchase. */
const AMONG = 7;
const named = bcs.vector(bcs.u64());

/** Nodes that a transaction's purchase named; empty: all that ask at most the price. Null: it was made by another program's call. */
const readNamed = async ({ atoma }: Pick<Chain, 'atoma'>, digest: string): Promise<readonly bigint[] | null> => {
  const found = await atoma.client.getTransaction({ digest, include: { transaction: true } });
  const { commands, inputs } = record(record(record(found)[found.$kind]).transaction);
  const call = rows(commands)
    .map((command) => record(command.MoveCall))
    .find((each) => each.function === 'acquire_new_stack_entry');
  const list = Array.isArray(call?.arguments) ? call.arguments : [];
  const input = record(rows(inputs)[number(record(list[AMONG]).Input)]);
  const bytes = text(record(input.Pure).bytes);
  return bytes === '' ? null : named.parse(bytesOf(bytes)).map(BigInt);
};

type Purchase = Pick<EventData<'StackCreatedEvent'>, 'pricePerComputeUnit' | 'numComputeUnits' | 'bond'>;

/** What a draw went by, beside an offer. */
export interface Terms {
  readonly purchase: Purchase;
  readonly leastReputation: number;
  readonly named: readonly bigint[];
}

/** Why the contract could not draw a node, in its own order of questions; null: it could. A key's age, at level 2, is not looked at. */
export const refusalOf = (
  offer: Offer,
  { purchase, leastReputation, named: names }: Terms,
  standing: NodeStanding,
): string | null => {
  const { bond } = purchase;
  const { freeStake, bonded } = standing;
  if (names.length > 0 && !names.includes(offer.node)) return 'was not among those the buyer named';
  if (offer.price > purchase.pricePerComputeUnit) return 'asked more';
  if (offer.mostUnits < purchase.numComputeUnits) return 'sold smaller stacks';
  if (standing.disabledEpoch !== null) return 'had been disabled';
  if (standing.reputation < leastReputation) return 'had too little reputation';
  if (freeStake < bond) return 'had less free stake than the bond';
  return 4n * (freeStake - bond) < freeStake + bonded ? 'would have kept less than a quarter of its stake free' : null;
};

/** Offers that are looked at, cheapest first. */
const MOST_OFFERS = 50;

/** One node that offered the task. */
export interface Candidate {
  readonly offer: Offer;
  /** Null: it could be drawn. */
  readonly refusal: string | null;
  /** Whether the chain still keeps what the answer follows from. */
  readonly known: boolean;
  readonly freeStake: bigint | null;
}

/** A purchase's candidates. */
export interface Draw {
  /** Cheapest first; null where too much had happened before for a page. */
  readonly candidates: readonly Candidate[] | null;
  readonly more: boolean;
  readonly named: readonly bigint[];
}

/** Reads who could be drawn in the purchase of a transaction. */
export const readDraw = async (
  chain: Chain,
  made: EventData<'StackCreatedEvent'>,
  { digest, checkpoint }: Pick<AtomaEvent, 'digest'> & { readonly checkpoint: bigint },
): Promise<Draw> => {
  const { reads, atoma } = chain;
  const [all, task, names] = await Promise.all([
    readOffersThen(chain, made.taskSmallId, checkpoint),
    reads.getTask(atoma, { taskSmallId: made.taskSmallId }).catch(() => null), // removed since
    readNamed(chain, digest),
  ]);
  const offers = all?.slice(0, MOST_OFFERS) ?? [];
  const standings = await reads.findNodesBefore(atoma, { nodeSmallIds: offers.map(({ node }) => node), checkpoint });
  const terms = { purchase: made, leastReputation: task?.minimumReputationScore ?? 0, named: names ?? [] };
  const candidates = offers.map((offer, i): Candidate => {
    const standing = standings[i] ?? null;
    const refusal = standing && refusalOf(offer, terms, standing);
    return { offer, refusal, known: standing !== null && names !== null, freeStake: standing?.freeStake ?? null };
  });
  return { candidates: all && candidates, more: (all?.length ?? 0) > MOST_OFFERS, named: terms.named };
};
