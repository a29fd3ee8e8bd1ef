/** Members of what clients send, read without trust. */
import { defineErrors } from '@atoma/base';
import { array, isRecord, type Json, record, text } from '../wire/json.ts';

export { array, isRecord, type Json, record, text };

/**
 * Many chat templates take one system message, in front. Those that follow it become part of it; later ones are said by the user.
 */
export const withOneSystem = (messages: readonly Json[]): readonly Json[] => {
  const first = messages.findIndex(({ role }) => role !== 'system');
  const [leading, rest] = first < 0 ? [messages, []] : [messages.slice(0, first), messages.slice(first)];
  const told = leading.map(({ content }) => contentText(content)).filter((each) => each !== '');
  return [
    ...(told.length === 0 ? [] : [{ role: 'system', content: told.join('\n\n') }]),
    ...rest.map((message) => (message.role === 'system' ? { ...message, role: 'user' } : message)),
  ];
};

const contentText = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : array(content)
        .map((part) => text(record(part).text))
        .join('');

/** Members whose value is neither undefined nor null. */
export const given = (members: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));

/** A request of another API cannot be asked of a chat model. */
export const faceError = defineErrors('FACE', {
  UNSUPPORTED: { message: '{param} is not supported here: {why}', hint: 'Remove it, or use /v1/chat/completions.' },
  BODY: { message: '{param}: {why}', hint: 'See `param` for the member at fault.' },
});
