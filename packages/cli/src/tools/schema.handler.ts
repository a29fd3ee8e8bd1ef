import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Json } from '../kernel/command.ts';
import { jsonSchemaOf } from '../kernel/schema.ts';
import { allCommands } from '../kernel/tree.ts';
import { root } from '../root.ts';
import type { schemaFlags } from './flags.ts';

/** `atoma schema` */
export const schema: Handler<typeof schemaFlags> = async (_run, { command: words }) => {
  const wanted = words
    ?.join(' ')
    .replace(/^atoma /, '')
    .trim();
  const found = allCommands(root).filter(
    ([path, command]) => command.output && (wanted === undefined || path.join(' ') === wanted),
  );
  if (found.length === 0)
    throw cliError('UNKNOWN_COMMAND', {
      input: wanted ?? '',
      hint: 'Give a command that has --json output: `atoma schema db claim-funds`.',
    });
  const schemas = found.map(([, command]) => jsonSchemaOf(command.output as never));
  return {
    data: { schemas: schemas as unknown as Json },
    lines: () =>
      wanted === undefined
        ? found.map(([path], at) => `${schemas[at]?.title}  (atoma ${path.join(' ')})`)
        : [JSON.stringify(schemas[0], null, 2)],
  };
};
