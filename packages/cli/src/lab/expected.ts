/** How often the economics formula says a fault is caught. */
import { checkProbability, drawnDecides, honesty, type MarketConfig, sampledRows } from '@atoma/sdk';
import type { FaultName } from './fault-names.ts';
import { needsEvidence, seenByReceipts, truthOf, USED_PART } from './lab-work.ts';
import { hashOf } from './random.ts';
import type { Scenario } from './scenario.ts';

/** A prediction. */
export interface Expected {
  /** Probability that one stack with the fault is caught, 0 to 1. */
  readonly rate: number;
  /** Where the number comes from. */
  readonly formula: string;
}

/** Faults the contract or the other side stops every time. */
const always: Partial<Record<FaultName, string>> = {
  'silent-at-settlement': 'anyone may finalize when the stack’s life is over',
  'double-claim': 'a ticket is deleted with its claim',
  'replaying-gateway': 'a request id is answered from the ledger',
  'node-offline': 'two epochs after the notice the buyer reclaims',
  'daemon-hiding': 'two juries say that there are no inputs',
  'daemon-hiding-once': 'who hid cannot be told: node and attester each pay half of the jury',
  'daemon-insured-jury': 'two jurors that work call a second jury, which outvotes three insured ones',
  'daemon-framing-buyer': 'an honest jury repeats the work',
};

/** The jury, or both juries, on one side when `against` of `others` are not on it. */
const majority = (jurors: number, others: number, against: number): number =>
  drawnDecides(jurors, others, others - against);

/** The prediction for a scenario under the market's parameters. The draw is uniform: a node among so many is as likely as its share. */
export const expectedOf = (scenario: Scenario, config: MarketConfig): Expected => {
  const { rate, formula } = onFaulty(scenario, config);
  if (scenario.faulty === null) return { rate, formula };
  const { length } = scenario.faulty;
  return {
    rate: (rate * length) / scenario.nodes,
    formula: `P(a faulty node is drawn) = ${length}/${scenario.nodes}, times ${formula}`,
  };
};

const SEEDS = 4_000;

/** How often the last of the rows is among those that are checked. */
const lastRowChecked = (scenario: Scenario, config: MarketConfig): number => {
  const units = truthOf(scenario, 1n).leaves.map((leaf) => leaf.units);
  const size = { samples: Number(config.samples), share: Number(config.sampledShare) };
  const picked = Array.from({ length: SEEDS }, (_, i) =>
    sampledRows({ seed: hashOf('seed', i), stack: 1n, units, size }).includes(units.length - 1),
  );
  return picked.filter(Boolean).length / SEEDS;
};

/** The same for a stack that has the fault. */
const onFaulty = (scenario: Scenario, config: MarketConfig): Expected => {
  const { fault, watch, colluding, lazy, leak, level } = scenario;
  const others = scenario.nodes - 1;
  const jurors = Number(config.jurors);
  const p = checkProbability(Number(config.attestationProbability), USED_PART);
  if (fault === 'model-honest') return { rate: 0, formula: 'nothing to catch: honest values lie close enough' };
  if (fault === 'daemon-honest') return { rate: 0, formula: 'nothing to catch: reproducible work is never convicted' };
  if (fault === 'honest') return { rate: 0, formula: 'nothing to catch: reproducible work is never convicted' };
  const surely = always[fault];
  if (surely !== undefined) return { rate: 1, formula: surely };
  if (fault === 'framing-buyer' || fault === 'daemon-framing-coalition')
    return {
      rate: majority(jurors, others, colluding),
      formula: 'an honest jury repeats the work: P(honest majority)',
    };
  const sees = scenario.tamper !== undefined || seenByReceipts.includes(fault);
  if (needsEvidence(scenario))
    return watch
      ? {
          rate: majority(jurors, others, colluding),
          formula: 'what the owner adds in time: P(honest majority)',
        }
      : { rate: 0, formula: 'the owner adds nothing: jurors hold the claim to what they can see' };
  if (watch && sees)
    return {
      rate: majority(jurors, others, colluding),
      formula: 'the buyer’s receipts open the dispute: P(honest majority)',
    };
  if (level === 0) return { rate: 0, formula: 'level 0 draws no attesters' };
  if (others === 0) return { rate: 0, formula: 'no other node can attest' };
  if (fault === 'insured-jury')
    return { rate: p, formula: 'p: two jurors that work call a second jury, which outvotes three insured ones' };
  if (fault === 'silent-attester') return { rate: p, formula: 'p, the chance that a settlement must be attested' };
  if (lazy > 0 && !leak)
    return {
      rate: p * majority(jurors, others - 1 >= jurors ? others : others - 1, lazy),
      formula: 'p * P(jurors who work are the majority)',
    };
  const { detectionProbability } = honesty({
    terms: {
      samplingPermille: 1_000 * p,
      attesters: Number(config.attesters),
      jurors,
      bondPermille: Number(config.sampledBond),
    },
    fee: 1,
    honestCost: 1,
    otherNodes: others,
    colludingNodes: colluding,
    falsePositiveRate: 0,
    openStacks: 1,
  });
  if (fault === 'truncated-output' && scenario.tamper === undefined)
    return {
      rate: detectionProbability * lastRowChecked(scenario, config),
      formula: 'p * P(the seed picks the row) * P(an honest attester) * P(honest majority)',
    };
  return { rate: detectionProbability, formula: 'honesty(): p * P(an honest attester) * P(honest majority)' };
};

/** The assumption of docs/economics.md that fails in a scenario, if one does. */
export const brokenAssumption = (scenario: Scenario, config: MarketConfig): string | null => {
  if (scenario.breaks !== null) return scenario.breaks;
  if (scenario.leak && scenario.lazy > 0) return 'Jurors do the work: lazy ones copy the answer the accused leaks';
  const needed = Number(config.attesters) + 3;
  if (scenario.level === 1 && scenario.nodes - 1 < needed)
    return `The task has at least k + 3 = ${needed} other nodes: here there are ${scenario.nodes - 1}, so nobody can be convicted`;
  return null;
};
