/** Custom tools: offered to engines as functions of one text, told to clients as free text, and hashed as clients see them. */
import { expect, test } from 'vitest';
import { type Face, faces } from './index.ts';

const face = faces['/v1/responses'] as Face;
const body = {
  model: 'm',
  input: 'patch it',
  tools: [
    {
      type: 'custom',
      name: 'patch',
      description: 'Changes files.',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: X' },
    },
    { type: 'custom', name: 'shell' },
    { type: 'function', name: 'f', parameters: { type: 'object' } },
    { type: 'web_search' },
  ],
  tool_choice: { type: 'custom', name: 'patch' },
};
const text = '*** Begin\n+ "x" \\ é\n';
const call = (name: string, given: string) => ({
  id: 'call_1',
  type: 'function',
  function: { name, arguments: given },
});
const chat = (...tool_calls: object[]) => ({
  id: 'chatcmpl-0123',
  choices: [{ index: 0, message: { role: 'assistant', content: null, tool_calls }, finish_reason: 'tool_calls' }],
});

test('images that tools gave are shown to the model by the user, behind the answers to all calls', () => {
  const image = { type: 'input_image', image_url: 'data:image/png;base64,iVBORw==' };
  const calls = ['a', 'b'].map((call_id) => ({ type: 'function_call', call_id, name: 'f', arguments: '{}' }));
  const input = [
    ...calls,
    { type: 'function_call_output', call_id: 'a', output: [{ type: 'input_text', text: 'seen' }, image] },
    { type: 'function_call_output', call_id: 'b', output: 'done' },
    { role: 'user', content: 'and?' },
  ];
  const { messages } = face.toChat({ model: 'm', input }) as { messages: object[] };
  expect(messages.slice(1)).toEqual([
    { role: 'tool', tool_call_id: 'a', content: 'seen' },
    { role: 'tool', tool_call_id: 'b', content: 'done' },
    { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw==' } }] },
    { role: 'user', content: 'and?' },
  ]);
});

test('an engine is offered a function of one text, with the grammar in its description', () => {
  const asked = face.toChat(body) as { tools: { function: Record<string, unknown> }[]; tool_choice: unknown };
  expect(asked.tools.map(({ function: { name } }) => name)).toEqual(['patch', 'shell', 'f']);
  expect(asked.tools[0]?.function).toMatchObject({
    description: 'Changes files.\n\nThe input must match this lark grammar:\nstart: X',
    parameters: { required: ['input'] },
  });
  expect(asked.tool_choice).toEqual({ type: 'function', function: { name: 'patch' } });
});

test.each([
  ['a function', JSON.stringify({ input: text })],
  ['a function with blanks', JSON.stringify({ input: text }, null, 2)],
  ['its own custom tools', text],
])('the call of an engine that knows it as %s is free text, whole and streamed, and so it is hashed', (_, given) => {
  const whole = face.answer(body, chat(call('patch', given), call('f', '{"a":1}')));
  expect(whole.output).toMatchObject([
    { type: 'custom_tool_call', call_id: 'call_1', name: 'patch', input: text, status: 'completed' },
    { type: 'function_call', name: 'f', arguments: '{"a":1}' },
  ]);
  expect(face.contentOf(whole).toolCalls).toEqual([
    { index: 0, name: 'patch', arguments: face.heard({ name: 'patch', arguments: given }, body) },
    { index: 1, name: 'f', arguments: face.heard({ name: 'f', arguments: '{"a":1}' }, body) },
  ]);
  const chunk = (delta: object, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-0123', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const half = given.length >> 1;
  const events = face
    .stream(body)
    .take(
      chunk({ tool_calls: [{ index: 0, ...call('patch', given.slice(0, half)) }] }) +
        chunk({ tool_calls: [{ index: 0, function: { arguments: given.slice(half) } }] }) +
        chunk({}, 'tool_calls') +
        'data: [DONE]\n\n',
    )
    .split('\n\n')
    .flatMap((block) => (block === '' ? [] : [JSON.parse(block.slice(block.indexOf('data: ') + 6))]));
  const types = events.map(({ type }) => type);
  expect(types.filter((type) => type.includes('custom'))).toEqual([
    'response.custom_tool_call_input.delta',
    'response.custom_tool_call_input.done',
  ]);
  expect(events.find(({ type }) => type.endsWith('input.done'))).toMatchObject({ input: text, output_index: 0 });
  const collected = face.collect();
  for (const event of events) collected.add(event);
  expect(face.contentOf(collected.answer()).toolCalls).toMatchObject([{ name: 'patch', arguments: text }]);
});

test('calls and their results go back as messages any template takes', () => {
  const asked = face.toChat({
    model: 'm',
    input: [
      { type: 'custom_tool_call', call_id: 'c', name: 'patch', input: text },
      { type: 'custom_tool_call_output', call_id: 'c', output: 'done' },
    ],
  }) as { messages: { tool_calls?: { function: { arguments: string } }[] }[] };
  expect(JSON.parse(asked.messages[0]?.tool_calls?.[0]?.function.arguments ?? '')).toEqual({ input: text });
  expect(asked.messages[1]).toEqual({ role: 'tool', tool_call_id: 'c', content: 'done' });
});
