/** Figures and ends that clients of Messages act on. */
import { expect, test } from 'vitest';
import { faceOf } from './index.ts';

const face = faceOf('/v1/messages');
if (!face) throw Error('no face');
const body = {
  model: 'm',
  max_tokens: 9,
  stop_sequences: ['END'],
  messages: [{ role: 'user', content: 'x'.repeat(4_000) }],
};
const usage = { prompt_tokens: 970, completion_tokens: 2 };
const chunk = (choices: readonly object[], more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-0123', model: 'm', choices, ...more })}\n\n`;
/** Events of the answer to a stream that ends so. */
const eventsOf = (end: object): readonly Record<string, Record<string, unknown>>[] =>
  face
    .stream(body)
    .take(
      chunk([{ index: 0, delta: { content: 'Hi' }, finish_reason: null }]) +
        chunk([{ index: 0, delta: {}, ...end }]) +
        chunk([], { usage }),
    )
    .split('\n\n')
    .flatMap((block) => (block === '' ? [] : [JSON.parse(block.slice(block.indexOf('data: ') + 6))]));

test.each([
  ['a text of the request', { finish_reason: 'stop', stop_reason: 'END' }, ['stop_sequence', 'END']],
  ['a token', { finish_reason: 'stop', stop_reason: 2 }, ['end_turn', null]],
  ['the model', { finish_reason: 'stop' }, ['end_turn', null]],
  ['its length', { finish_reason: 'length' }, ['max_tokens', null]],
])('an answer that %s ended says so, whole and streamed', (_, end, [reason, sequence]) => {
  const ended = { stop_reason: reason, stop_sequence: sequence };
  const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, ...end }];
  expect(face.answer(body, { id: 'chatcmpl-0123', model: 'm', choices, usage })).toMatchObject(ended);
  expect(eventsOf(end).find(({ type }) => String(type) === 'message_delta')?.delta).toEqual(ended);
});

test('a stream begins with an estimate of its prompt and ends with the count', () => {
  const events = eventsOf({ finish_reason: 'stop' });
  const begun = events[0]?.message as unknown as { usage: { input_tokens: number; output_tokens: number } };
  expect(begun.usage.output_tokens).toBe(0);
  expect(begun.usage.input_tokens).toBeGreaterThan(900);
  expect(begun.usage.input_tokens).toBeLessThan(1_200);
  expect(events.find(({ type }) => String(type) === 'message_delta')?.usage).toMatchObject({
    input_tokens: 970,
    output_tokens: 2,
  });
});

test('thoughts and texts that come within a call follow it, each block stops once, and nothing is lost', () => {
  const delta = (members: object) => chunk([{ index: 0, delta: members, finish_reason: null }]);
  const call = (more: object) => delta({ tool_calls: [{ index: 0, ...more }] });
  const told = face
    .stream(body)
    .take(
      delta({ reasoning_content: 'a' }) +
        call({ id: 'c', function: { name: 'f', arguments: '{"p":' } }) +
        delta({ reasoning_content: 'b' }) +
        call({ function: { arguments: '1}' } }) +
        delta({ content: 'Hi' }) +
        chunk([{ index: 0, delta: {}, finish_reason: 'tool_calls' }]) +
        chunk([], { usage }),
    );
  const collected = face.collect();
  const shapes: string[] = [];
  for (const block of told.split('\n\n').filter(Boolean)) {
    const event = JSON.parse(block.slice(block.indexOf('data: ') + 6));
    collected.add(event);
    if (event.type === 'content_block_start') shapes.push(`${event.index} ${event.content_block.type}`);
    if (event.type === 'content_block_stop') shapes.push(`${event.index} stop`);
  }
  const each = ['thinking', 'tool_use', 'thinking', 'text'].flatMap((type, at) => [`${at} ${type}`, `${at} stop`]);
  expect(shapes).toEqual(each);
  expect(face.contentOf(collected.answer())).toEqual({
    index: 0,
    text: 'Hi',
    reasoning: 'ab',
    toolCalls: [{ index: 0, name: 'f', arguments: '{"p":1}' }],
  });
});
