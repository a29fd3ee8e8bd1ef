import { command } from '../../kernel/command.ts';
import { integer, optional, text, words } from '../../kernel/flags.ts';
import * as s from '../../kernel/schema.ts';

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

const comparison = {
  name: s.text('What was measured.'),
  rows: s.integer('Answers that were evaluated.'),
  passed: s.integer('Answers whose secret was recovered and whose tokens were those that had to be chosen.'),
};

/** Profiles of model files. */
export const calibrateCommands = {
  calibrate: command({
    brief:
      'Measures how far engines of a model file lie apart, and writes the profile it can be sold under at level 1.',
    examples: [
      'calibrate models/atoma-small-f16.gguf --cheats models/atoma-small-q8_0.gguf models/atoma-small-q4_0.gguf --out profile.json',
      'calibrate tokens.gguf --servers vllm=http://127.0.0.1:8000 sglang=http://127.0.0.1:30000 --out profile.json',
    ],
    notes:
      'The file answers questions, is evaluated again in other ways, and by the files of the cheats. Parameters are chosen on half of the answers and reported on the other. No profile is written where an honest answer would fail more often than once in a million, or where the owner of a cheat would have less than 80 bits to guess. Nodes of one task need the same profile: share the file.',
    access: 'local',
    flags: calibrateFlags,
    positional: ['file'],
    output: s.shape('calibrate', {
      profile: s.text('Its name, which a task may demand: MODEL@PROFILE.'),
      path: s.text('Where it was written.'),
      step: { type: 'number', description: 'q, in logits.' },
      attester: {
        type: 'number',
        description: 'Mean distance above which an attester finds another model, in logits.',
      },
      juror: { type: 'number', description: 'The same for jurors.' },
      honest_failure: { type: 'number', description: 'Chance that an honest answer fails, by the measured noise.' },
      tokens: s.integer('Tokens of all answers.'),
      honest: s.list(s.record(comparison), 'Other ways to run the same file.'),
      cheats: s.list(
        s.record({
          ...comparison,
          entropy_bits: s.integer('Bits that its owner would have to guess, for one answer.'),
        }),
        'Files of cheats.',
      ),
    }),
    load: async () => (await import('../handlers/calibrate.ts')).calibrate,
  }),
};
