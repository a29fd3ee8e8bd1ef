/** What is held of a stack: rows from whomever, as long as the list on chain binds them; nothing else counts. */
import { signMessage } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { decodeRow, type TranscriptRow } from '../serve/transcript.ts';
import { keyOf } from '../testing/desk.ts';
import { type History, inputsOver, serveHistory, spoolOf } from '../testing/history.ts';
import { FORMULA, formulaEngine } from '../testing/steps-engine.ts';
import { createHolding, type Holding } from './holding.ts';

const BUYER = keyOf(3).toSuiAddress();
const formula = () =>
  serveHistory({ level: 1, model: FORMULA, engine: formulaEngine(() => ({ weights: 0, noise: 0 })) });
const openFor = async ({ rows }: Pick<History, 'rows'>, level = 1, signers = [BUYER]): Promise<Holding> =>
  createHolding({ level, inputs: await inputsOver(rows), maySign: (address) => signers.includes(address) });
type Part = 'request' | 'opening' | 'trace' | 'reference';
/** Rows that show these parts alone. */
const only = (rows: readonly TranscriptRow[], ...parts: readonly Part[]): readonly TranscriptRow[] =>
  rows.map((row) => {
    const shown = (part: Part) => (parts.includes(part) ? row[part] : null);
    const [request, opening, trace, reference] = [
      shown('request'),
      shown('opening'),
      shown('trace'),
      shown('reference'),
    ];
    return { entry: row.entry, request, opening, trace, reference } as TranscriptRow;
  });
/** Which parts of a row are held. */
const heldOf = (holding: Holding, row: number) =>
  [holding.request(row), holding.opening(row), holding.trace(row)].map((each) => each !== undefined);
const linesOf = async (holding: Holding): Promise<readonly TranscriptRow[]> => {
  const rows: TranscriptRow[] = [];
  for await (const line of holding.lines()) {
    expect(line.endsWith('\n')).toBe(true);
    rows.push(decodeRow(line));
  }
  return rows;
};

test('a holding begins with nothing', async () => {
  const holding = await openFor(await formula());
  expect([holding.entries(), holding.views(), ...heldOf(holding, 0)]).toEqual([undefined, [], false, false, false]);
  expect(await linesOf(holding)).toEqual([]);
});

test('what several give makes one whole, and is passed on as it came', async () => {
  const history = await formula();
  const holding = await openFor(history);
  expect(await holding.take(spoolOf(only(history.rows, 'request')), 'other')).toBe(true);
  expect(heldOf(holding, 1)).toEqual([true, false, false]);
  expect(await holding.take(spoolOf(only(history.rows, 'opening')), 'other')).toBe(true);
  expect(await holding.take(spoolOf(only(history.rows, 'trace')), 'other')).toBe(true);
  expect(heldOf(holding, 1)).toEqual([true, true, true]);
  expect(holding.entries()).toEqual(history.rows.map(({ entry }) => entry));
  expect(await linesOf(holding)).toEqual(history.rows);
  const row = history.rows[1] as TranscriptRow;
  expect(holding.request(1)).toMatchObject({ envelopeBytes: row.request?.envelope, body: row.request?.body });
  expect(holding.request(1)?.envelope).toMatchObject({ stack: history.id, model: FORMULA });
  expect([holding.opening(1), holding.trace(1)]).toEqual([row.opening, row.trace?.trace]);
});

test('a list that is not that of the chain is refused, and its bytes are not kept', async () => {
  const history = await formula();
  const holding = await openFor(history);
  const closed: string[] = [];
  const watched = (rows: readonly TranscriptRow[], more = '') => {
    const spool = spoolOf(rows);
    spool.write(Buffer.from(more));
    return {
      ...spool,
      close: () => {
        closed.push('closed');
        spool.close();
      },
    };
  };
  for (const given of [
    watched(history.rows.slice(1)),
    watched(history.rows, '{}\n'),
    watched(history.rows, 'no row\n'),
  ])
    expect(await holding.take(given, 'other')).toBe(false);
  expect(closed).toHaveLength(3);
  expect(holding.entries()).toBeUndefined();
  // A transcript that adds nothing is closed, too; one that adds something stays to be read.
  expect(await holding.take(watched(history.rows), 'other')).toBe(true);
  expect(closed).toHaveLength(3);
  expect(await holding.take(watched(history.rows), 'other')).toBe(true);
  expect(closed).toHaveLength(4);
  expect(heldOf(holding, 0)).toEqual([true, true, true]);
  holding.close();
  expect(closed).toHaveLength(5);
  holding.close();
  expect(closed).toHaveLength(5);
  expect(heldOf(holding, 0)).toEqual([false, false, false]);
});

const changed = (row: TranscriptRow, change: Partial<NonNullable<TranscriptRow['request']>>): TranscriptRow => ({
  ...row,
  request: { ...(row.request as NonNullable<TranscriptRow['request']>), ...change },
});

test('a request counts that the list names, signed by an owner, with the body it was signed for', async () => {
  const history = await formula();
  const [first, second, ...rest] = history.rows as [TranscriptRow, TranscriptRow, ...TranscriptRow[]];
  const holds = async (row: TranscriptRow, level = 1, signers = [BUYER]): Promise<boolean> => {
    const holding = await openFor(history, level, signers);
    expect(await holding.take(spoolOf([row, second, ...rest]), 'other')).toBe(true);
    return holding.request(0) !== undefined;
  };
  const signature = await signMessage(keyOf(3), Buffer.from('something else'));
  const request = second.request as NonNullable<TranscriptRow['request']>;
  expect(await holds(first)).toBe(true);
  expect(await holds(changed(first, { body: Buffer.from('another body') }))).toBe(false);
  expect(await holds(changed(first, { body: null }))).toBe(false);
  expect(await holds(changed(first, { body: null }), 0)).toBe(true); // nobody has to repeat it
  expect(await holds(changed(first, { signature }))).toBe(false);
  expect(await holds(changed(first, { signature: new Uint8Array(5) }))).toBe(false);
  expect(await holds({ ...first, request })).toBe(false); // of another row
  expect(await holds(first, 1, [keyOf(4).toSuiAddress()])).toBe(false);
  expect(await holds(first, 1, [keyOf(4).toSuiAddress(), BUYER])).toBe(true);
});

test('an opening and a trace count that the blind covers', async () => {
  const history = await formula();
  const [first, ...rest] = history.rows as [TranscriptRow, ...TranscriptRow[]];
  const held = async (row: TranscriptRow) => {
    const holding = await openFor(history);
    await holding.take(spoolOf([row, ...rest]), 'other');
    return heldOf(holding, 0);
  };
  const opening = first.opening as NonNullable<TranscriptRow['opening']>;
  const trace = first.trace as NonNullable<TranscriptRow['trace']>;
  const other = new Uint8Array(32).fill(7);
  for (const bent of [{ salt: other }, { workHash: other }, { traceHash: other }, { traceHash: null }])
    expect(await held({ ...first, opening: { ...opening, ...bent } })).toEqual([true, false, true]);
  expect(await held({ ...first, trace: { ...trace, trace: Uint8Array.of(1) } })).toEqual([true, true, false]);
  expect(await held({ ...first, trace: { ...trace, inner: other } })).toEqual([true, true, false]);
});

test('what came first of a row stays', async () => {
  const history = await formula();
  const holding = await openFor(history, 0);
  const bodiless = history.rows.map((row) => changed(row, { body: null }));
  await holding.take(spoolOf(bodiless), 'other');
  await holding.take(spoolOf(history.rows), 'other');
  expect(holding.request(0)?.body).toEqual(new Uint8Array());
});

test('a request that came as evidence fills the row that names it, and no other', async () => {
  const history = await formula();
  const [first] = history.rows as [TranscriptRow];
  const request = first.request as NonNullable<TranscriptRow['request']>;
  const early = await openFor(history);
  await early.takeRequest(request);
  await early.take(spoolOf(only(history.rows, 'opening')), 'other');
  expect(early.request(0)).toBeUndefined(); // before the list it names nothing
  await early.takeRequest({ ...request, body: Buffer.from('another body') });
  await early.takeRequest({ ...request, envelope: Buffer.from('another envelope') });
  expect([early.request(0), early.request(1)]).toEqual([undefined, undefined]);
  await early.takeRequest(request);
  expect(early.request(0)).toMatchObject({ body: request.body, envelopeBytes: request.envelope });
  expect(early.request(1)).toBeUndefined();
  expect((await linesOf(early))[0]?.request).toEqual(request);
  // It is there already when a transcript comes, which is held as long.
  await early.take(spoolOf(history.rows), 'other');
  expect([0, 1].map((row) => early.request(row)?.envelopeBytes)).toEqual(
    history.rows.slice(0, 2).map((row) => row.request?.envelope),
  );
  early.close();
  expect([early.request(0), early.request(1)]).toEqual([undefined, undefined]);
});

test('requests that came as evidence are not mixed up', async () => {
  const history = await formula();
  const holding = await openFor(history);
  await holding.take(spoolOf(only(history.rows, 'opening')), 'other');
  for (const { request } of history.rows.toReversed())
    await holding.takeRequest(request as NonNullable<TranscriptRow['request']>);
  expect((await linesOf(holding)).map(({ request }) => request)).toEqual(history.rows.map(({ request }) => request));
});

test('views: accusers’ first, others in their order, each once, none of the accused, and one’s own for others alone', async () => {
  const history = await formula();
  const holding = await openFor(history);
  const viewing = (...bytes: readonly (number | null)[]) =>
    spoolOf(history.rows.map((row, i) => ({ ...row, reference: bytes[i] == null ? null : Uint8Array.of(bytes[i]) })));
  const seen = () => holding.views().map((view) => [...view].map(([row, [byte]]) => [row, byte]));
  await holding.take(viewing(null, null, null), 'other');
  expect(seen()).toEqual([]);
  await holding.take(viewing(1, null, null), 'other');
  await holding.take(viewing(2, 2, null), 'other');
  await holding.take(viewing(1, null, null), 'accuser');
  await holding.take(viewing(7, 7, 7), 'accused');
  const [one, two] = [
    [[0, 1]],
    [
      [0, 2],
      [1, 2],
    ],
  ];
  expect(seen()).toEqual([one, two]);
  await holding.take(viewing(null, 3, null), 'accuser');
  expect(seen()).toEqual([[[1, 3]], one, two]);
  // Another row, another view; the same rows with other bytes, too.
  await holding.take(viewing(null, 1, null), 'other');
  expect(seen()).toHaveLength(4);
  const referred = async () => (await linesOf(holding)).map(({ reference }) => reference?.[0] ?? null);
  expect(await referred()).toEqual([null, 3, null]); // before a verdict the first that came
  await holding.take(viewing(9, 9, 9), 'self');
  expect(seen()).toHaveLength(4);
  expect(await referred()).toEqual([9, 9, 9]);
  holding.refer(2, Uint8Array.of(8));
  expect(await referred()).toEqual([9, 9, 8]);
  holding.restOn(holding.views()[0] ?? null);
  expect(await referred()).toEqual([9, 3, 8]); // what the verdict rests on, where that has the row
  holding.restOn(null);
  expect(await referred()).toEqual([9, 9, 8]);
});

test('so many views are kept, and no more; those of others keep none of an accuser out', async () => {
  const history = await serveHistory({ level: 1, questions: ['a'] });
  const holding = await openFor(history);
  const viewed = (reference: number) =>
    spoolOf(history.rows.map((row) => ({ ...row, reference: Uint8Array.of(reference) })));
  for (let i = 0; i < 40; i++) await holding.take(viewed(i), 'other');
  await holding.take(viewed(99), 'accuser');
  const seen = holding.views().map((view) => view.get(0)?.[0]);
  expect(seen).toEqual([99, ...Array.from({ length: 31 }, (_, i) => i)]);
});

test('of a view that is too large the rest is not kept', async () => {
  const history = await serveHistory({ level: 1, questions: ['a', 'b', 'c'] });
  const holding = await openFor(history);
  const sizes = [9, 1 << 24, 9];
  const rows = history.rows.map((row, i) => ({ ...row, reference: new Uint8Array(sizes[i] as number) }));
  await holding.take(spoolOf(rows), 'accuser');
  expect(holding.views().map((view) => [...view.keys()])).toEqual([[0]]);
});
