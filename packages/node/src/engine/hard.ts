/**
 * Questions on which engines of one model differ more than on others: a buyer may send them to have an honest node blamed, so a profile
 * must stand them. Repetitions, words and letters in disorder, long prompts, and choices that go round in circles.
 */

/** A question, and what it asks of sampling. */
export interface HardQuestion {
  readonly content: string;
  readonly more: Readonly<Record<string, unknown>>;
}

/** Numbers in [0, 1) that follow from a seed. */
export const drawsFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

const pick = (draw: () => number, from: readonly string[], count: number, between = ' '): string =>
  Array.from({ length: count }, () => from[Math.floor(draw() * from.length)]).join(between);

const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
const circling = { frequency_penalty: -2 };

/** Ways to be hard; `length` in characters. Seven: an odd number, so that over 14 questions each falls on even and odd rows alike. */
const kinds: readonly ((draw: () => number, words: readonly string[], length: number) => HardQuestion)[] = [
  (draw, words, length) => ({ content: `${pick(draw, words, 1)} `.repeat(length / 5), more: {} }),
  (draw, _, length) => ({ content: pick(draw, printable, 1).repeat(length / 2), more: {} }),
  (draw, words, length) => ({ content: pick(draw, words, length / 5), more: {} }),
  (draw, _, length) => ({ content: pick(draw, printable, length / 2, ''), more: {} }),
  (draw, words, length) => ({ content: pick(draw, words, length / 5), more: circling }),
  (draw, words) => ({ content: pick(draw, words, 8), more: circling }),
  (draw, _, length) => ({ content: pick(draw, printable, length / 2, ''), more: { ...circling, temperature: 1.5 } }),
];

/** That many questions of a model with that context (tokens), made of the words of others; the same each time. */
export const hardQuestions = (
  count: number,
  context: number,
  questions: readonly string[],
): readonly HardQuestion[] => {
  const words = questions
    .join(' ')
    .split(/\s+/)
    .filter((word) => word !== '');
  return Array.from({ length: count }, (_, i) => {
    // A letter is a token at worst.
    const length = Math.min(1_200, Math.max(16, Math.round((0.3 + 0.2 * (i % 3)) * context)));
    return (kinds[i % kinds.length] as (typeof kinds)[number])(drawsFrom(i + 1), words, length);
  });
};
