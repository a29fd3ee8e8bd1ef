import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonRows } from './json-rows.ts';

async function* inPieces(text: string, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [at, begin] of places.slice(0, -1).entries()) yield bytes.subarray(begin, places[at + 1]);
}

const read = async (text: string, cuts: readonly number[] = []): Promise<readonly unknown[]> => {
  const rows: unknown[] = [];
  for await (const row of jsonRows(inPieces(text, cuts), 'rows')) rows.push(row);
  return rows;
};

test('rows are what the whole text has, however it is cut and spaced, beside any other members', () => {
  const row = fc.dictionary(fc.string(), fc.jsonValue());
  const parts = fc.record({
    rows: fc.array(row),
    before: fc.jsonValue(),
    space: fc.constantFrom(undefined, ' ', '\n'),
  });
  return fc.assert(
    fc.asyncProperty(parts, fc.array(fc.nat(), { maxLength: 9 }), async ({ rows, before, space }, cuts) => {
      const text = JSON.stringify({ before, rows, behind: [{ not: 'ours' }] }, null, space);
      expect(await read(text, cuts)).toEqual(JSON.parse(text).rows);
    }),
  );
});

test.each<[what: string, text: string]>([
  ['nothing', ''],
  ['a page', '<html></html>'],
  ['a list cut short', '{"rows":[{"a":1},'],
  ['a row cut short', '{"rows":[{"a":'],
  ['a row that is no JSON', '{"rows":[{a}]}'],
  ['more ends than beginnings', '{"rows":[]}}'],
  ['an endless row', `{"rows":[{"a":"${'x'.repeat(1024 * 1024)}`],
])('%s is no list', async (_, text) => {
  await expect(read(text, [20])).rejects.toMatchObject({ code: 'WIRE_MALFORMED' });
});

test('a list under another name is not read', async () => {
  expect(await read('{"other":[{"a":1}],"in":{"rows":[{"b":1}]},"rows":{"c":{"d":1}}}')).toEqual([]);
});
