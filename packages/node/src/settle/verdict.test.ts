/** The verdict of whoever checks a settled stack: what it makes of what it is given, leaf by leaf. */
import { toHex } from '@atoma/base';
import {
  accusation,
  blindOf,
  contentHash,
  faultLeaf,
  leafHash,
  malformedRoot,
  otherWorkLeaf,
  type Receipt,
  receiptLayout,
  receiptLeaf,
  workHash,
} from '@atoma/sdk';
import { expect, test } from 'vitest';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import { createEngineSet } from '../engine/set.ts';
import type { Engine, EngineEvent, EngineModel, EngineRequest, TokenStep } from '../engine/types.ts';
import { decodeRow, type TranscriptRow } from '../serve/transcript.ts';
import { traceOf } from '../sketch/trace.ts';
import { type History, inHand, proofOver, resigned, serveHistory, showing, spoolOf } from '../testing/history.ts';
import { FORMULA, type Formula, formulaEngine, formulaProfile } from '../testing/steps-engine.ts';
import { exhibitKey, noExhibits } from './shown.ts';
import { type Case, reach, withOwnAnswer } from './verdict.ts';

type Leaves = readonly Uint8Array[];

const leavesOf = ({ leaves }: History): Leaves => leaves.map(leafHash);
/** The leaves, with one in the place of another. */
const withLeaf = (history: History, row: number, leaf: Uint8Array): Leaves => leavesOf(history).with(row, leaf);
const rootOver = ({ id }: History, leaves: Leaves): Uint8Array => proofOver(id, leaves, 0n).merkleRoot;
const everyFault: Leaves = [0, 1, 2].map(faultLeaf);
const without = (row: TranscriptRow | undefined, what: Partial<TranscriptRow>): TranscriptRow => ({
  ...(row as TranscriptRow),
  ...what,
});

/** An engine that answers in capitals where a question says so. */
const shouting = (trigger: string): Engine => {
  const honest = createBuiltinEngine();
  return {
    ...honest,
    run: async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
      const isLoud = JSON.stringify(request.body).includes(trigger);
      for await (const event of honest.run(request, limit, signal))
        yield isLoud && event.type === 'delta' ? { ...event, content: event.content?.toUpperCase() ?? '' } : event;
    },
  };
};

test.each([0, 1, 2])('a history of level %d that is sound is what was settled', async (level) => {
  const history = await serveHistory({ level });
  const { about, holding, merkleRoot } = await inHand(history);
  const found = await reach(history.desk.node.engines, about, holding);
  const units = about.ticket.numClaimedComputeUnits;
  expect(found).toMatchObject({ merkleRoot, units, blame: false, unbound: false });
  expect(found?.findings).toHaveLength(level === 1 ? 3 : 0);
});

test('what was repeated bit by bit is shown with its question and the answer that was made again', async () => {
  const history = await serveHistory({ level: 1 });
  const { about, holding } = await inHand(history);
  const found = await reach(history.desk.node.engines, about, holding);
  const [leaf] = history.leaves;
  const response = await history.desk.store.findResponse(history.id, leaf?.requestId ?? '');
  const { choices } = JSON.parse(Buffer.from(response?.body ?? []).toString());
  expect(found?.findings[0]).toEqual({
    ...{ row: 0, requestHash: Buffer.from(leaf?.requestHash ?? []).toString('hex'), verdict: 'same' },
    question: JSON.stringify({ model: 'atoma/demo-chat', messages: [{ role: 'user', content: 'a' }] }),
    ...{ claimed: null, own: choices[0].message.content, units: leaf?.units },
    workHash: Buffer.from(leaf?.contentHash ?? []).toString('hex'),
    ...{ distance: null, sketch: null, threshold: null },
  });
});

test('nothing is found before the list is there', async () => {
  const history = await serveHistory({ level: 1 });
  const [{ about }, empty] = [await inHand(history), await inHand(history, {}, history.rows)];
  empty.holding.close();
  const bare = { ...empty.holding, entries: () => undefined };
  expect(await reach(history.desk.node.engines, about, bare)).toBeUndefined();
});

test('a list that cannot be owed is malformed, whatever its rows say, and its checkers are blamed', async () => {
  const history = await serveHistory({ level: 1 });
  const { about, holding, stack, ticket } = await inHand(history);
  const more = { ...ticket, numClaimedComputeUnits: ticket.numClaimedComputeUnits + 1n };
  const capped = { ...stack, terms: { ...stack.terms, rowCap: 0n } };
  const merkleRoot = malformedRoot(ticket.inputs as Uint8Array);
  for (const change of [{ ticket: more }, { stack: capped }]) {
    const found = await reach(history.desk.node.engines, { ...about, ...change }, holding);
    const units = { ...about, ...change }.ticket.numClaimedComputeUnits;
    expect(found).toEqual({ merkleRoot, units, findings: [], unbound: false, blame: true });
  }
});

const bare = { request: null, opening: null, trace: null };
test.each<[string, number, boolean, Partial<TranscriptRow>, 'missing' | 'sound' | 'fault']>([
  ['a repeated row needs its request', 1, true, { request: null }, 'missing'],
  ['a repeated row needs no opening', 1, true, { opening: null }, 'sound'],
  ['a row that is believed needs its opening', 1, false, { opening: null }, 'missing'],
  ['a row that is believed needs no request', 1, false, { request: null }, 'sound'],
  ['at level 0 a row needs its request', 0, true, { request: null }, 'missing'],
  ['at level 0 a row needs its opening', 0, true, { opening: null }, 'missing'],
  ['at level 2 a row needs its receipt', 2, true, { trace: null }, 'missing'],
  ['at level 2 a row needs its request', 2, true, { request: null }, 'missing'],
  ['nothing at all', 1, true, bare, 'missing'],
])('%s', async (_, level, checked, what, outcome) => {
  const history = await serveHistory({ level });
  const [first, ...rest] = history.rows;
  const change = { isChecked: () => checked, isSeeded: () => checked };
  const { about, holding, merkleRoot } = await inHand(history, change, [without(first, what), ...rest]);
  const found = await reach(history.desk.node.engines, about, holding);
  if (outcome === 'missing') expect(found).toBeUndefined();
  else expect(found).toMatchObject({ merkleRoot, blame: false });
});

test.each([0, 1])('at level %d a row is at fault whose own bytes show that it was never owed', async (level) => {
  const history = await serveHistory({ level });
  const { about, holding, stack } = await inHand(history);
  const { engines } = history.desk.node;
  for (const change of [
    { chainId: new Uint8Array(32) },
    { packageId: new Uint8Array(32) },
    { stack: { ...stack, stackSmallId: 9n } },
    { stack: { ...stack, selectedNodeSmallId: 9n } },
    { task: { ...about.task, role: 1 } },
    { task: { ...about.task, role: 99 } },
  ]) {
    const found = await reach(engines, { ...about, ...change }, holding);
    expect(found).toMatchObject({ merkleRoot: rootOver(history, everyFault), blame: level === 1 });
    expect(found?.findings.map(({ verdict, workHash: hash, units }) => [verdict, hash, units])).toEqual(
      level === 1 ? Array(3).fill(['fault', null, 0n]) : [],
    );
  }
});

test('a row may cost as much as its request allowed, and no unit more', async () => {
  const history = await serveHistory({ level: 0 });
  const costing = async (units: bigint) => {
    const [first, ...rest] = history.rows as [TranscriptRow, ...TranscriptRow[]];
    const { about, holding } = await inHand(history, {}, [{ ...first, entry: { ...first.entry, units } }, ...rest]);
    return (await reach(history.desk.node.engines, about, holding))?.merkleRoot;
  };
  const [leaf] = history.leaves;
  const dear = leafHash({ ...(leaf as NonNullable<typeof leaf>), units: 1_000n });
  expect(await costing(1_000n)).toEqual(rootOver(history, withLeaf(history, 0, dear)));
  expect(await costing(1_001n)).toEqual(rootOver(history, withLeaf(history, 0, faultLeaf(0))));
});

test('another answer than was sold is another history, and blames who confirmed the rows of the seed', async () => {
  const history = await serveHistory({ level: 1 });
  const engines = await createEngineSet([shouting('"b"')]);
  const { about, holding, merkleRoot } = await inHand(history);
  const found = await reach(engines, about, holding);
  expect(found?.merkleRoot).not.toEqual(merkleRoot);
  expect(found?.findings.map(({ verdict }) => verdict)).toEqual(['same', 'same', 'same']);
  const own = Buffer.from(found?.findings[1]?.workHash ?? '', 'hex');
  const leaf = { ...(history.leaves[1] as NonNullable<(typeof history.leaves)[1]>), contentHash: own };
  expect(found?.merkleRoot).toEqual(rootOver(history, withLeaf(history, 1, leafHash(leaf))));
  expect(found?.blame).toBe(true);
  // A row that the challenger named alone blames nobody: attesters did not repeat it.
  const named = { ...about, isSeeded: (row: number) => row !== 1 };
  expect(await reach(engines, named, holding)).toMatchObject({ merkleRoot: found?.merkleRoot, blame: false });
  // Where it cannot be told what a row is without the dispute, nobody is blamed either.
  const [first, second, third] = history.rows as [TranscriptRow, TranscriptRow, TranscriptRow];
  const closed = await inHand(history, { isSeeded: (row) => row !== 1 }, [first, { ...second, opening: null }, third]);
  expect(await reach(engines, closed.about, closed.holding)).toMatchObject({ blame: false });
});

test('a request that was refused was never owed; that alone blames nobody', async () => {
  const history = await serveHistory({ level: 1 });
  const hash = history.leaves[1]?.requestHash as Uint8Array;
  const exhibits = { ...noExhibits, refused: new Set([exhibitKey(hash)]) };
  const { about, holding } = await inHand(history, { exhibits });
  const found = await reach(history.desk.node.engines, about, holding);
  const merkleRoot = rootOver(history, withLeaf(history, 1, faultLeaf(1)));
  expect(found).toMatchObject({ merkleRoot, blame: false });
});

test('a receipt for other work, or other units, stands in the place of what was settled', async () => {
  const history = await serveHistory({ level: 1 });
  const leaf = history.leaves[1] as (typeof history.leaves)[number];
  const signed = receiptLayout.decode(leaf.receipt);
  const rootShowing = async (...receipts: readonly Receipt[]) => {
    const exhibits = { ...noExhibits, receipts: new Map([[exhibitKey(leaf.requestHash), receipts]]) };
    const { about, holding } = await inHand(history, { exhibits });
    const found = await reach(history.desk.node.engines, about, holding);
    expect(found?.blame).toBe(false);
    return found?.merkleRoot;
  };
  expect(await rootShowing(signed)).toEqual(rootOver(history, leavesOf(history)));
  for (const other of [
    { ...signed, units: signed.units + 1n },
    { ...signed, contentHash: new Uint8Array(32) },
  ])
    expect(await rootShowing(other)).toEqual(rootOver(history, withLeaf(history, 1, receiptLeaf(1, other))));
  // Whoever shows one that agrees keeps no other from counting.
  const other = { ...signed, units: signed.units + 1n };
  for (const both of [
    [signed, other],
    [other, signed],
  ])
    expect(await rootShowing(...both)).toEqual(rootOver(history, withLeaf(history, 1, receiptLeaf(1, other))));
});

test.each<[string, (receipt: Receipt, row: number) => Partial<Receipt>]>([
  ['has another number', ({ index }) => ({ index: index + 1n })],
  ['charges other units', ({ units }) => ({ units: units - 1n })],
  ['sums up otherwise', ({ cumulativeUnits }) => ({ cumulativeUnits: cumulativeUnits + 1n })],
  ['is of another request', () => ({ requestHash: new Uint8Array(32) })],
  ['is for other work', () => ({ contentHash: new Uint8Array(32) })],
  ['follows another one', () => ({ previous: new Uint8Array(32).fill(7) })],
  ['is of another stack', () => ({ stack: 9n })],
  ['is of another node', () => ({ node: 9n })],
  ['is of another chain', () => ({ chainId: new Uint8Array(32) })],
  ['is of another market', () => ({ packageId: new Uint8Array(32) })],
])('at level 2 a row falls whose receipt %s; those behind it stand', async (_, change) => {
  const history = await serveHistory({ level: 2 });
  const sound = await resigned(history, () => ({}));
  const { engines } = history.desk.node;
  const good = await inHand(history, { keyHashes: sound.keyHashes }, sound.rows);
  expect(await reach(engines, good.about, good.holding)).toMatchObject({ merkleRoot: good.merkleRoot, blame: false });
  const bent = await resigned(history, (receipt, row) => (row === 1 ? change(receipt, row) : {}));
  const { about, holding } = await inHand(history, { keyHashes: bent.keyHashes }, bent.rows);
  const merkleRoot = rootOver(history, withLeaf(history, 1, faultLeaf(1)));
  expect(await reach(engines, about, holding)).toMatchObject({ merkleRoot, blame: false }); // nobody attests at level 2
});

test('at level 2 a row falls that shows no receipt, or one that nobody whom the chain named has signed', async () => {
  const history = await serveHistory({ level: 2 });
  const { engines } = history.desk.node;
  const unnamed = await inHand(history, { keyHashes: new Set() });
  const every = rootOver(history, everyFault);
  expect((await reach(engines, unnamed.about, unnamed.holding))?.merkleRoot).toEqual(every);
  const elsewhere = { ...unnamed.stack, nodeAddress: unnamed.stack.owner };
  const moved = await inHand(history, { stack: elsewhere });
  expect((await reach(engines, moved.about, moved.holding))?.merkleRoot).toEqual(every);
  const shows = async (change: (row: TranscriptRow) => TranscriptRow) => {
    const sound = await resigned(history, () => ({}));
    const rows = sound.rows.map((row, i) => (i === 2 ? change(row) : row));
    const { about, holding } = await inHand(history, { keyHashes: sound.keyHashes }, rows);
    return (await reach(engines, about, holding))?.merkleRoot;
  };
  const last = rootOver(history, withLeaf(history, 2, faultLeaf(2)));
  expect(await shows((row) => showing(row, new Uint8Array(10)))).toEqual(last);
  const closed = (row: TranscriptRow): TranscriptRow => {
    const { salt, workHash: hash } = row.opening as NonNullable<TranscriptRow['opening']>;
    const opening = { salt, workHash: hash, traceHash: null };
    return { ...row, entry: { ...row.entry, blind: blindOf(salt, hash) }, opening, trace: null };
  };
  expect(await shows(closed)).toEqual(last);
});

/** A history of the model by formula, and its row in a checker's hands as `formula` has it there. */
const formulaHistory = () =>
  serveHistory({ level: 1, model: FORMULA, engine: formulaEngine(() => ({ weights: 0, noise: 0 })) });
type Formulas = (claimed: boolean, stepwise: boolean) => Formula;
const machine = (formula: Formulas) => createEngineSet([formulaEngine(formula)]);
const same: Formulas = () => ({ weights: 0, noise: 1 });
const otherModel: Formulas = () => ({ weights: 5, noise: 0 });
/** Recovers, at a mean distance between what jurors and what attesters allow. */
const far: Formulas = () => ({ weights: 0, noise: 20 });
/** Recovers, further away than either allows. */
const tooFar: Formulas = () => ({ weights: 0, noise: 24 });
const ACCUSATION = {
  ...{ commitment: new Uint8Array(32).fill(8), challenger: '0x7', challengerNodeSmallId: null, joined: [], rows: [] },
};

/** Leaves of rows whose work is another model's: by the hashes that were settled, or by an engine's own values. */
const otherLeaves = ({ leaves }: History): Leaves =>
  leaves.map((leaf) => otherWorkLeaf({ ...leaf, workHash: leaf.contentHash }));
/** What an engine's own values make of a row: its trace, and the hash of its work. */
const ownWork = async (history: History, row: number, engine: Engine) => {
  const steps: TokenStep[] = [];
  const challenge = toHex(history.leaves[row]?.requestHash as Uint8Array);
  const wanted: EngineRequest = {
    ...{ endpoint: '/v1/chat/completions', model: FORMULA, body: {}, file: null, seed: 1, n: 1, stream: false },
    steps: { challenge, claimed: [[0]] },
  };
  for await (const event of engine.run(wanted, { maxPerChoice: 8, cut: null }, new AbortController().signal))
    if (event.type === 'delta') steps.push(...(event.steps ?? []));
  const { trace, digest } = traceOf([steps], formulaProfile) as NonNullable<ReturnType<typeof traceOf>>;
  const text = 'one two three four five six seven eight.';
  const content = contentHash({ kind: 'chat', choices: [{ index: 0, text, reasoning: '', toolCalls: [] }] });
  return { trace, steps, workHash: workHash(content, digest) };
};

test('values near those that were sketched are the work that was sold, whoever computes them', async () => {
  const history = await formulaHistory();
  for (const formula of [same, far]) {
    const { about, holding, merkleRoot } = await inHand(history);
    expect(about.traced).toBe(true);
    const found = await reach(await machine(formula), about, holding);
    expect(found).toMatchObject({ merkleRoot, blame: false, unbound: false });
    expect(found?.findings).toHaveLength(3);
    const { values, corrects, step, attester } = formulaProfile;
    expect(found?.findings[1]).toMatchObject({
      ...{ row: 1, verdict: 'same', claimed: 'one two three four five six seven eight.', own: null },
      ...{ sketch: { values, corrects, step }, threshold: attester, units: history.leaves[1]?.units },
      workHash: toHex(history.leaves[1]?.contentHash as Uint8Array),
    });
    expect(found?.findings[1]?.distance).toBeGreaterThan(0);
    expect(found?.findings[1]?.distance).toBeLessThan(attester);
  }
});

test('values too far away together are another model; jurors are stricter than attesters', async () => {
  const history = await formulaHistory();
  const reached = async (formula: Formulas, change: Partial<Case>) => {
    const { about, holding } = await inHand(history, change);
    return reach(await machine(formula), about, holding);
  };
  const [sold, apart] = [rootOver(history, leavesOf(history)), rootOver(history, otherLeaves(history))];
  expect((await reached(far, {}))?.merkleRoot).toEqual(sold);
  const juror = await reached(far, { accusation: ACCUSATION });
  // An attester that let it pass was not wrong by its own measure.
  expect(juror).toMatchObject({ merkleRoot: apart, blame: false, unbound: false });
  expect(juror?.findings[0]?.threshold).toBe(formulaProfile.juror);
  for (const change of [{}, { accusation: ACCUSATION }])
    expect(await reached(tooFar, change)).toMatchObject({ merkleRoot: apart, blame: true });
  // Rows of which some are no work are judged each for itself.
  const refused = new Set([exhibitKey(history.leaves[0]?.requestHash as Uint8Array)]);
  const mixed = await reached(tooFar, { exhibits: { ...noExhibits, refused } });
  expect(mixed?.merkleRoot).toEqual(rootOver(history, withLeaf(history, 0, faultLeaf(0))));
});

test('too few values are no measure', async () => {
  const history = await formulaHistory();
  const { about, holding, merkleRoot } = await inHand(history);
  const with64 = async (least_values: number): Promise<Uint8Array | undefined> => {
    const engine = formulaEngine(tooFar);
    const [model] = await engine.models();
    const sketch = { ...formulaProfile, least_values };
    const set = await createEngineSet([{ ...engine, models: async () => [{ ...(model as EngineModel), sketch }] }]);
    return (await reach(set, about, holding))?.merkleRoot;
  };
  const values = 3 * formulaProfile.values;
  expect(await with64(values)).toEqual(rootOver(history, otherLeaves(history)));
  expect(await with64(values + 1)).toEqual(merkleRoot);
});

test('a repeated row waits for the trace its node owes', async () => {
  const history = await formulaHistory();
  const [first, ...rest] = history.rows;
  const { about, holding } = await inHand(history, {}, [without(first, { trace: null }), ...rest]);
  expect(await reach(await machine(same), about, holding)).toBeUndefined();
});

test('what is no trace, or one of other choices, is a fault of its row', async () => {
  const history = await formulaHistory();
  const [first, ...rest] = history.rows as [TranscriptRow, ...TranscriptRow[]];
  const own = await ownWork(history, 0, formulaEngine(same));
  const two = traceOf([own.steps, own.steps], formulaProfile)?.trace as Uint8Array;
  for (const trace of [new Uint8Array(9), two]) {
    const { about, holding } = await inHand(history, {}, [showing(first, trace), ...rest]);
    const found = await reach(await machine(same), about, holding);
    expect(found).toMatchObject({ merkleRoot: rootOver(history, withLeaf(history, 0, faultLeaf(0))), blame: true });
    expect(found?.findings[0]).toMatchObject({ verdict: 'fault', claimed: null, own: null, workHash: null, units: 0n });
  }
});

test('work of another model stands by the own values of who repeats it, and those go to others', async () => {
  const history = await formulaHistory();
  const { about, holding } = await inHand(history);
  const found = await reach(await machine(otherModel), about, holding);
  const own = await Promise.all([0, 1, 2].map((row) => ownWork(history, row, formulaEngine(otherModel))));
  const leaves = history.leaves.map((leaf, i) => otherWorkLeaf({ ...leaf, workHash: own[i]?.workHash as Uint8Array }));
  expect(found).toMatchObject({ merkleRoot: rootOver(history, leaves), blame: true, unbound: false });
  const { findings = [] } = found ?? {};
  expect(findings.map(({ verdict, workHash: hash, distance }) => [verdict, hash, distance])).toEqual(
    own.map((each) => ['other', toHex(each.workHash), null]),
  );
  // The first row that is not as it was sold shows what an engine here answers.
  expect(findings.map((each) => each.own)).toEqual([null, null, null]);
  const engines = await machine(otherModel);
  const answered = await withOwnAnswer(engines, { about, holding }, findings);
  expect(answered.map((each) => each.own)).toEqual(['one two three four five six seven eight.', null, null]);
  expect(await withOwnAnswer(engines, { about, holding }, answered)).toMatchObject([{}, { own: answered[0]?.own }, {}]);
  const same0 = findings.map((each) => ({ ...each, verdict: 'same' as const }));
  expect(await withOwnAnswer(engines, { about, holding }, same0)).toEqual(same0);
  const given: (Uint8Array | null)[] = [];
  for await (const line of holding.lines()) given.push(decodeRow(line).reference);
  expect(given).toEqual(own.map(({ trace }) => trace));
});

test('jurors agree on the view that the accusation rests on, and say where they hold none of it', async () => {
  const history = await formulaHistory();
  const { about, holding } = await inHand(history);
  const cheat = formulaEngine(() => ({ weights: 5, noise: 3 }));
  const views = await Promise.all([0, 1, 2].map((row) => ownWork(history, row, cheat)));
  const leaves = history.leaves.map((leaf, i) =>
    otherWorkLeaf({ ...leaf, workHash: views[i]?.workHash as Uint8Array }),
  );
  const { numClaimedComputeUnits: units } = about.ticket;
  const proof = proofOver(history.id, leaves, units).committedStackProof;
  const by = { challenger: '0x7', rows: [1n] };
  const accused = { ...about, accusation: { ...ACCUSATION, ...by, commitment: accusation({ proof, ...by }) } };
  const engines = await machine(otherModel);
  const alone = await reach(engines, accused, holding);
  expect(alone).toMatchObject({ unbound: true, blame: true });
  expect(alone?.merkleRoot).not.toEqual(rootOver(history, leaves));
  // Somebody's view of other rows, and of none of them, does not bind; the challenger's does, wherever it stands.
  const bent = history.rows.map((row, i) => without(row, { reference: views[(i + 1) % 3]?.trace ?? null }));
  await holding.take(spoolOf(bent), 'accuser');
  expect(await reach(engines, accused, holding)).toMatchObject({ unbound: true });
  const seen = history.rows.map((row, i) => without(row, { reference: views[i]?.trace ?? null }));
  await holding.take(spoolOf(seen), 'other');
  const found = await reach(engines, accused, holding);
  expect(found).toMatchObject({ merkleRoot: rootOver(history, leaves), unbound: false, blame: true });
  expect(found?.findings.map((each) => each.workHash)).toEqual(views.map((each) => toHex(each.workHash)));
  // The same words from somebody else, or about other rows, are another accusation.
  for (const other of [{ challenger: '0x8' }, { rows: [] }]) {
    const borrowed = { ...accused, accusation: { ...accused.accusation, ...other } };
    expect(await reach(engines, borrowed, holding)).toMatchObject({ unbound: true });
  }
});

/** What another machine with the sold model's own values, off by `noise`, makes of the rows: what it shows, and their root. */
const viewBy = async (history: History, noise: number) => {
  const engine = formulaEngine(() => ({ weights: 5, noise }));
  const own = await Promise.all([0, 1, 2].map((row) => ownWork(history, row, engine)));
  const leaves = history.leaves.map((leaf, i) => otherWorkLeaf({ ...leaf, workHash: own[i]?.workHash as Uint8Array }));
  const shown = history.rows.map((row, i) => without(row, { reference: own[i]?.trace ?? null }));
  return { shown, root: rootOver(history, leaves), leaves };
};

test('who was drawn comes before who was not, the first that joined before the next; the order in which views came is nothing', async () => {
  const history = await formulaHistory();
  const [one, two, three] = await Promise.all([1, 2, 3].map((noise) => viewBy(history, noise)));
  if (!one || !two || !three) throw new Error('three views');
  expect(new Set([one, two, three].map(({ root }) => toHex(root)))).toHaveProperty('size', 3);
  const engines = await machine(otherModel);
  type View = typeof one;
  const reached = async (views: readonly View[], claims: Partial<NonNullable<Case['accusation']>>) => {
    const { about, holding } = await inHand(history, { accusation: { ...ACCUSATION, ...claims } });
    for (const { shown } of views) await holding.take(spoolOf(shown), 'other');
    const found = await reach(engines, about, holding);
    return [found?.merkleRoot, found?.unbound];
  };
  const { about } = await inHand(history);
  const claimed = ({ leaves }: View, challenger: string) => {
    const proof = proofOver(history.id, leaves, about.ticket.numClaimedComputeUnits).committedStackProof;
    return accusation({ proof, challenger, rows: [] });
  };
  const joins = (view: View, nodeSmallId: bigint) => {
    const owner = `0x${nodeSmallId}`;
    return { nodeSmallId, owner, claim: claimed(view, owner) };
  };
  const outsider = { commitment: claimed(one, '0x7') };
  const joined = [joins(two, 4n), joins(three, 5n)];
  for (const views of [
    [one, two, three],
    [three, two, one],
  ]) {
    expect(await reached(views, outsider)).toEqual([one.root, false]);
    expect(await reached(views, { ...outsider, joined })).toEqual([two.root, false]);
    expect(await reached(views, { joined })).toEqual([two.root, false]);
    expect(await reached(views, { ...outsider, joined, challengerNodeSmallId: 9n })).toEqual([one.root, false]);
  }
  // Without the first one's view there is another that is claimed; somebody may have the first.
  expect(await reached([three, one], { ...outsider, joined })).toEqual([three.root, true]);
  // A claim counts as that of its own owner.
  const borrowed = [{ ...joins(two, 4n), owner: '0x5' }];
  expect(await reached([one, two], { ...outsider, joined: borrowed })).toEqual([one.root, true]);
  // Where nothing is claimed of them all go by the same; values that nobody is near are none.
  const far0 = await viewBy(history, 0);
  const bent = {
    ...far0,
    shown: far0.shown.map((row, i) => without(row, { reference: far0.shown[(i + 1) % 3]?.reference ?? null })),
  };
  const [root] = await reached([bent, one, two, three], {});
  expect([one, two, three].map((view) => toHex(view.root))).toContain(toHex(root as Uint8Array));
  expect(await reached([three, two, one, bent], {})).toEqual([root, true]);
  expect(await reached([bent], {})).toEqual([far0.root, true]);
});

test('a claim that any view gives says nothing about rows that the owner named since: the order in which views came is nothing there, too', async () => {
  const history = await formulaHistory();
  const views = await Promise.all([1, 2].map((noise) => viewBy(history, noise)));
  const { ticket } = await inHand(history);
  const proof = proofOver(history.id, leavesOf(history), ticket.numClaimedComputeUnits).committedStackProof;
  const commitment = accusation({ proof, challenger: '0x7', rows: [] });
  const change = {
    accusation: { ...ACCUSATION, commitment },
    isSeeded: () => false,
    atStart: { exhibits: noExhibits, isChecked: () => false },
  };
  const engines = await machine(otherModel);
  const reached = async (order: typeof views) => {
    const { about, holding } = await inHand(history, change);
    for (const { shown } of order) await holding.take(spoolOf(shown), 'other');
    return reach(engines, about, holding);
  };
  const found = await reached(views);
  expect(found).toMatchObject({ unbound: false });
  expect(views.map(({ root }) => root)).toContainEqual(found?.merkleRoot);
  expect((await reached([...views].reverse()))?.merkleRoot).toEqual(found?.merkleRoot);
});

test('an attester goes by its own values, whatever others show; a juror passes on what its verdict rests on', async () => {
  const history = await formulaHistory();
  const [own, other] = [await viewBy(history, 0), await viewBy(history, 1)];
  const given = async (accusation: Case['accusation']) => {
    const { about, holding } = await inHand(history, { accusation });
    await holding.take(spoolOf(other.shown), 'other');
    const found = await reach(await machine(otherModel), about, holding);
    const references: (Uint8Array | null)[] = [];
    for await (const line of holding.lines()) references.push(decodeRow(line).reference);
    return [found?.merkleRoot, references];
  };
  const shownBy = ({ shown }: typeof own) => shown.map(({ reference }) => reference);
  expect(await given(null)).toEqual([own.root, shownBy(own)]);
  expect(await given(ACCUSATION)).toEqual([other.root, shownBy(other)]);
});

test('an answer that does not follow from its request is another model’s, by the values its node shows', async () => {
  const history = await formulaHistory();
  const engine = formulaEngine(same);
  const following = (whole: boolean, gap: number): Engine => ({
    ...engine,
    run: async function* (...all): AsyncGenerator<EngineEvent> {
      for await (const event of engine.run(...all))
        if (event.type === 'finish') yield { ...event, whole };
        else if (event.type === 'delta')
          yield { ...event, steps: (event.steps ?? []).map((each) => ({ ...each, gap })) };
        else yield event;
    },
  });
  const { about, holding, merkleRoot } = await inHand(history);
  const reached = async (whole: boolean, gap: number) =>
    reach(await createEngineSet([following(whole, gap)]), about, holding);
  expect((await reached(true, formulaProfile.gap))?.merkleRoot).toEqual(merkleRoot);
  for (const found of [await reached(false, 0), await reached(true, formulaProfile.gap + 0.01)]) {
    expect(found).toMatchObject({ merkleRoot: rootOver(history, otherLeaves(history)), blame: true, unbound: false });
    expect(found?.findings[0]?.distance).toBeLessThan(formulaProfile.attester);
  }
});

test('nobody is blamed for how an evaluation in one go rounds: what is far is evaluated token by token', async () => {
  const history = await formulaHistory();
  const { about, holding, merkleRoot } = await inHand(history);
  const modes: boolean[] = [];
  const reached = async (oneGo: Formula, stepwise: Formula) => {
    modes.length = 0;
    const engines = await machine((_, isStepwise) => {
      modes.push(isStepwise);
      return isStepwise ? stepwise : oneGo;
    });
    return reach(engines, about, holding);
  };
  const [near, recovered, lost] = [same, tooFar, otherModel].map((each) => each(true, false)) as [
    Formula,
    Formula,
    Formula,
  ];
  expect((await reached(near, lost))?.merkleRoot).toEqual(merkleRoot);
  expect(new Set(modes)).toEqual(new Set([false])); // near at once: not evaluated again
  for (const far0 of [recovered, lost]) expect((await reached(far0, near))?.merkleRoot).toEqual(merkleRoot);
  // Far away, but recovered, is more than not recovered at all.
  const apart = rootOver(history, otherLeaves(history));
  expect((await reached(recovered, lost))?.merkleRoot).toEqual(apart);
  expect((await reached(lost, recovered))?.merkleRoot).toEqual(apart);
});

test('a row of a model that an engine here cannot evaluate is nobody’s fault', async () => {
  const history = await formulaHistory();
  const { about, holding } = await inHand(history);
  const broken = await machine(() => ({ weights: Number.NaN, noise: 0 }));
  await expect(reach(broken, about, holding)).rejects.toMatchObject({ code: 'NODE_ENGINE' });
  await expect(reach(await createEngineSet([]), about, holding)).rejects.toMatchObject({ code: 'NODE_ENGINE' });
  // Fewer values than the profile asks for say nothing of whoever served either.
  const engine = formulaEngine(otherModel);
  const scant: Engine = {
    ...engine,
    run: async function* (...all): AsyncGenerator<EngineEvent> {
      for await (const event of engine.run(...all))
        if (event.type !== 'delta') yield event;
        else yield { ...event, steps: (event.steps ?? []).map((each) => ({ ...each, values: [] })) };
    },
  };
  const reached = reach(await createEngineSet([scant]), about, holding);
  await expect(reached).rejects.toMatchObject({ code: 'NODE_ENGINE' });
});

test('a list that bills more for the time before a handoff than its node signed then is at fault where it exceeds that', async () => {
  const history = await serveHistory({ level: 0 });
  const [first, second] = history.leaves.map(({ units }) => units) as [bigint, bigint];
  const rootWith = async (rows: number, units: bigint) => {
    const exhibits = { ...noExhibits, handoffs: [{ owner: '0x1', rows, units }] };
    const { about, holding } = await inHand(history, { exhibits });
    return (await reach(history.desk.node.engines, about, holding))?.merkleRoot;
  };
  const sold = rootOver(history, leavesOf(history));
  expect(await rootWith(2, first + second)).toEqual(sold);
  expect(await rootWith(1, first)).toEqual(sold);
  expect(await rootWith(2, first + second - 1n)).toEqual(rootOver(history, withLeaf(history, 1, faultLeaf(1))));
  expect(await rootWith(2, first - 1n)).toEqual(rootOver(history, withLeaf(history, 0, faultLeaf(0))));
});
