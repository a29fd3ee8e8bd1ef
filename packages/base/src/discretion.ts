/** How a process that handles what others ask keeps it to itself when something goes wrong: an error's text may quote a prompt. */
import { isAtomaError } from './errors.ts';

/** An error as a log may have it. */
export interface DiscreetError {
  /** Its class, or the code of one of this project. */
  readonly type: string;
  /** Where it was thrown, the innermost first. */
  readonly at: readonly string[];
}

/** Frames of a stack, without the text before them: that may have lines which look like frames. */
const framesOf = ({ name, message, stack = '' }: Error): readonly string[] => {
  const head = [`${name}: ${message}\n`, `${name}\n`].find((each) => stack.startsWith(each));
  return head === undefined
    ? []
    : stack
        .slice(head.length)
        .split('\n')
        .map((line) => line.trim());
};

/** What an error is and where it was thrown; nothing of its text, which may quote what was asked. */
export const discreetError = (error: unknown): DiscreetError => {
  if (!(error instanceof Error)) return { type: typeof error, at: [] };
  return { type: isAtomaError(error) ? error.code : error.name, at: framesOf(error) };
};

/**
 * Closes the ways in which the runtime shows a process's memory to others: the inspector that SIGUSR1 opens, reports at a crash, and the
 * text of an error nobody caught. What such an error was goes to standard error by {@link discreetError}; the exit code is then 1.
 */
export const keepToItself = (): void => {
  process.on('SIGUSR1', () => undefined);
  const { report } = process;
  Object.assign(report, { reportOnFatalError: false, reportOnSignal: false, reportOnUncaughtException: false });
  process.on('uncaughtException', (error) => {
    const { type, at } = discreetError(error);
    process.stderr.write(`error ${[type, ...at].join('\n  ')}\n`);
    process.exit(1);
  });
};
