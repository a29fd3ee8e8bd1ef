import { integer, optional, text, words } from '../kernel/flags.ts';

/** Flags of `calibrate`. */
export const calibrateFlags = {
  file: text('model file (GGUF) that is sold', 'FILE', 'file'),
  cheats: optional(words('files that must not pass in its place: quantised copies, smaller models', 'FILE...')),
  servers: optional(
    words(
      'servers of the same weights, which answer and evaluate in its place: vllm, sglang, llama-server',
      'KIND=URL[#MODEL]...',
    ),
  ),
  questions: optional(text('file with a question on each line (default: 72 of all kinds)', 'FILE', 'file')),
  rows: optional(integer('answers to measure (default 60)', 'N', 8, 10_000, 'answers')),
  tokens: optional(integer('longest answer (default 100)', 'N', 4, 100_000, 'tokens')),
  out: optional(text('profile to write (default: FILE.profile.json beside it)', 'FILE', 'file')),
};
