import { expect, test } from 'vitest';
import { findCalls, forcedStart, maybeCall, toolChoice } from './tools.ts';

const tool = (name: string, parameters?: object) => ({ type: 'function', function: { name, parameters } });
const body = { tools: [tool('add', { type: 'object', required: ['a'] }), tool('now')] };

test.each<[string, object, object]>([
  ['nothing on offer', { tool_choice: 'required' }, { kind: 'none' }],
  ['none wanted', { ...body, tool_choice: 'none' }, { kind: 'none' }],
  ['any', { ...body, tool_choice: 'auto' }, { kind: 'free' }],
  ['one of several', { ...body, tool_choice: 'required' }, { kind: 'free' }],
  [
    'the only one',
    { tools: [tool('now')], tool_choice: 'required' },
    { kind: 'forced', name: 'now', schema: { type: 'object' } },
  ],
  [
    'one by name',
    { ...body, tool_choice: tool('add') },
    { kind: 'forced', name: 'add', schema: { type: 'object', required: ['a'] } },
  ],
  ['a name that is not on offer', { ...body, tool_choice: tool('rm') }, { kind: 'free' }],
])('what is to be called: %s', (_, asked, choice) => {
  expect(toolChoice(asked as never)).toEqual(choice);
});

const call = (name: string, args: string): string =>
  `<tool_call>\n{"name": "${name}", "arguments": ${args}}\n</tool_call>`;

test('calls are found in tags or bare, several in order, with their arguments as JSON', () => {
  const found = [{ name: 'add', arguments: '{"a":1}' }];
  expect(findCalls(`I call ${call('add', '{"a": 1}')}`, body)).toEqual(found);
  expect(findCalls(' {"name": "add", "parameters": {"a": 1}} ', body)).toEqual(found);
  expect(findCalls(`${call('now', '{}')}${call('add', '{"a": 1}')}`, body)).toEqual([
    { name: 'now', arguments: '{}' },
    ...found,
  ]);
  expect(findCalls('{"name": "now"}', body)).toEqual([{ name: 'now', arguments: '{}' }]);
});

test.each([
  'The sum is 3.',
  call('rm', '{}'),
  `${call('add', '{}')}${call('rm', '{}')}`,
  '<tool_call>{"name": "add", "argum</tool_call>',
  '{"name": 7}',
  '[]',
])('an answer that is text, or calls anything not offered, has no call: %s', (text) => {
  expect(findCalls(text, body)).toEqual([]);
});

test('a forced call begins so that what the model writes on makes it one, whatever its name', () => {
  const odd = { tools: [tool('a "b"\\')] };
  expect(findCalls(`${forcedStart('a "b"\\')}{"x": []}}</tool_call>`, odd)).toEqual([
    { name: 'a "b"\\', arguments: '{"x":[]}' },
  ]);
});

test('a text is held back as long as it may be a call, at every length of its beginning', () => {
  const whole = `  ${call('add', '{}')}`;
  for (let length = 0; length <= whole.length; length++) expect(maybeCall(whole.slice(0, length))).toBe(true);
  expect(['<tool', ' {', '<b>', 'The', '<tools>'].map(maybeCall)).toEqual([true, true, false, false, false]);
});
