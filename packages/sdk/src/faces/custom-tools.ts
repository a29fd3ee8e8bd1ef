/** Custom tools of `/v1/responses`, whose input is free text, over engines that know functions alone: a function of one text. */
import { array, given, isRecord, type Json, record, text } from './client-json.ts';

/** Names of the custom tools a body offers. */
export const customTools = (body: Json): ReadonlySet<string> =>
  new Set(
    array(body.tools)
      .map(record)
      .filter(({ type }) => type === 'custom')
      .map(({ name }) => text(name)),
  );

const told = ({ description, format }: Json): string | undefined => {
  const { type, syntax, definition } = record(format);
  const grammar = type === 'grammar' ? `The input must match this ${text(syntax)} grammar:\n${text(definition)}` : '';
  return [text(description), grammar].filter((each) => each !== '').join('\n\n') || undefined;
};

/** The function that stands for a custom tool. */
export const customFunction = (tool: Json): Json => ({
  type: 'function',
  function: given({
    name: tool.name,
    description: told(tool),
    parameters: {
      type: 'object',
      properties: { input: { type: 'string' } },
      required: ['input'],
      additionalProperties: false,
    },
  }),
});

/** The arguments that stand for a free text. */
export const customArguments = (input: string): string => JSON.stringify({ input });

/** The free text in a call's arguments; of an engine that knows custom tools they are that text. */
export const customInput = (callArguments: string): string => {
  try {
    const value: unknown = JSON.parse(callArguments);
    if (isRecord(value) && typeof value.input === 'string') return value.input;
  } catch {
    // Free text, or JSON that was cut short: as it came.
  }
  return callArguments;
};
