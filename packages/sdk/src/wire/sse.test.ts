import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSseByteReader, createSseReader, sseBlocks } from './sse.ts';

const stream = ': hello\n\nevent: atoma.receipt\ndata: {"a":\ndata: 1}\n\ndata: [DONE]\n\ndata:ü\n\nunfinished';
const blocks = [
  { text: ': hello', event: '', data: '' },
  { text: 'event: atoma.receipt\ndata: {"a":\ndata: 1}', event: 'atoma.receipt', data: '{"a":\n1}' },
  { text: 'data: [DONE]', event: '', data: '[DONE]' },
  { text: 'data:ü', event: '', data: 'ü' },
];

test('blocks with their fields; what has no end yet is none', () => {
  expect(createSseReader()(stream)).toEqual(blocks);
});

test('however the bytes are cut, with LF and with CR LF', async () => {
  const cuts = fc.array(fc.nat({ max: 120 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.boolean(), cuts, async (crlf, places) => {
      const bytes = Buffer.from(crlf ? stream.replaceAll('\n', '\r\n') : stream);
      const at = [...new Set([0, ...places, bytes.length])].sort((a, b) => a - b);
      const pieces = at.slice(1).map((end, i) => new Uint8Array(bytes.subarray(at[i], end)));
      const read = createSseByteReader();
      expect(pieces.flatMap((piece) => read(piece))).toEqual(blocks);
      async function* source(): AsyncGenerator<Uint8Array> {
        yield* pieces;
      }
      const found: unknown[] = [];
      for await (const block of sseBlocks(source())) found.push(block);
      expect(found).toEqual(blocks);
    }),
    { numRuns: 200 },
  );
});
