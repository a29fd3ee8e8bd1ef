/**
 * The coalition game: one hand serves a stack it invented, holds some of the task's other nodes, and plays every move it has as
 * well as it can: silence in the jury, blocking a majority, a captured jury, accusing itself before somebody else does.
 * `lyingPaysAbove` is the cost of honest work, as a share of the fee, above which inventing the answers pays.
 */
import { hypergeometricTail } from './hypergeometric.ts';

/** Parameters of the market as they decide this game: permille, of the price of the stack unless said. */
export interface SampledTerms {
  /** Theta: chance of a check of a stack used up; above 1000 one used in part is checked for certain, too. */
  readonly attestationProbability: number;
  readonly attesters: number;
  readonly jurors: number;
  readonly bond: number;
  readonly jurorPay: number;
  readonly disputeBond: number;
  readonly silenceSlash: number;
  /** Of what the jury leaves of the bond, for a challenger that nobody drew. */
  readonly outsiderShare: number;
}

/** Parts of a stack that are used, for which the model is computed; the least favourable one counts. */
const USES: readonly number[] = [0.001, 0.01, 0.1, 0.25, 0.5, 2 / 3, 0.75, 1];

/** Chance of a check, 0..1, of a stack of which the part `used` was used. */
export const checkProbability = (attestationProbability: number, used: number): number =>
  Math.min(1, (attestationProbability * used) / 1_000);

/** The game of a stack of which the part `used` was used, in parts of its fee. Amounts at their floors are not modelled. */
export const coalitionTerms = (terms: SampledTerms, used = 1): CoalitionTerms => {
  const share = (permille: number): number => permille / 1_000 / used;
  return {
    checked: checkProbability(terms.attestationProbability, used),
    attesters: terms.attesters,
    jurors: terms.jurors,
    bond: share(terms.bond),
    jurorPay: share(terms.jurorPay),
    disputeBond: share(terms.disputeBond),
    slash: share(terms.silenceSlash),
    challengerShare: terms.outsiderShare / 1_000,
  };
};

/** {@link lyingPaysAbove} for the use of the stack at which lying costs least. */
export const lyingPaysAboveAtWorst = (terms: SampledTerms, market: Omit<CoalitionInputs, 'terms'>): number =>
  Math.min(...USES.map((used) => lyingPaysAbove({ ...market, terms: coalitionTerms(terms, used) })));

/** What the contract makes of a lie, in parts of the fee. */
export interface CoalitionTerms {
  /** Chance that the settlement is checked, 0..1. */
  readonly checked: number;
  /** k */
  readonly attesters: number;
  /** J */
  readonly jurors: number;
  /** Bond of the node. */
  readonly bond: number;
  /** Pay of a juror in the majority. */
  readonly jurorPay: number;
  /** Bond of a challenger. */
  readonly disputeBond: number;
  /** What a wrong juror loses. */
  readonly slash: number;
  /** Share of what the jury leaves of the bond, 0..1, for a challenger that nobody drew: what accusing oneself returns. */
  readonly challengerShare: number;
}

/** The market and the coalition's place in it. */
export interface CoalitionInputs {
  readonly terms: CoalitionTerms;
  /** Nodes of the task that can be drawn beside the selected one. */
  readonly otherNodes: number;
  /** How many of them the coalition holds. */
  readonly colludingNodes: number;
  /** Chance that an honest juror does not vote, 0..1. Default 0.05. */
  readonly offline?: number;
}

const OFFLINE = 0.05;

const exactly = (population: number, marked: number, draws: number, hits: number): number =>
  hypergeometricTail(population, marked, draws, hits) - hypergeometricTail(population, marked, draws, hits + 1);

const binomial = (n: number, chance: number, hits: number): number => {
  let value = chance ** hits * (1 - chance) ** (n - hits);
  for (let i = 0; i < hits; i++) value *= (n - i) / (i + 1);
  return value;
};

/** Seats taken when `candidates` can be drawn: J, or the next odd number below, or none under three. */
const seatsOf = (jurors: number, candidates: number): number => {
  const found = Math.min(jurors, candidates);
  if (found < 3) return 0;
  return found % 2 === 1 ? found : found - 1;
};

/** Who accused the coalition's node: a drawn honest attester, or the coalition itself. */
type Accuser = 'attester' | 'self';

interface Bench {
  readonly candidates: number;
  readonly own: number;
}

/** What the coalition expects of a dispute, its fee included, in fees. `last`: no further jury follows. */
const disputeValue = (
  terms: CoalitionTerms,
  offline: number,
  accuser: Accuser,
  { candidates, own }: Bench,
  last: boolean,
): number => {
  const seats = seatsOf(terms.jurors, candidates);
  const undecided = accuser === 'attester' ? 0 : -Math.min(terms.disputeBond, 1);
  if (seats === 0) return undecided;
  const majority = (seats + 1) / 2;
  const convicted = (paid: number, ownPaid: number): number => {
    const left = terms.bond - paid * terms.jurorPay;
    return -terms.bond + (accuser === 'self' ? terms.challengerShare * left : 0) + ownPaid * terms.jurorPay;
  };
  let value = 0;
  for (let mine = 0; mine <= Math.min(seats, own); mine++) {
    const chance = exactly(candidates, own, seats, mine);
    if (chance <= 0) continue;
    if (mine >= majority) {
      value += chance * (1 + (accuser === 'attester' ? terms.disputeBond : 0));
      continue;
    }
    const rest = { candidates: candidates - seats, own: own - mine };
    const next =
      last || seatsOf(terms.jurors, rest.candidates) === 0
        ? undecided
        : disputeValue(terms, offline, accuser, rest, true);
    let [truthful, blocking] = [0, 0];
    for (let honest = 0; honest <= seats - mine; honest++) {
      const here = binomial(seats - mine, 1 - offline, honest);
      truthful += here * (mine + honest >= majority ? convicted(mine + honest, mine) : next);
      blocking += here * (honest >= majority ? convicted(honest, 0) - mine * terms.slash : next);
    }
    value += chance * Math.max(truthful, blocking);
  }
  return value;
};

/** The cost of honest work, in fees, above which inventing the answers pays. */
export const lyingPaysAbove = ({ terms, otherNodes, colludingNodes, offline = OFFLINE }: CoalitionInputs): number => {
  const drawn = Math.min(terms.attesters, otherNodes);
  const allOwn = drawn === 0 ? 1 : hypergeometricTail(otherNodes, colludingNodes, drawn, drawn);
  const bench = { candidates: otherNodes - drawn, own: Math.min(colludingNodes, otherNodes - drawn) };
  const waits = disputeValue(terms, offline, 'attester', bench, false);
  const accuses = disputeValue(terms, offline, 'self', bench, false);
  return terms.checked * (1 - allOwn) * (1 - Math.max(waits, accuses));
};

/** What a coalition expects of accusing an honest settlement, in fees; below zero framing loses. */
export const framingValue = ({ terms, otherNodes, colludingNodes, offline = OFFLINE }: CoalitionInputs): number => {
  const bench = { candidates: otherNodes - 1, own: Math.min(colludingNodes, otherNodes - 1) };
  const seats = seatsOf(terms.jurors, bench.candidates);
  const majority = (seats + 1) / 2;
  let value = 0;
  for (let mine = 0; mine <= Math.min(seats, bench.own); mine++) {
    const chance = exactly(bench.candidates, bench.own, seats, mine);
    if (mine >= majority) {
      const left = terms.bond - mine * terms.jurorPay;
      value += chance * (terms.challengerShare * left + mine * terms.jurorPay);
      continue;
    }
    for (let honest = 0; honest <= seats - mine; honest++)
      if (mine + honest >= majority)
        value += chance * binomial(seats - mine, 1 - offline, honest) * (-terms.disputeBond + mine * terms.jurorPay);
  }
  return value;
};
