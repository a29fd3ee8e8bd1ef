import { resolve } from 'node:path';
import { calibrateFile, profileName } from '@atoma/node';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler } from '../kernel/command.ts';
import { tableLines } from '../kernel/lines.ts';
import { writeNamedFile } from '../kernel/write-file.ts';
import type { calibrateFlags } from './flags.ts';
import { readQuestions, serverOf } from './inputs.ts';

const [ROWS, TOKENS] = [60, 100];

const topics =
  'a receipt|a bond|the sea|bread|seven plus five|a short story about a fox|a list of three colours|the capital of France|JSON for a person named Ann|how rain forms|a function that adds numbers|a good morning|a market|a clock|the moon|a polite refusal|the word for dog in Spanish|a rhyme|prime numbers|a bicycle|a letter to a friend|tea|a proof|winter'.split(
    '|',
  );
const forms = ['Tell me about', 'In one sentence:', 'Explain to a child:'];

/** Questions of all kinds: what matters is that answers use many tokens, not that they are right. */
const questions = topics.flatMap((topic) => forms.map((form) => `${form} ${topic}.`));

/** `atoma calibrate` */
export const calibrate: Handler<typeof calibrateFlags> = async (run, flags) => {
  const file = resolve(flags.file);
  const prompts = (flags.questions === undefined ? questions : readQuestions(flags.questions)).slice(
    0,
    flags.rows ?? ROWS,
  );
  const found = await calibrateFile({
    file,
    servers: (flags.servers ?? []).map(serverOf),
    cheats: (flags.cheats ?? []).map((each) => resolve(each)),
    prompts,
    most: flags.tokens ?? TOKENS,
    progress: (what) => run.note(`${what} ...`),
  });
  if (found.kind === 'refused') throw cliError('REFUSED_PROFILE', { file: flags.file, why: found.why });
  const { profile, report } = found;
  const path = resolve(flags.out ?? file.replace(/(\.gguf)?$/i, '.profile.json'));
  writeNamedFile(path, `${JSON.stringify(profile, null, 2)}\n`);
  const honest = Object.entries(report.honest).map(([name, { rows, passed }]) => ({ name, rows, passed }));
  const cheats = Object.entries(report.cheats).map(([name, { rows, passed, entropyBits }]) => ({
    ...{ name, rows, passed },
    entropy_bits: entropyBits,
  }));
  const { step, attester, juror } = profile;
  return {
    data: {
      ...{ profile: profileName(profile), path, step, attester, juror },
      ...{ honest_failure: report.honestFailure, tokens: report.tokens, honest, cheats },
    },
    short: path,
    lines: (paint) => [
      `${path}: profile ${profileName(profile)}`,
      `an honest answer fails with a chance of ${report.honestFailure.toExponential(1)}; step ${step}, thresholds ${juror} and ${attester} logits`,
      ...tableLines(
        paint,
        ['evaluated by', 'answers', 'pass', 'bits to guess'],
        [
          ...honest.map((each) => [each.name, String(each.rows), String(each.passed), '']),
          ...cheats.map((each) => [each.name, String(each.rows), String(each.passed), String(each.entropy_bits)]),
        ],
      ),
    ],
  };
};
