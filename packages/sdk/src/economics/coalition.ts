/**
 * The coalition game: one hand serves a stack it invented, holds some of the task's other nodes, and plays every move it has as
 * well as it can: silence in the jury, blocking a majority, a captured jury, two of them where the first decides by a single vote, accusing
 * itself before somebody else does, hiding its inputs from everybody but its own jurors.
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
  /** Of an attester, and what a juror gets at least. */
  readonly attesterPay: number;
  readonly jurorPay: number;
  readonly disputeBond: number;
  readonly silenceSlash: number;
  /** Of what the jury leaves of the bond, for a challenger that nobody drew. */
  readonly outsiderShare: number;
}

/** The parameters of a market that decide this game, as numbers. */
export const sampledTermsOf = (
  config: Readonly<Record<Exclude<keyof SampledTerms, 'bond'> | 'sampledBond', bigint>>,
): SampledTerms => ({
  attestationProbability: Number(config.attestationProbability),
  attesters: Number(config.attesters),
  attesterPay: Number(config.attesterPay),
  jurors: Number(config.jurors),
  bond: Number(config.sampledBond),
  jurorPay: Number(config.jurorPay),
  disputeBond: Number(config.disputeBond),
  silenceSlash: Number(config.silenceSlash),
  outsiderShare: Number(config.outsiderShare),
});

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
    attesterPay: share(terms.attesterPay),
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
  /** Pay of an attester, and of a juror in the majority at least. */
  readonly attesterPay: number;
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
  /** Of each of its jurors that is silent where others decide. */
  readonly slash: number;
  /** The jury says what the coalition says. */
  readonly captured: (own: number) => number;
  readonly lost: (paid: number, own: number, wrong: number) => number;
  readonly undecided: number;
}

interface Trial {
  readonly jurors: number;
  readonly offline: number;
  readonly payoffs: Payoffs;
  /** Honest jurors cannot have the inputs, and say so. */
  readonly hides: boolean;
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

interface First {
  /** Seats of the first jury that said what the coalition says, and what honest jurors do. */
  readonly lies: number;
  readonly truths: number;
  /** Whom it preferred. */
  readonly preferred: 'lies' | 'truths';
}

/** Both juries together: who has more votes wins. */
const together = (trial: Trial, rest: Bench, { lies, truths, preferred }: First): number => {
  const { offline, payoffs, hides } = trial;
  const more = seatsOf(trial.jurors, rest.candidates);
  const ended = (lying: number, truthful: number, own: number): number => {
    // Equal votes leave it to the first jury; where it upheld a claim whose inputs some could not have, to these.
    const isTieLost = hides === (preferred === 'lies');
    // "Unavailable" does not win by the first jury's votes alone.
    const isHeard = !hides || preferred === 'lies' || truthful > truths;
    const isLost = truthful > lying ? isHeard : truthful === lying && isTieLost;
    if (isLost) return payoffs.lost(truthful, own, lying);
    return lying > 0 ? payoffs.captured(lying) : payoffs.undecided;
  };
  return overSeats(rest, more, (mine) => [
    overVoters(more - mine, offline, (honest) => ended(lies + mine, truths + honest, 0)),
    overVoters(more - mine, offline, (honest) => ended(lies, truths + honest + mine, mine)),
  ]);
};

/** What the coalition expects of a dispute in which it lies, votes with the others, or is silent, whichever is best. */
const trialValue = (trial: Trial, bench: Bench, last: boolean): number => {
  const { offline, payoffs, hides } = trial;
  const seats = seatsOf(trial.jurors, bench.candidates);
  if (seats === 0) return payoffs.undecided;
  const majority = (seats + 1) / 2;
  return overSeats(bench, seats, (mine) => {
    const rest = { candidates: bench.candidates - seats, own: bench.own - mine };
    const isLast = last || seatsOf(trial.jurors, rest.candidates) === 0;
    const next = isLast ? payoffs.undecided : trialValue(trial, rest, true);
    /** The honest side has a majority, with `own` seats of the coalition in it and `lies` against it. */
    const lost = (truths: number, own: number, lies: number): number => {
      const isChecked = !isLast && (hides || (truths === majority && lies > 0));
      return isChecked ? together(trial, rest, { lies, truths, preferred: 'truths' }) : payoffs.lost(truths, own, lies);
    };
    const lies = (honest: number): number => {
      if (honest >= majority) return lost(honest, 0, mine);
      if (mine < majority) return next;
      const isNarrow = !isLast && mine === majority && honest > 0;
      return isNarrow
        ? together(trial, rest, { lies: mine, truths: honest, preferred: 'lies' })
        : payoffs.captured(mine);
    };
    const agrees = (honest: number): number => (mine + honest >= majority ? lost(mine + honest, mine, 0) : next);
    const isSilent = (honest: number): number =>
      (honest >= majority ? lost(honest, 0, 0) : next) - (hides ? 0 : mine * payoffs.slash);
    return [lies, agrees, isSilent].map((move) => overVoters(seats - mine, offline, move));
  });
};

/** Who can be drawn for the jury of a stack of the coalition's. */
const benchOf = ({ terms, otherNodes, colludingNodes }: CoalitionInputs): Bench => {
  const candidates = otherNodes - Math.min(terms.attesters, otherNodes);
  return { candidates, own: Math.min(colludingNodes, candidates) };
};

/** What the better of two moves brings a coalition whose claim of `won` more than it is owed a jury can see: it waits for somebody else to dispute it, or does so itself before. */
const bestLie = (inputs: CoalitionInputs, won: number): number => {
  const { jurors, bond, jurorPay, disputeBond, slash, challengerShare } = inputs.terms;
  const value = (share: number, captured: number, undecided: number): number => {
    const lost = (paid: number, own: number, wrong: number): number =>
      -bond + share * (bond - paid * jurorPay) + own * jurorPay - wrong * slash;
    const payoffs = { captured: () => captured, lost, undecided, slash };
    const offline = inputs.offline ?? OFFLINE;
    return trialValue({ jurors, offline, hides: false, payoffs }, benchOf(inputs), false);
  };
  return Math.max(value(0, won + disputeBond, 0), value(challengerShare, won, -Math.min(disputeBond, won)));
};

/** Halvings of the interval in which a break-even lies. */
const HALVINGS = 30;

/**
 * The over-claim, in parts of the price, above which billing what only the owner of a stack can show pays a coalition that may dispute it first
 * and show nothing; infinite where none does. `terms` are in parts of the price. Where the owner does not show it (`isShown`), honest jurors uphold the claim, and the
 * challenger's bond pays them.
 */
export const overclaimPaysAbove = (inputs: CoalitionInputs, isShown: boolean): number => {
  const { jurors, jurorPay } = inputs.terms;
  const { candidates, own } = benchOf(inputs);
  if (!isShown)
    return jurors * jurorPay * (1 - (inputs.offline ?? OFFLINE)) * (candidates > 0 ? 1 - own / candidates : 0);
  if (bestLie(inputs, 1) <= 0) return Number.POSITIVE_INFINITY;
  let [loses, pays] = [0, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (loses + pays) / 2;
    if (bestLie(inputs, middle) > 0) pays = middle;
    else loses = middle;
  }
  return pays;
};

/** The cost of honest work, in fees, above which inventing the answers pays. */
export const lyingPaysAbove = (inputs: CoalitionInputs): number => {
  const { terms, otherNodes, colludingNodes, offline = OFFLINE } = inputs;
  const { attesters, jurors, bond, attesterPay, slash } = terms;
  const drawn = Math.min(attesters, otherNodes);
  const allOwn = drawn === 0 ? 1 : hypergeometricTail(otherNodes, colludingNodes, drawn, drawn);
  // Nobody is paid or slashed for inputs that nobody has seen. Its own jurors are paid by the attester that could not have them, S at most,
  // by the node, and by slashes.
  const captured = (own: number): number => 1 + slash + Math.max(0, own * attesterPay - 2 * slash);
  const payoffs: Payoffs = { captured, lost: () => -bond, undecided: 0, slash };
  const hides = trialValue({ jurors, offline, hides: true, payoffs }, benchOf(inputs), false);
  return terms.checked * (1 - allOwn) * (1 - Math.max(bestLie(inputs, 1), hides));
};

/** What a coalition expects of accusing an honest settlement, in fees; below zero framing loses. */
export const framingValue = ({ terms, otherNodes, colludingNodes, offline = OFFLINE }: CoalitionInputs): number => {
  const { jurors, bond, jurorPay, disputeBond, slash, challengerShare } = terms;
  const bench = { candidates: otherNodes - 1, own: Math.min(colludingNodes, otherNodes - 1) };
  const payoffs: Payoffs = {
    captured: (own) => challengerShare * (bond - own * jurorPay) + own * jurorPay,
    lost: (_, own, wrong) => -disputeBond + own * jurorPay - wrong * slash,
    undecided: -Math.min(disputeBond, 1),
    slash,
  };
  return trialValue({ jurors, offline, payoffs, hides: false }, bench, false);
};
