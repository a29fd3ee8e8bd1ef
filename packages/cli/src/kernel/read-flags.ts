import { cliError } from './cli-errors.ts';
import type { AnyCommand, CommonValues } from './command.ts';
import { commonFlagsOf } from './common-flags.ts';
import { type Flag, kebab, type ValueSource } from './flag.ts';
import type { Io } from './io.ts';
import type { RawFlags } from './stricli.ts';
import { completeLine } from './typed.ts';

const wordsOf = (raw: string | readonly string[] | boolean | undefined): readonly string[] | undefined => {
  if (raw === undefined || raw === false) return undefined;
  if (raw === true) return [''];
  if (typeof raw === 'string') return [raw];
  return raw.length === 0 ? undefined : raw;
};

const read = (flag: Flag<unknown>, words: readonly string[] | undefined, source: ValueSource): unknown =>
  words === undefined ? flag.fallback : flag.parse(words, source);

const positionalWords = (command: AnyCommand, words: readonly string[]): RawFlags =>
  Object.fromEntries(
    command.positional.map((name, at) => [name, command.flags[name]?.many ? words.slice(at) : words[at]]),
  );

/** The common values when none are given. */
export const noCommonValues: CommonValues = {
  json: false,
  quiet: false,
  network: undefined,
  wallet: undefined,
  dryRun: false,
  yes: false,
  maxCost: undefined,
  gasBudget: undefined,
};

/** Reads the words of a command line into typed values; all missing flags are named at once. */
export const readFlags = async (
  io: Io,
  command: AnyCommand,
  path: string,
  raw: RawFlags,
  positional: readonly string[],
): Promise<{ readonly own: Record<string, unknown>; readonly common: CommonValues }> => {
  const given: RawFlags = {
    ...raw,
    ...positionalWords(command, positional),
  };
  const label = (name: string) => (command.positional.includes(name) ? kebab(name).toUpperCase() : `--${kebab(name)}`);
  const isGiven = (name: string): boolean => wordsOf(given[name]) !== undefined;
  const missing = Object.entries(command.flags)
    .filter(([name, { optional, unless }]) => !optional && !isGiven(name) && !(unless !== undefined && isGiven(unless)))
    .map(([name]) => label(name));
  if (missing.length > 0) {
    const words = Object.entries(given).flatMap(([name, value]) => {
      const typed = wordsOf(value);
      return typed === undefined ? [] : [`--${kebab(name)}`, ...typed.filter((word) => word !== '')];
    });
    const { line, said } = await completeLine(io.env, path.split(' ').slice(1), command, words);
    const whole = `Whole: \`${line}\`. ${said === '' ? '' : `${said} `}`;
    throw cliError('MISSING_VALUE', { flags: missing.join(', '), command: path, whole });
  }
  const readAll = async (flags: AnyCommand['flags']) => {
    const values: Record<string, unknown> = {};
    for (const [name, flag] of Object.entries(flags))
      values[name] = await read(flag, wordsOf(given[name]), {
        name: label(name),
        cwd: io.cwd,
        readStdin: io.readStdin,
      });
    return values;
  };
  const common = { ...noCommonValues, ...(await readAll(commonFlagsOf(command.access))) };
  return { common, own: await readAll(command.flags) };
};
