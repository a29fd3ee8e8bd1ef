/**
 * The choice of the next token, so that it can be replayed: candidates are the likeliest K whose probabilities reach P, the choice is the
 * largest of logit / temperature plus Gumbel noise that a seed fixes (Gumbel 1954; Maddison, Tarlow and Minka 2014), which draws from the
 * softmax. At temperature 0 it is the largest logit.
 */

/** Most candidates that are looked at. */
export const MOST_CANDIDATES = 40;

/** How a body wants tokens chosen. */
export interface ChoiceRule {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  /** Taken off the logit of an id for each time it stands in the answer, and once where it stands at all. */
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
  /** Fixes the noise; unsigned, 32 bits. */
  readonly seed: number;
}

/** Logits by id, as far as they are known; any constant may be added to all. */
export type Logits = ReadonlyMap<number, number>;

/** MurmurHash3's finalizer over a counter: noise of any id at any position can be computed alone. */
const mix = (value: number): number => {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

const gumbel = (seed: number, position: number, id: number): number => {
  const drawn = mix(mix(mix(seed) ^ Math.imul(position + 1, 0x9e3779b1)) + Math.imul(id + 1, 0x85ebca77));
  return -Math.log(-Math.log((drawn + 0.5) / 2 ** 32));
};

/** What is taken off an id's logit. */
const penaltyOf = ({ frequencyPenalty, presencePenalty }: ChoiceRule, made: readonly number[]) => {
  const counts = new Map<number, number>();
  for (const id of made) counts.set(id, (counts.get(id) ?? 0) + 1);
  return (id: number): number => {
    const count = counts.get(id) ?? 0;
    return frequencyPenalty * count + (count > 0 ? presencePenalty : 0);
  };
};

/** An id that may be chosen, or nearly. */
interface Candidate {
  readonly id: number;
  readonly logit: number;
  /**
   * By how much logits would have to change, all of those before it together, for it to be no candidate; below 0: to be one. Costs of
   * K, P and the least probability are put into this one unit.
   */
  readonly inside: number;
}

/** What a share c of all probability, and one P away from it, differ by in logits: d logit(c) = dc / (c (1 - c)). */
const logitsOf = (difference: number, share: number): number =>
  difference / Math.max(share * (1 - share), Number.EPSILON);

/**
 * All that are near, likeliest first; equal logits by id. The likeliest K are those before penalties: engines know these, and of the others
 * whichever were asked for. Among them the first is always a candidate.
 */
const rank = (logits: Logits, rule: ChoiceRule, made: readonly number[]): readonly Candidate[] => {
  const { topK, topP, minP } = rule;
  const most = Math.max(1, Math.min(topK || MOST_CANDIDATES, MOST_CANDIDATES));
  const raw = [...logits].sort(([idA, a], [idB, b]) => b - a || idA - idB);
  const [lastIn, firstOut] = [raw[most - 1]?.[1] ?? -Infinity, raw[most]?.[1] ?? -Infinity];
  const penalty = penaltyOf(rule, made);
  const sorted = raw
    .map(([id, logit], i) => ({
      id,
      logit: logit - penalty(id),
      room: logit - (i < most ? firstOut : lastIn),
      isIn: i < most,
    }))
    .sort((a, b) => b.logit - a.logit || a.id - b.id);
  const first = sorted.find(({ isIn }) => isIn);
  const top = first?.logit as number;
  const weightOf = ({ logit, isIn }: (typeof sorted)[number]): number => (isIn ? Math.exp(logit - top) : 0);
  const sum = sorted.reduce((all, each) => all + weightOf(each), 0);
  let reached = 0;
  return sorted.map((each) => {
    const { id, logit, room } = each;
    const share = Math.min(1, reached / sum);
    reached += weightOf(each);
    if (each === first) return { id, logit, inside: room };
    const costs = [
      room,
      topP < 1 ? logitsOf(topP - share, share) : Infinity,
      minP > 0 ? logit - top - Math.log(minP) : Infinity,
    ];
    return { id, logit, inside: Math.min(...costs) };
  });
};

/** Makes choices, and says how far a claimed one is from them. */
export interface Chooser {
  readonly choose: (logits: Logits, made: readonly number[]) => number;
  /**
   * 0 for the very choice; else by how much logits would have to differ for the claimed token to be it: to draw level with those that
   * are better, or for them to be no candidates, and for itself to be one. Infinity for an id without logit.
   */
  readonly gap: (logits: Logits, made: readonly number[], claimed: number) => number;
}

/** Makes a chooser. */
export const createChooser = (rule: ChoiceRule): Chooser => {
  const scoreOf = (position: number, { id, logit }: Candidate): number =>
    rule.temperature === 0 ? logit : logit + rule.temperature * gumbel(rule.seed, position, id);
  const scored = (logits: Logits, made: readonly number[]) =>
    rank(logits, rule, made).map((each) => ({ ...each, score: scoreOf(made.length, each) }));
  return {
    choose: (logits, made) =>
      scored(logits, made)
        .filter(({ inside }) => inside > 0)
        .reduce((a, b) => (b.score > a.score ? b : a)).id,
    gap: (logits, made, claimed) => {
      const all = scored(logits, made);
      const own = all.find(({ id }) => id === claimed);
      if (!own) return Number.POSITIVE_INFINITY;
      const better = all.filter(({ inside, score }) => inside > 0 && score > own.score);
      const costs = better.map(({ inside, score }) => Math.min(score - own.score, inside));
      return Math.max(0, -own.inside, ...costs);
    },
  };
};
