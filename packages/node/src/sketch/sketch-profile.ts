/**
 * A profile: what makes two engines of one class, and how far their values may lie apart. Its hash is part of the name of a task's model
 * (`small@sketch/1/…`), so that it stands on chain with every stack; the document travels beside the model.
 */
import { blake2b256, toHex } from '@atoma/base';
import * as z from 'zod';
import { bchDegrees } from './bch.ts';
import { type SketchShape, shapeFault } from './sketch.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');
const positive = z.number().positive();
const whole = z.int().min(1);

/** Types of a cache of keys and values. */
export const kvTypes = ['f16', 'f32', 'q8_0', 'q4_0'] as const;

/** A profile as its file has it. */
export const sketchProfile = z.strictObject({
  kind: z.literal('sketch/1'),
  /** Name of the model. */
  model: z.string().min(1),
  /** BLAKE2b-256 of the model file. */
  weights: hash,
  /** BLAKE2b-256 of its tokens, and of its chat template. */
  tokenizer: hash,
  template: hash,
  /** Tokens of prompt and answer together: whoever makes an answer and whoever checks it must end it at the same place. */
  context: whole,
  /** Type of the cache of keys and values: another one is another class. */
  kv: z.enum(kvTypes),
  /** Ids that occur in what the model was trained on, ascending: others move together and hide nothing. */
  live: z.array(z.int().min(0)).min(16),
  /** m, q, b, t, w of `SketchShape`. */
  values: whole.max(4_096),
  step: positive,
  low_bits: whole.max(8),
  corrects: whole.max(2_048),
  degree: z.int().refine((degree) => bchDegrees.includes(degree), `expected one of ${bchDegrees.join(', ')}`),
  /** Logits by which a token may fall short of the replayed choice. */
  gap: positive,
  /** Mean distance of the values of a stack's checked rows from the sketched ones above which an attester, and a juror, finds another model. */
  attester: positive,
  juror: positive,
  /** A distance counts as this at most. */
  cap: positive,
  /** Values below which no mean is judged. */
  least_values: whole,
  /**
   * Ids that stood in the prompts and answers it was measured on, ascending. An answer to a prompt with others is evaluated again before
   * it is sold, since nobody knows how far honest engines lie apart there. No part of the name: it concerns the server alone.
   */
  known: z.array(z.int().min(0)).default([]),
  /** What was measured when it was made, for people. */
  measured: z.record(z.string(), z.unknown()).default({}),
});

/** A checked profile. */
export type SketchProfile = z.infer<typeof sketchProfile>;

/** What a profile's name begins with. */
export const PROFILE_KIND = 'sketch/1';

/** The parameters of the sketch. */
export const shapeOf = ({ values, step, low_bits: lowBits, corrects, degree }: SketchProfile): SketchShape => ({
  values,
  step,
  lowBits,
  corrects,
  degree,
});

/** Name of a profile: its kind and the first 16 bytes of the hash of its document, whose members are in the order of the schema. */
export const profileName = (profile: SketchProfile): string => {
  const { measured: _, known: __, ...terms } = sketchProfile.parse(profile);
  return `${PROFILE_KIND}/${toHex(blake2b256(new TextEncoder().encode(JSON.stringify(terms))).subarray(0, 16))}`;
};

/** A document, or what is wrong with it. */
export type ParsedProfile =
  | { readonly kind: 'profile'; readonly profile: SketchProfile }
  | { readonly kind: 'fault'; readonly why: string };

/** Checks a document. */
export const parseProfile = (value: unknown): ParsedProfile => {
  const parsed = sketchProfile.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { kind: 'fault', why: `${issue?.path.join('.') || 'document'}: ${issue?.message}` };
  }
  const profile = parsed.data;
  const why =
    shapeFault(shapeOf(profile)) ??
    (profile.juror >= profile.attester ? 'the threshold of jurors is not below that of attesters' : undefined);
  return why === undefined ? { kind: 'profile', profile } : { kind: 'fault', why };
};
