/**
 * The honesty calculator: what a node expects to gain or lose by inventing answers on a level-1 stack instead of doing
 * the work. It models the game of docs/protocol.md: with probability p the settlement must be attested; k attesters are
 * drawn without replacement; one honest attester among them disputes; a jury of J decides by majority, where it is of a single vote
 * together with a second one. docs/economics.md derives every formula and names the assumptions.
 */
import { hypergeometricTail } from './hypergeometric.ts';
import { decides, drawnDecides, seatsOf } from './jury.ts';

/** Protocol terms as a stack carries them, in permille where the protocol uses permille. */
export interface HonestyTerms {
  /** Probability that attesters are required, permille. */
  readonly samplingPermille: number;
  /** Attesters drawn, k. */
  readonly attesters: number;
  /** Jurors seated, J (odd). */
  readonly jurors: number;
  /** Node's bond relative to price times units bought, permille. */
  readonly bondPermille: number;
}

/** One stack, the market it is served in, and the cheat's position. Amounts in any one unit (say TOMA). */
export interface HonestyInputs {
  readonly terms: HonestyTerms;
  /** What the node is paid for the units it claims, F. */
  readonly fee: number;
  /** Price times units bought; the bond is a multiple of it. Default: the fee, a stack used up. */
  readonly stackValue?: number;
  /** What doing the work honestly costs the node, C. */
  readonly honestCost: number;
  /** Nodes of the task that can be drawn beside the selected one. */
  readonly otherNodes: number;
  /** How many of `otherNodes` the cheat controls under other identities. */
  readonly colludingNodes: number;
  /** Probability that an honest re-execution differs from an honest answer, 0..1 (irreproducible inference). */
  readonly falsePositiveRate: number;
  /** Stacks on which the node cheats, for the probability of being caught at least once. */
  readonly openStacks: number;
}

/** What the calculator says. Amounts in the unit of the inputs, probabilities 0..1. */
export interface HonestyReport {
  readonly bond: number;
  /** Probability that one cheated stack ends in a conviction. */
  readonly detectionProbability: number;
  /** Probability of at least one conviction over `openStacks` cheated stacks. */
  readonly detectionOverStacks: number;
  /** Probability that honest work is convicted all the same (worst case: jurors who differ agree with each other). */
  readonly falseConvictionProbability: number;
  /** Probability that a cheated stack is disputed in a task too small to seat a jury: nobody is paid, the bond returns. */
  readonly voidedProbability: number;
  /** Expected profit of honest work per stack. */
  readonly honestProfit: number;
  /** Expected profit of cheating per stack. */
  readonly cheatingProfit: number;
  /** `cheatingProfit - honestProfit`: below zero honest work is the better choice. */
  readonly advantageOfCheating: number;
  /** Smallest bond at which cheating does not pay; Infinity when no bond suffices. */
  readonly minimumSafeBond: number;
  readonly honestyPays: boolean;
}

/** Expected outcomes of honest work and of cheating on one stack under the given terms. */
export const honesty = (inputs: HonestyInputs): HonestyReport => {
  const { fee, honestCost, terms } = inputs;
  const bond = ((inputs.stackValue ?? fee) * terms.bondPermille) / 1000;
  const cheat = cheated(inputs);
  const honest = wronged(inputs);
  const profit = ({ convicted, voided }: Outcome): number => (1 - convicted - voided) * fee - convicted * bond;
  const honestProfit = profit(honest) - honestCost;
  const cheatingProfit = profit(cheat);
  const gap = cheat.convicted - honest.convicted;
  const bondless = (1 - cheat.convicted - cheat.voided - (1 - honest.convicted - honest.voided)) * fee + honestCost;
  return {
    bond,
    detectionProbability: cheat.convicted,
    detectionOverStacks: 1 - (1 - cheat.convicted) ** inputs.openStacks,
    falseConvictionProbability: honest.convicted,
    voidedProbability: cheat.voided,
    honestProfit,
    cheatingProfit,
    advantageOfCheating: cheatingProfit - honestProfit,
    minimumSafeBond: bondless <= 0 ? 0 : gap > 0 ? bondless / gap : Number.POSITIVE_INFINITY,
    honestyPays: honestProfit > cheatingProfit,
  };
};

/** Probabilities of the two bad ends of a stack; otherwise the fee is paid. */
interface Outcome {
  readonly convicted: number;
  readonly voided: number;
}

const cheated = ({ terms, otherNodes, colludingNodes }: HonestyInputs): Outcome => {
  const drawn = Math.min(terms.attesters, otherNodes);
  const candidates = otherNodes - drawn;
  const sampled = terms.samplingPermille / 1000;
  const atLeast = (j: number): number => hypergeometricTail(otherNodes, colludingNodes, drawn, j);
  if (seatsOf(terms.jurors, candidates) === 0) return { convicted: 0, voided: sampled * (1 - atLeast(drawn)) };
  let convicted = 0;
  // j attesters collude and one of the others disputes; jurors come from the nodes that are no attesters.
  for (let j = 0; j < drawn; j += 1)
    convicted +=
      (atLeast(j) - atLeast(j + 1)) * drawnDecides(terms.jurors, candidates, candidates - (colludingNodes - j));
  return { convicted: sampled * convicted, voided: 0 };
};

const wronged = ({ terms, otherNodes, falsePositiveRate: q }: HonestyInputs): Outcome => {
  const drawn = Math.min(terms.attesters, otherNodes);
  const seats = seatsOf(terms.jurors, otherNodes - drawn);
  const disputed = (terms.samplingPermille / 1000) * (1 - (1 - q) ** drawn);
  if (seats === 0) return { convicted: 0, voided: disputed };
  const more = seatsOf(terms.jurors, otherNodes - drawn - seats);
  const convicted = decides({
    seats,
    more,
    first: (members) => binomial(seats, q, members),
    again: (_, members) => binomial(more, q, members),
  });
  return { convicted: disputed * convicted, voided: 0 };
};

const binomial = (n: number, q: number, hits: number): number => choose(n, hits) * q ** hits * (1 - q) ** (n - hits);

const choose = (n: number, k: number): number => {
  let result = 1;
  for (let i = 0; i < k; i += 1) result = (result * (n - i)) / (i + 1);
  return result;
};
