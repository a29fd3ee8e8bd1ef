import { readFileSync } from 'node:fs';
import { logitServers } from '@atoma/node';
import { cliError } from '../kernel/cli-errors.ts';

/** Questions of a file, one on each line. Throws `CLI_BAD_VALUE` for fewer than 8. */
export const readQuestions = (path: string): readonly string[] => {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length < 8)
    throw cliError('BAD_VALUE', {
      flag: 'questions',
      why: `${path} has ${lines.length} questions.`,
      hint: 'Give 8 or more.',
    });
  return lines;
};

/** `KIND=URL`, or `KIND=URL#MODEL`, as an option names a server. Throws `CLI_BAD_VALUE`. */
export const serverOf = (given: string) => {
  const [name, url] = [given.slice(0, given.indexOf('=')), given.slice(given.indexOf('=') + 1)];
  const kind = logitServers.find((each) => each === name);
  if (kind === undefined || !URL.canParse(url))
    throw cliError('BAD_VALUE', {
      flag: 'servers',
      why: `${given} is not KIND=URL.`,
      hint: `Kinds are ${logitServers.join(', ')}; for example vllm=http://127.0.0.1:8000, with #MODEL behind it where the server has another name for the model.`,
    });
  const { origin, pathname, hash } = new URL(url);
  const model = decodeURIComponent(hash.slice(1));
  return { kind, url: origin + pathname, ...(model === '' ? {} : { model }) };
};
