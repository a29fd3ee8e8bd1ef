import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { refusal } from '../testing/in-process.ts';
import { cleanMachine } from '../testing/process.ts';
import { readQuestions, serverOf } from './inputs.ts';

test.each([
  ['vllm=http://127.0.0.1:8000', { kind: 'vllm', url: 'http://127.0.0.1:8000/' }],
  ['sglang=https://h/v1?x=1', { kind: 'sglang', url: 'https://h/v1' }],
  ['llama-server=http://h:1/#a%20b/c', { kind: 'llama-server', url: 'http://h:1/', model: 'a b/c' }],
])('a server is named by its kind and address, and its model by what it calls it: %s', (given, server) => {
  expect(serverOf(given)).toEqual(server);
});

test.each(['http://127.0.0.1:8000', 'ollama=http://127.0.0.1:1', 'vllm=', 'vllm=127.0.0.1', '=http://h'])(
  'what names no server is refused: %s',
  (given) => {
    expect(() => serverOf(given)).toThrow(expect.objectContaining({ code: 'CLI_BAD_VALUE' }));
  },
);

test('questions are the lines of a file that say something, eight or more', () => {
  const path = join(cleanMachine().home, 'questions');
  const eight = Array.from({ length: 8 }, (_, i) => `question ${i}`);
  writeFileSync(path, `\n  ${eight.join('  \r\n\n')}\n\n`);
  expect(readQuestions(path)).toEqual(eight);
  writeFileSync(path, `${eight.slice(1).join('\n')}\n\n\n`);
  expect(() => readQuestions(path)).toThrow(/7 questions/);
});

test('a server that is none ends the command before a model is read', async () => {
  expect(await refusal(cleanMachine(), 'calibrate absent.gguf --servers nothing')).toEqual(['CLI_BAD_VALUE', 2]);
});
