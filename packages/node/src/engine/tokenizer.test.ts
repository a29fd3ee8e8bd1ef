import { expect, test } from 'vitest';
import { countText, loadTokenizer, measurePrompt, tokenizerNames } from './tokenizer.ts';
import type { EngineModel, EngineRequest } from './types.ts';

const measure = async (body: object, tokenizer: string | null = 'bytes') =>
  measurePrompt({ body } as EngineRequest, { tokenizer, imagePartUnits: 1_000n } as EngineModel);

test.each(tokenizerNames)('%s counts more of a longer text, and nothing of none', async (name) => {
  const count = await loadTokenizer(name);
  expect(count?.('')).toBe(0);
  expect(count?.('one two three')).toBeGreaterThan(count?.('one two') as number);
});

test('a word without end is counted in slices, within a few tokens of its parts, in time that grows with it', async () => {
  const count = await loadTokenizer('cl100k_base');
  const slice = 'abcdefgh'.repeat(32);
  expect(count?.(slice.repeat(2_000))).toBe(2_000 * (count?.(slice) as number));
  expect(count?.('<|endoftext|>')).toBeGreaterThan(1); // text like any other
});

test('where the tokenizer is unknown a common one counts, where its name is none the bytes', async () => {
  expect(await countText(null, 'hello there')).toBe(await countText('o200k_base', 'hello there'));
  expect(await countText('no such', 'héllo')).toBe(6n);
});

test('a chat is its messages with what templates put around them, and the schemas beside it', async () => {
  const user = { role: 'user', content: 'abcd' };
  const one = (await measure({ messages: [user] })).prompt;
  expect(one).toBe(BigInt('abcd{"role":"user"}'.length) + 8n);
  expect(await measure({ messages: [user, user] })).toEqual({ prompt: 2n * one, exact: false });
  const tools = [{ type: 'function' }];
  expect((await measure({ messages: [user], tools })).prompt).toBe(one + BigInt(JSON.stringify(tools).length));
});

test('an image counts as much as the model says, other media by their letters, text parts as text', async () => {
  const parts = async (...content: readonly object[]) => (await measure({ messages: [{ content }] })).prompt;
  const none = await parts();
  expect(await parts({ type: 'text', text: 'abc' })).toBe(none + 3n);
  expect(await parts({ type: 'image_url', image_url: { url: `data:${'x'.repeat(9_000)}` } })).toBe(none + 1_000n);
  const audio = { type: 'input_audio', input_audio: { data: 'x'.repeat(1_600) } };
  expect(await parts(audio)).toBe(none + BigInt(Math.ceil(JSON.stringify(audio).length / 16)));
});

test('inputs are counted one by one; tokens are themselves; documents of a query count too', async () => {
  expect(await measure({ input: ['abc', 'de'] })).toEqual({ prompt: 5n + 16n, exact: false });
  expect(await measure({ input: [5, 6, 7] })).toEqual({ prompt: 3n, exact: true });
  expect(await measure({ prompt: [[5, 6], [7]] })).toEqual({ prompt: 3n + 16n, exact: false });
  expect(await measure({ query: 'q', documents: ['abc', 'd'] })).toEqual({ prompt: 5n + 24n, exact: false });
});
