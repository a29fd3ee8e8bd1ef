/** A conversation: lines in, answers out, until the input ends. A terminal is not required. */
import { createInterface } from 'node:readline';
import { formatAmount } from '@atoma/sdk';
import { cliError } from '../kernel/cli-errors.ts';
import type { Run } from '../kernel/command.ts';
import { toFailure } from '../kernel/failure.ts';
import { counted, grouped } from '../kernel/lines.ts';
import type { Charge } from './ask.ts';

/** A message as chat completions take it. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** One answer, with what it was charged; null when nothing was. */
export interface Turn {
  readonly content: string;
  readonly charge: Charge | null;
}

/** Sends the messages so far and shows the answer as it comes. */
export type AskModel = (model: string, messages: readonly Message[], signal: AbortSignal) => Promise<Turn>;

/** What a conversation is given. */
export interface ConversationParameters {
  /** Names of the models on offer. */
  readonly models: () => Promise<readonly string[]>;
  readonly model: string;
  readonly system: string | undefined;
  readonly ask: AskModel;
}

const help = [
  '/model [NAME]  which model answers; another one from here on',
  '/cost          what this conversation has cost',
  '/receipts      the receipts of its answers',
  '/new           forget what was said',
  '/help          this list',
  'Ctrl-C stops an answer, Ctrl-D leaves',
];

/** The state of one conversation. */
interface Talk {
  model: string;
  messages: Message[];
  readonly receipts: Charge[];
}

const modelCommand = async (
  talk: Talk,
  models: ConversationParameters['models'],
  name: string,
): Promise<readonly string[]> => {
  const offered = await models();
  const known = `on offer: ${offered.join(', ') || 'none'}`;
  if (name === '') return [`${talk.model} answers; ${known}`];
  if (!offered.includes(name)) return [`no node offers ${name}; ${known}`];
  talk.model = name;
  return [`${name} answers from here on`];
};

const costLines = ({ receipts }: Talk): readonly string[] => {
  const units = receipts.reduce((sum, one) => sum + one.units, 0n);
  const cost = receipts.reduce((sum, one) => sum + one.cost, 0n);
  return [`${counted(receipts.length, 'answer')}, ${grouped(units)} units, ${formatAmount(cost)}`];
};

const receiptLines = ({ receipts }: Talk): readonly string[] =>
  receipts.length === 0
    ? ['no receipts yet']
    : receipts.map(
        ({ stack, node, units, cost, requestId }) =>
          `${requestId}  stack ${stack}, node ${node}, ${grouped(units)} units, ${formatAmount(cost)}`,
      );

/** What a line that begins with a slash asks for. */
const command = async (
  line: string,
  talk: Talk,
  { models, system }: ConversationParameters,
): Promise<readonly string[]> => {
  const [word = '', ...rest] = line.split(/\s+/);
  if (word === '/model') return modelCommand(talk, models, rest.join(' '));
  if (word === '/cost') return costLines(talk);
  if (word === '/receipts') return receiptLines(talk);
  if (word === '/help') return help;
  if (word === '/new') {
    talk.messages = opening(system);
    return ['a new conversation'];
  }
  return [`there is no ${word}`, ...help];
};

const opening = (system: string | undefined): Message[] =>
  system === undefined ? [] : [{ role: 'system', content: system }];

/** Asks with the line added; a question without a whole answer leaves nothing in the history. */
const turn = async (run: Run, talk: Talk, line: string, ask: AskModel, stop: AbortController): Promise<void> => {
  const question: Message = { role: 'user', content: line };
  try {
    const { content, charge } = await ask(talk.model, [...talk.messages, question], stop.signal);
    talk.messages.push(question, { role: 'assistant', content });
    if (charge) talk.receipts.push(charge);
  } catch (error) {
    if (stop.signal.aborted) return run.io.err('\nstopped; the question is not part of the conversation\n');
    const { message, hint } = await toFailure(error, run.settings.home.directory);
    run.io.err(`\n${run.io.paintErr.red('error')} ${message}\n  ${hint}\n`);
  }
};

/** Runs the conversation to the end of its input. */
export const converse = async (run: Run, parameters: ConversationParameters): Promise<void> => {
  const { canAsk, err, input } = run.io;
  const talk: Talk = { model: parameters.model, messages: opening(parameters.system), receipts: [] };
  let stop: AbortController | undefined;
  let isAsked = false;
  const lines = createInterface({ input: input(), terminal: canAsk, ...(canAsk ? { output: process.stderr } : {}) });
  const prompt = (): void => {
    if (!canAsk) return;
    lines.setPrompt('> ');
    lines.prompt();
  };
  const interrupt = (): void => {
    if (stop) stop.abort();
    else if (canAsk) {
      err('\nCtrl-D leaves\n');
      prompt();
    } else lines.close();
  };
  process.removeAllListeners('SIGINT');
  process.on('SIGINT', interrupt);
  lines.on('SIGINT', interrupt);
  run.onEnd(() => void process.off('SIGINT', interrupt));
  if (canAsk) err(`${talk.model} answers; /help lists what else there is\n`);
  prompt();
  for await (const typed of lines) {
    const line = typed.trim();
    isAsked ||= line !== '';
    if (line.startsWith('/')) err(`${(await command(line, talk, parameters)).join('\n')}\n`);
    else if (line !== '') {
      stop = new AbortController();
      await turn(run, talk, line, parameters.ask, stop);
      stop = undefined;
    }
    prompt();
  }
  if (talk.receipts.length > 0) err(`${costLines(talk).join('')}\n`);
  else if (!canAsk && !isAsked)
    throw cliError('MISSING_VALUE', { flags: 'PROMPT, or lines on standard input', command: run.command, whole: '' });
};
