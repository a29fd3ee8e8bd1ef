import { isAtomaError } from '@atoma/base';
import { run } from '@stricli/core';
import { assertUsableHome, homeDirectory } from '../config/home.ts';
import { readSettings } from '../config/settings.ts';
import { root } from '../root.ts';
import { hoistLeadingFlags, spreadMany } from './argv.ts';
import { cliError } from './cli-errors.ts';
import type { AnyCommand, Run } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type Failure, toFailure } from './failure.ts';
import { kebab } from './flag.ts';
import { helpFor } from './help-for.ts';
import type { Io } from './io.ts';
import { type OutputMode, writeFailure, writeReport } from './output.ts';
import { asTyped } from './program.ts';
import { readFlags } from './read-flags.ts';
import { type RawFlags, stricliApp } from './stricli.ts';
import { flagSuggestions, suggestionHint } from './suggest.ts';
import { commandPathOf, findTarget } from './tree.ts';
import { refuseCut, splitGlued } from './typed.ts';
import { version } from './version.ts';

/** `help X` and `-v` in the words that mean the same. */
const inWords = (argv: readonly string[]): readonly string[] => {
  if (argv[0] === 'help') return [...argv.slice(1), '--help'];
  return argv.length === 1 && (argv[0] === '-v' || argv[0] === '-V') ? ['--version'] : argv;
};

/** The words of a command line with the common flags behind the command; `note` says where a lost line break was mended. */
const wordsOf = (argv: readonly string[], note: (text: string) => void): readonly string[] =>
  splitGlued(root, hoistLeadingFlags(inWords(argv)), note);

/** The argument list as stricli should see it: common flags behind the command, many-valued flags repeated. */
export const normalizeArgv = (argv: readonly string[], note: (text: string) => void = () => {}): readonly string[] => {
  const hoisted = wordsOf(argv, note);
  const target = findTarget(root, commandPathOf(root, hoisted));
  if (target?.kind !== 'command') return hoisted;
  const many = Object.entries(target.flags).filter(([, flag]) => flag.many);
  return spreadMany(hoisted, new Set(many.map(([name]) => `--${kebab(name)}`)));
};

const modeOf = (argv: readonly string[]): OutputMode => {
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (own.includes('--json')) return 'json';
  return own.includes('--quiet') ? 'quiet' : 'human';
};

const runCommand = async (
  io: Io,
  mode: OutputMode,
  path: readonly string[],
  command: AnyCommand,
  raw: RawFlags,
  words: readonly string[],
): Promise<ExitCode> => {
  const name = ['atoma', ...path].join(' ');
  const closers: (() => void | Promise<void>)[] = [];
  try {
    const { own, common } = await readFlags(io, command, name, raw, words);
    assertUsableHome(homeDirectory(io.env));
    const settings = readSettings({
      env: io.env,
      cwd: io.cwd,
      flags: { network: common.network, wallet: common.wallet, ...settingsOf(own) },
    });
    const context: Run = {
      io,
      common,
      settings,
      command: name,
      note: (text) => mode !== 'quiet' && io.err(asTyped(io.env, `${text}\n`)),
      report: (report) => writeReport(io, mode, command.output, settings.network.value, report),
      onEnd: (close) => void closers.push(close),
    };
    if (io.env.OTEL_EXPORTER_OTLP_ENDPOINT || io.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)
      closers.push(...(await (await import('./tracing.ts')).startTracing(io.env)));
    const handler = await command.load();
    const report = await handler(context, own as never);
    for (const close of closers.splice(0).reverse()) await close();
    if (report) context.report(report);
    return report?.negative ? exitCodes.failed : exitCodes.done;
  } finally {
    for (const close of closers.splice(0).reverse()) await close();
  }
};

/** Flags that are also settings; what the flag says goes before everything else. */
const settingsOf = (own: Readonly<Record<string, unknown>>): Record<string, string | undefined> =>
  Object.fromEntries(
    ['package', 'db', 'tomaPackage', 'nodeBadge', 'managerBadge'].map((name) => [
      name,
      own[name] as string | undefined,
    ]),
  );

/** Runs one command line and returns its exit code. Everything is written through `io`. */
export const runCli = async (argv: readonly string[], io: Io): Promise<number> => {
  const mode = modeOf(argv);
  const failures: unknown[] = [];
  let exit: ExitCode = exitCodes.done;
  try {
    await refuseCut(root, io.env, argv, (typed) => wordsOf(typed, () => {}));
  } catch (error) {
    return (await showFailure(io, mode, error)).exit;
  }
  const words = normalizeArgv(argv, (text) => mode !== 'quiet' && io.err(`${text}\n`));
  const app = stricliApp(
    root,
    {
      runCommand: async (path, command, raw, positional) => {
        exit = await runCommand(io, mode, path, command, raw, positional);
      },
      showHelp: (path) => io.out(asTyped(io.env, helpFor(path, io.paint))),
      showVersion: () => io.out(`${version()}\n`),
      fail: (error) => void failures.push(error),
    },
    {
      command: (input) => suggestionHint(root, words, input),
      flags: (input, alike) => flagSuggestions(root, words, input, alike),
    },
  );
  const silent = { write: () => {} };
  await run(app, words, { process: { stdout: silent, stderr: silent, env: io.env } });
  if (failures.length === 0) return exit;
  return (await showFailure(io, mode, failures[0])).exit;
};

/** Says that the run was interrupted, in the mode asked for, and returns the exit code. */
export const showInterrupted = (argv: readonly string[], io: Io): number => {
  const { code, message, hint, retryable } = cliError('INTERRUPTED');
  writeFailure(io, modeOf(argv), { code, message, hint, retryable, page: code, exit: exitCodes.interrupted });
  return exitCodes.interrupted;
};

/** Shows a failure in the mode asked for and returns it. */
const showFailure = async (io: Io, mode: OutputMode, thrown: unknown): Promise<Failure> => {
  const failure = await toFailure(thrown, homeDirectory(io.env));
  if (io.env.ATOMA_DEBUG) io.err(`${stackOf(thrown)}\n`);
  writeFailure(io, mode, failure);
  return failure;
};

const stackOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? '' : `\ncaused by ${stackOf(thrown.cause)}`;
  return `${thrown.stack}${isAtomaError(thrown) || thrown.cause ? cause : ''}`;
};
