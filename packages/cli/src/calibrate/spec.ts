import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { calibrateFlags } from './flags.ts';

const comparison = {
  name: s.text('What was measured.'),
  rows: s.integer('Answers that were evaluated.'),
  passed: s.integer('Answers whose secret was recovered and whose tokens were those that had to be chosen.'),
};

/** Profiles of model files. */
export const calibrateCommands = {
  calibrate: command({
    brief: 'Measure how far engines of a model file differ, and write the profile to sell it under at level 1.',
    examples: [
      'calibrate models/atoma-small-f16.gguf --cheats models/atoma-small-q8_0.gguf models/atoma-small-q4_0.gguf --out profile.json',
      'calibrate tokens.gguf --servers vllm=http://127.0.0.1:8000 sglang=http://127.0.0.1:30000 --out profile.json',
    ],
    notes:
      'The model answers questions; then other ways of running it, and the cheats, evaluate the answers. Half of the answers choose the parameters, the other half reports on them. No profile is written if an honest answer would fail more than once in a million, or a cheat would have fewer than 80 bits to guess. Nodes of one task need the same profile: share the file.',
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
    load: async () => (await import('./handler.ts')).calibrate,
  }),
};
