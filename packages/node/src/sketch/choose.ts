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

const penalised = (
  logits: Logits,
  { frequencyPenalty, presencePenalty }: ChoiceRule,
  made: readonly number[],
): Logits => {
  if (frequencyPenalty === 0 && presencePenalty === 0) return logits;
  const counts = new Map<number, number>();
  for (const id of made) counts.set(id, (counts.get(id) ?? 0) + 1);
  return new Map(
    [...logits].map(([id, logit]) => {
      const count = counts.get(id) ?? 0;
      return [id, logit - frequencyPenalty * count - (count > 0 ? presencePenalty : 0)];
    }),
  );
};

/** Candidates, likeliest first; equal logits by id. */
const candidates = (logits: Logits, rule: ChoiceRule): readonly (readonly [number, number])[] => {
  const sorted = [...logits].sort(([idA, a], [idB, b]) => b - a || idA - idB);
  const likeliest = sorted.slice(0, Math.max(1, Math.min(rule.topK || MOST_CANDIDATES, MOST_CANDIDATES)));
  const top = likeliest[0]?.[1] as number;
  const weights = likeliest.map(([, logit]) => Math.exp(logit - top));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  let reached = 0;
  return likeliest.filter((_, i) => {
    const weight = weights[i] as number;
    const kept = i === 0 || (reached < rule.topP * sum && weight >= rule.minP);
    reached += weight;
    return kept;
  });
};

/** Makes choices, and says how far a claimed one is from them. */
export interface Chooser {
  readonly choose: (logits: Logits, made: readonly number[]) => number;
  /** 0 for the very choice; else by how much, in logits, the claimed token falls short of it or of being a candidate. Infinity for an id without logit. */
  readonly gap: (logits: Logits, made: readonly number[], claimed: number) => number;
}

/** Makes a chooser. */
export const createChooser = (rule: ChoiceRule): Chooser => {
  const scoreOf = (position: number, [id, logit]: readonly [number, number]): number =>
    rule.temperature === 0 ? logit : logit + rule.temperature * gumbel(rule.seed, position, id);
  const scored = (logits: Logits, made: readonly number[]) => {
    const all = penalised(logits, rule, made);
    const allowed = candidates(all, rule);
    const [first, ...rest] = allowed.map((each) => ({ id: each[0], score: scoreOf(made.length, each) }));
    const best = rest.reduce((a, b) => (b.score > a.score ? b : a), first as { id: number; score: number });
    return { all, allowed, best };
  };
  return {
    choose: (logits, made) => scored(logits, made).best.id,
    gap: (logits, made, claimed) => {
      const { all, allowed, best } = scored(logits, made);
      const logit = all.get(claimed);
      if (best.id === claimed) return 0;
      if (logit === undefined) return Number.POSITIVE_INFINITY;
      const weakest = allowed.at(-1)?.[1] as number;
      return Math.max(best.score - scoreOf(made.length, [claimed, logit]), weakest - logit, 0);
    },
  };
};
