import type { AnyCommand, Group } from './command.ts';
import { commonFlagsOf } from './common-flags.ts';
import { type Flags, kebab } from './flag.ts';
import type { Paint } from './io.ts';
import { schemaId } from './schema.ts';

const columns = (rows: readonly (readonly [string, string])[]): readonly string[] => {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  return rows.map(([left, right]) =>
    left.length > width ? `  ${left}\n  ${' '.repeat(width)}  ${right}` : `  ${left.padEnd(width)}  ${right}`,
  );
};

const flagRows = (flags: Flags, skip: readonly string[]): readonly (readonly [string, string])[] =>
  Object.entries(flags)
    .filter(([name]) => !skip.includes(name))
    .map(([name, flag]) => {
      const value = flag.isSwitch ? '' : ` ${flag.placeholder}`;
      const left = flag.optional && !flag.isSwitch ? `[--${kebab(name)}${value}]` : `--${kebab(name)}${value}`;
      const fallback = flag.isSwitch || flag.fallback === undefined ? '' : ` (default ${String(flag.fallback)})`;
      return [left, `${flag.brief}${fallback}`] as const;
    });

const positionalRows = (command: AnyCommand): readonly (readonly [string, string])[] =>
  command.positional.map((name) => [kebab(name).toUpperCase(), command.flags[name]?.brief ?? '']);

const usageLine = (path: string, command: AnyCommand): string => {
  const words = command.positional.map((name) => {
    const word = kebab(name).toUpperCase();
    return command.flags[name]?.optional ? ` [${word}]` : ` ${word}`;
  });
  return `${path}${words.join('')}${Object.keys(command.flags).length > command.positional.length ? ' [flags]' : ''}`;
};

const section = (paint: Paint, title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', paint.bold(title), ...lines];

/** Help of one command: what it does, examples, flags with units, what comes next. */
export const commandHelp = (path: string, command: AnyCommand, paint: Paint): string => {
  const own = flagRows(command.flags, command.positional);
  return [
    command.brief,
    ...section(
      paint,
      'Examples',
      command.examples.map((line) => `  ${paint.cyan(`atoma ${line}`)}`),
    ),
    ...section(paint, 'Usage', [`  ${usageLine(path, command)}`]),
    ...section(paint, 'Arguments', columns(positionalRows(command))),
    ...section(paint, 'Flags', own.length === 0 ? [] : columns(own)),
    ...section(paint, 'Common flags', columns(flagRows(commonFlagsOf(command.access), Object.keys(command.flags)))),
    ...(command.notes ? ['', command.notes] : []),
    ...(command.output
      ? ['', `JSON output: ${schemaId(command.output)} (see \`atoma schema ${path.replace(/^atoma /, '')}\`)`]
      : []),
    ...(command.next ? ['', `Next: ${paint.cyan(`atoma ${command.next}`)}`] : []),
    '',
  ].join('\n');
};

const routeRows = (group: Group): readonly (readonly [string, string])[] =>
  Object.entries(group.routes)
    .filter(([, target]) => target.kind === 'group' || target.hidden !== true)
    .map(([name, target]) => [name, target.brief]);

/** Help of a group: its commands, one line each. */
export const groupHelp = (path: string, group: Group, paint: Paint, examples: readonly string[] = []): string =>
  [
    group.brief,
    ...section(
      paint,
      'Examples',
      examples.map((line) => `  ${paint.cyan(`atoma ${line}`)}`),
    ),
    ...section(paint, 'Commands', columns(routeRows(group))),
    '',
    `\`${path} COMMAND --help\` shows the details of a command.`,
    '',
  ].join('\n');
