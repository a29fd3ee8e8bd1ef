import {
  type Application,
  type ApplicationText,
  ArgumentParseError,
  buildApplication,
  buildCommand,
  buildRouteMap,
  type CommandContext,
  FlagNotFoundError,
  type RouteMap,
  type Command as StricliCommand,
  text_en,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
} from '@stricli/core';
import { cliError } from './cli-errors.ts';
import type { AnyCommand, Group } from './command.ts';
import { commonFlagsOf } from './common-flags.ts';
import { kebab } from './flag.ts';

/** The words given for each flag and argument of a command, before they are read. */
export type RawFlags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

/** What the program does with the two things a command line can ask for. */
export interface Hooks {
  readonly runCommand: (
    path: readonly string[],
    command: AnyCommand,
    raw: RawFlags,
    words: readonly string[],
  ) => Promise<void>;
  readonly showHelp: (path: readonly string[]) => void;
  readonly showVersion: () => void;
  /** Called with what went wrong; it is shown after the run. */
  readonly fail: (error: unknown) => void;
}

/** What a mistyped word may have meant. */
export interface Suggest {
  /** A hint for a word that is no command. */
  readonly command: (input: string) => string;
  /** Flags for one that does not exist; `alike` are those spelled like it. */
  readonly flags: (input: string, alike: readonly string[]) => readonly string[];
}

const flagParameter = (name: string, command: AnyCommand) => {
  const flag = { ...commonFlagsOf(command.access), ...command.flags }[name];
  if (!flag) return undefined;
  const base = { brief: flag.brief, optional: true } as const;
  if (flag.isSwitch) return { ...base, kind: 'boolean', withNegated: false } as const;
  return { ...base, kind: 'parsed', parse: String, ...(flag.many ? { variadic: true } : {}) } as const;
};

const toStricliCommand = (
  path: readonly string[],
  command: AnyCommand,
  hooks: Hooks,
): StricliCommand<CommandContext> => {
  const names = [...new Set([...Object.keys(commonFlagsOf(command.access)), ...Object.keys(command.flags)])];
  const flags = Object.fromEntries(
    names.filter((name) => !command.positional.includes(name)).map((name) => [name, flagParameter(name, command)]),
  );
  const takesRest = command.positional.some((name) => command.flags[name]?.many);
  const positional = {
    kind: 'array',
    parameter: { brief: 'words', parse: String, placeholder: 'words' },
    ...(takesRest ? {} : { maximum: command.positional.length }),
  };
  return buildCommand({
    docs: { brief: command.brief },
    parameters: { flags, positional } as never,
    func: (raw: RawFlags, ...words: string[]) => hooks.runCommand(path, command, raw, words),
  });
};

const toRouteMap = (path: readonly string[], group: Group, hooks: Hooks): RouteMap<CommandContext> =>
  buildRouteMap({
    docs: { brief: group.brief },
    routes: Object.fromEntries(
      Object.entries(group.routes).map(([name, target]) => {
        const below = [...path, name];
        return [
          name,
          target.kind === 'group' ? toRouteMap(below, target, hooks) : toStricliCommand(below, target, hooks),
        ];
      }),
    ),
  });

const quoted = (flags: readonly string[]): string => (flags.length === 0 ? '' : `Did you mean ${flags.join(' or ')}? `);

const scanFailure = (error: unknown, suggest: Suggest): unknown => {
  if (error instanceof ArgumentParseError) return error.exception;
  const see = 'Add --help to see what the command takes.';
  const hint =
    error instanceof FlagNotFoundError ? `${quoted(suggest.flags(error.input, error.corrections))}${see}` : see;
  const usage = (what: string) => cliError('USAGE', { what, hint });
  if (error instanceof FlagNotFoundError)
    return usage(`There is no flag ${error.input.startsWith('-') ? error.input : `--${error.input}`}.`);
  if (error instanceof UnsatisfiedFlagError) return usage(`--${kebab(error.externalFlagName)} needs a value.`);
  if (error instanceof UnexpectedFlagError) return usage(`--${kebab(error.externalFlagName)} was given twice.`);
  if (error instanceof UnexpectedPositionalError)
    return usage(`"${error.input}" is one word too many; values with spaces need quotes.`);
  return usage(error instanceof Error ? `${error.message}.` : String(error));
};

const textFor = (hooks: Hooks, suggest: Suggest): ApplicationText => {
  const caught = (error: unknown): string => {
    hooks.fail(error);
    return '';
  };
  return {
    ...text_en,
    noCommandRegisteredForInput: ({ input }) =>
      caught(cliError('UNKNOWN_COMMAND', { input, hint: suggest.command(input) })),
    exceptionWhileParsingArguments: (error) => caught(scanFailure(error, suggest)),
    exceptionWhileLoadingCommandFunction: caught,
    exceptionWhileLoadingCommandContext: caught,
    exceptionWhileRunningCommand: caught,
    commandErrorResult: caught,
    exceptionWhileRunningIntegrationFlag: ({ exception }) => caught(exception),
    exceptionWhileRunningIntegrationHook: ({ exception }) => caught(exception),
  };
};

/** The stricli application over our table of commands; routing and scanning are its, words and output ours. */
export const stricliApp = (root: Group, hooks: Hooks, suggest: Suggest): Application<CommandContext> =>
  buildApplication(
    toRouteMap([], root, hooks),
    {
      name: 'atoma',
      scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
      documentation: { disableAnsiColor: true },
      localization: { text: textFor(hooks, suggest) },
    },
    {
      help: {
        flag: {
          brief: 'Help',
          aliases: ['h'],
          global: true,
          complete: true,
          defaultForRouteMap: true,
          run: (_app, { result }) => hooks.showHelp(result.prefix.slice(1)),
        },
      },
      version: { flag: { brief: 'Version', run: () => hooks.showVersion() } },
    },
  );
