/** `atoma/demo-embed`: signed feature hashing of words and word pairs. Components are multiples of 2^-15, exact in float32. */
import { hashText, integerRoot } from './integers.ts';

/** Components of a vector. */
export const EMBEDDING_SIZE = 256;
const SCALE = 32_767n;

const features = (text: string): readonly string[] => {
  const words = text.match(/[A-Za-z0-9]+|[^\sA-Za-z0-9]/g) ?? [];
  return [...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)];
};

/** Counts of the hashed features of a text, as many as a vector has components; the top bit of a hash is the sign. */
export const featureCounts = (text: string): Int32Array => {
  const sums = new Int32Array(EMBEDDING_SIZE);
  for (const feature of features(text)) {
    const hash = hashText(feature);
    const at = hash & (EMBEDDING_SIZE - 1);
    sums[at] = (sums[at] as number) + (hash >>> 31 === 0 ? 1 : -1);
  }
  return sums;
};

/** The vector as whole numbers; each component is the value divided by 2^15. Length is about 1. */
export const embedText = (text: string): readonly number[] => {
  const sums = [...featureCounts(text)].map(BigInt);
  const length = integerRoot(sums.reduce((sum, value) => sum + value * value, 0n) * SCALE * SCALE);
  return sums.map((value) => (length === 0n ? 0 : Number((value * SCALE * SCALE) / length)));
};
