/**
 * The coalition game: one hand serves a stack it invented, holds some of the task's other nodes, and plays every move it has as
 * well as it can: silence in the jury, blocking a majority, a captured jury, two of them where the first decides by a single vote, accusing
 * itself before somebody else does.
 * `lyingPaysAbove` is the cost of honest work, as a share of the fee, above which inventing the answers pays.
 */
import { hypergeometricExactly, hypergeometricTail } from './hypergeometric.ts';
import { seatsOf } from './jury.ts';

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

const binomial = (n: number, chance: number, hits: number): number => {
  let value = chance ** hits * (1 - chance) ** (n - hits);
  for (let i = 0; i < hits; i++) value *= (n - i) / (i + 1);
  return value;
};

interface Bench {
  readonly candidates: number;
  readonly own: number;
}

/** What a dispute brings the coalition, in fees. `own`: its paid jurors, of `paid`; `wrong`: its jurors that are slashed. */
interface Payoffs {
  /** The jury says what the coalition says. */
  readonly captured: (own: number) => number;
  readonly lost: (paid: number, own: number, wrong: number) => number;
  readonly undecided: number;
}

interface Trial {
  readonly jurors: number;
  readonly offline: number;
  readonly payoffs: Payoffs;
}

/** The mean of `value` over how many of so many honest jurors vote. */
const overVoters = (jurors: number, offline: number, value: (voters: number) => number): number => {
  let mean = 0;
  for (let voters = 0; voters <= jurors; voters++) mean += binomial(jurors, 1 - offline, voters) * value(voters);
  return mean;
};

/** The mean of the better of some moves over how many seats the coalition draws. */
const overSeats = ({ candidates, own }: Bench, seats: number, moves: (mine: number) => readonly number[]): number => {
  let mean = 0;
  for (let mine = 0; mine <= Math.min(seats, own); mine++) {
    const chance = hypergeometricExactly(candidates, own, seats, mine);
    if (chance > 0) mean += chance * Math.max(...moves(mine));
  }
  return mean;
};

/** Both juries together, after a first one in which `lies` seats said what the coalition says and `truths` the other: most votes win, and
 * those of the first jury where they are equal. */
const together = (trial: Trial, rest: Bench, lies: number, truths: number): number => {
  const { offline, payoffs } = trial;
  const more = seatsOf(trial.jurors, rest.candidates);
  const captures = (lying: number, truthful: number): boolean =>
    lying > truthful || (lying === truthful && lies > truths);
  return overSeats(rest, more, (mine) => [
    overVoters(more - mine, offline, (honest) => {
      const [lying, truthful] = [lies + mine, truths + honest];
      return captures(lying, truthful) ? payoffs.captured(lying) : payoffs.lost(truthful, 0, lying);
    }),
    overVoters(more - mine, offline, (honest) => {
      const truthful = truths + honest + mine;
      return captures(lies, truthful) ? payoffs.captured(lies) : payoffs.lost(truthful, mine, lies);
    }),
  ]);
};

/** What the coalition expects of a dispute in which it lies, votes with the others, or is silent, whichever is best. */
const trialValue = (trial: Trial, bench: Bench, last: boolean): number => {
  const { offline, payoffs } = trial;
  const seats = seatsOf(trial.jurors, bench.candidates);
  if (seats === 0) return payoffs.undecided;
  const majority = (seats + 1) / 2;
  return overSeats(bench, seats, (mine) => {
    const rest = { candidates: bench.candidates - seats, own: bench.own - mine };
    const isLast = last || seatsOf(trial.jurors, rest.candidates) === 0;
    const next = isLast ? payoffs.undecided : trialValue(trial, rest, true);
    const lies = (honest: number): number => {
      const isContested = !isLast && mine + honest === seats && (mine === majority || honest === majority);
      if (isContested) return together(trial, rest, mine, honest);
      if (mine >= majority) return payoffs.captured(mine);
      return honest >= majority ? payoffs.lost(honest, 0, mine) : next;
    };
    const agrees = (honest: number): number =>
      mine + honest >= majority ? payoffs.lost(mine + honest, mine, 0) : next;
    const isSilent = (honest: number): number => (honest >= majority ? payoffs.lost(honest, 0, mine) : next);
    return [lies, agrees, isSilent].map((move) => overVoters(seats - mine, offline, move));
  });
};

/** The cost of honest work, in fees, above which inventing the answers pays. */
export const lyingPaysAbove = ({ terms, otherNodes, colludingNodes, offline = OFFLINE }: CoalitionInputs): number => {
  const { attesters, jurors, bond, jurorPay, disputeBond, slash, challengerShare } = terms;
  const drawn = Math.min(attesters, otherNodes);
  const allOwn = drawn === 0 ? 1 : hypergeometricTail(otherNodes, colludingNodes, drawn, drawn);
  const bench = { candidates: otherNodes - drawn, own: Math.min(colludingNodes, otherNodes - drawn) };
  // The coalition waits for a drawn honest attester to accuse its node, or accuses it itself before.
  const value = (share: number, won: number, undecided: number): number => {
    const lost = (paid: number, own: number, wrong: number): number =>
      -bond + share * (bond - paid * jurorPay) + own * jurorPay - wrong * slash;
    return trialValue({ jurors, offline, payoffs: { captured: () => won, lost, undecided } }, bench, false);
  };
  const waits = value(0, 1 + disputeBond, 0);
  const accuses = value(challengerShare, 1, -Math.min(disputeBond, 1));
  return terms.checked * (1 - allOwn) * (1 - Math.max(waits, accuses));
};

/** What a coalition expects of accusing an honest settlement, in fees; below zero framing loses. */
export const framingValue = ({ terms, otherNodes, colludingNodes, offline = OFFLINE }: CoalitionInputs): number => {
  const { jurors, bond, jurorPay, disputeBond, slash, challengerShare } = terms;
  const bench = { candidates: otherNodes - 1, own: Math.min(colludingNodes, otherNodes - 1) };
  const payoffs: Payoffs = {
    captured: (own) => challengerShare * (bond - own * jurorPay) + own * jurorPay,
    lost: (_, own, wrong) => -disputeBond + own * jurorPay - wrong * slash,
    undecided: -Math.min(disputeBond, 1),
  };
  return trialValue({ jurors, offline, payoffs }, bench, false);
};
