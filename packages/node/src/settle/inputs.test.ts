/** Getting what a check works on: from whom, how long, and what of the chain it is held against. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toHex } from '@atoma/base';
import { findDispute, findStack, findTicket, handoffLayout, receiptLayout, type Stack, type Ticket } from '@atoma/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { epochOf, objectId } from '../../../sdk/src/testing/shown-chain.ts';
import { encodeRequest, encodeRow, type TranscriptRow } from '../serve/transcript.ts';
import type { LeafRow } from '../store/types.ts';
import { type History, inHand, serveHistory } from '../testing/history.ts';
import { openRound, type Round } from '../testing/round.ts';
import { FORMULA, formulaEngine } from '../testing/steps-engine.ts';
import { gather, keepTranscript, missingTooLong, release, sampleSize, signersUnder } from './inputs.ts';
import { type Exhibits, exhibitKey } from './shown.ts';

const DISPUTED = 4;
let history: History;
let round: Round;
/** Who was asked, in order. */
let asked: bigint[] = [];
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const formula = () => formulaEngine(() => ({ weights: 0, noise: 0 }));

/** Opens node 5 in front of a history, and the chain's view of its settlement. */
const open = async (level = 1, sketched = false): Promise<void> => {
  asked = [];
  history = await serveHistory(sketched ? { level, model: FORMULA, engine: formula() } : { level });
  round = await openRound({ chain: history.chain, ...(sketched ? { desk: { engines: [formula()] } } : {}) });
  await inHand(history);
};
beforeEach(() => open());

/** Lets a node give rows, or whatever else, at an address of its own. */
const gives = async (node: bigint, what: readonly TranscriptRow[] | string): Promise<void> => {
  const text = typeof what === 'string' ? what : what.map((row) => `${encodeRow(row)}\n`).join('');
  const server = createServer((_, response) => {
    asked.push(node);
    response.end(text);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  history.chain.show('nodes', node, { owner: objectId(node) });
  history.chain.show('profiles', node, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
};

const gathered = async (everybody = false) => {
  const { atoma } = history.chain;
  const of = { stackSmallId: history.id };
  const [stack, ticket, dispute] = [
    await findStack(atoma, of),
    await findTicket(atoma, of),
    await findDispute(atoma, of),
  ];
  return gather(round.settle, stack as Stack, ticket as Ticket, dispute, everybody);
};
/** Rows that are repeated. */
const rowsOf = async (): Promise<ReadonlySet<number>> => {
  const about = (await gathered())?.about;
  return new Set([0, 1, 2].filter((row) => about?.isChecked(row)));
};
const ticketWith = async (change: object): Promise<void> => {
  const { numClaimedComputeUnits: claimed, inputs, auditSeed: seed } = (await inHand(history)).ticket;
  history.chain.show('tickets', history.id, { claimed, inputs: inputs ?? new Uint8Array(), seed, ...change });
};
const part = (rows: readonly TranscriptRow[], wanted: (row: number) => boolean): readonly TranscriptRow[] =>
  rows.map((row, i) => (wanted(i) ? row : { ...row, request: null, opening: null, trace: null }));

test('a settlement that names no list has no inputs', async () => {
  await ticketWith({ inputs: new Uint8Array() });
  expect(await gathered()).toBeUndefined();
});

test('the server is asked first, and nobody else where it gives all', async () => {
  await gives(1n, history.rows);
  await gives(4n, history.rows);
  await ticketWith({ required: true, drawn: [4n, 5n] });
  const found = await gathered();
  expect(asked).toEqual([1n]);
  expect(found?.holding.entries()).toHaveLength(3);
  expect(found?.about).toMatchObject({
    ...{ accusation: null, traced: false, task: { role: 0, model: 'atoma/demo-chat' } },
    keyHashes: new Set(),
  });
  // What is held is asked for no more, and passed on to others.
  await gathered();
  expect([asked, [...round.desk.node.relayed.keys()]]).toEqual([[1n], [history.id]]);
  release(round.settle, history.id);
  expect([round.settle.holdings.size, round.desk.node.relayed.size]).toEqual([0, 0]);
});

test('who checks the stack, too, is asked for what the server does not give, each once and never oneself', async () => {
  await gives(
    1n,
    part(history.rows, (row) => row === 0),
  );
  for (const node of [4n, 5n, 6n, 7n, 8n]) await gives(node, 'no transcript\n');
  await gives(
    9n,
    part(history.rows, (row) => row > 0),
  );
  await ticketWith({ required: true, drawn: [4n, 5n, 1n], state: DISPUTED });
  history.chain.show('disputes', history.id, { jurors: [5n, 6n, 4n], firstJury: [7n, 6n], challengerNode: 8n });
  const lacking = await gathered();
  expect(asked).toEqual([1n, 4n, 6n, 7n, 8n]);
  expect(lacking?.holding.request(1)).toBeUndefined();
  expect(lacking?.about.accusation).toMatchObject({ commitment: new Uint8Array(32), challenger: objectId(0) });
  history.chain.show('disputes', history.id, { jurors: [9n, 6n] });
  asked = [];
  const whole = await gathered();
  expect(asked).toEqual([1n, 4n, 9n]);
  expect(whole?.holding.request(1)).toBeDefined();
  // Attesters that need not attest hold nothing.
  round.settle.holdings.clear();
  history.chain.show('disputes', history.id, null);
  await ticketWith({ required: false, drawn: [4n] });
  asked = [];
  await gathered();
  expect(asked).toEqual([1n]);
});

test('who is unknown, has no address or does not answer is passed over', async () => {
  history.chain.show('nodes', 1n, null);
  history.chain.show('nodes', 4n, {});
  history.chain.show('nodes', 6n, {});
  history.chain.show('profiles', 6n, { url: 'http://127.0.0.1:9' });
  await gives(7n, history.rows);
  await ticketWith({ required: true, drawn: [4n, 6n, 7n] });
  expect((await gathered())?.holding.entries()).toHaveLength(3);
  expect(asked).toEqual([7n]);
});

test('without room on this machine the check stops: nobody withheld anything', async () => {
  await gives(1n, history.rows);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = '/proc/nowhere';
  try {
    await expect(gathered()).rejects.toMatchObject({ code: 'NODE_SPOOL' });
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
});

test('a transcript that was written down is there after a restart', async () => {
  await gives(1n, history.rows);
  const { holding } = (await gathered()) as NonNullable<Awaited<ReturnType<typeof gathered>>>;
  await keepTranscript(round.settle, history.id, holding);
  const [kept] = await round.desk.store.listEvidence(history.id);
  expect(kept).toMatchObject({ kind: 'transcript', source: round.desk.node.identity.signer.address });
  expect(
    Buffer.from(kept?.payload ?? [])
      .toString()
      .split('\n'),
  ).toHaveLength(4);
  round.settle.holdings.clear();
  asked = [];
  expect((await gathered())?.holding.entries()).toHaveLength(3);
  expect(asked).toEqual([]);
});

test('a request that came as evidence fills a row nobody gives', async () => {
  await gives(
    1n,
    part(history.rows, (row) => row > 0),
  );
  const line = encodeRequest(history.rows[0]?.request as NonNullable<TranscriptRow['request']>);
  const evidence = (kind: 'row' | 'exhibit', payload: string) =>
    round.desk.store.addEvidence({
      ...{ stack: history.id, kind, digest: toHex(Buffer.from(payload).subarray(0, 32)), source: '0x1' },
      ...{ payload: Buffer.from(payload), receivedMs: 0 },
    });
  await evidence('exhibit', 'what is no request');
  expect((await gathered())?.holding.request(0)).toBeUndefined();
  await evidence('row', line);
  expect((await gathered())?.holding.request(0)?.body).toEqual(history.rows[0]?.request?.body);
});

test('evidence is read a piece at a time, and once however many are asked', async () => {
  const { store } = round.desk;
  const most = part(history.rows, (row) => row > 0);
  for (const node of [1n, 4n, 6n]) await gives(node, most);
  await ticketWith({ required: true, drawn: [4n, 6n] });
  for (const digest of ['a', 'b', 'c'])
    await store.addEvidence({
      ...{ stack: history.id, kind: 'row', digest, source: '0x1', receivedMs: 0 },
      payload: Buffer.from(encodeRequest(history.rows[1]?.request as NonNullable<TranscriptRow['request']>)),
    });
  const { listEvidence } = store;
  const listed: (readonly [limit: number | undefined, found: number])[] = [];
  store.listEvidence = async (stack, filter) => {
    const found = await listEvidence(stack, filter);
    if (filter?.kind === 'row') listed.push([filter.limit, found.length]);
    return found;
  };
  asked = [];
  await gathered();
  expect(asked).toEqual([1n, 4n, 6n]);
  expect(listed).toEqual([...Array.from({ length: 3 }, () => [1, 1]), [1, 0]]);
});

test('past owners may have signed requests, too', async () => {
  await gives(1n, history.rows);
  const buyer = history.desk.buyer.toSuiAddress();
  const { stack } = await inHand(history);
  const { nodeAddress, numComputeUnits: units } = stack;
  history.chain.show('stacks', history.id, { owner: objectId(77), nodeAddress, units, level: 1 });
  expect((await gathered())?.holding.request(0)).toBeUndefined();
  round.settle.holdings.clear();
  const signers = { kind: 'signers' as const, stack: history.id, badge: objectId(1), owner: buyer };
  const event = { digest: 'bought', eventIndex: 0, mutations: [signers] };
  await round.desk.store.applyEvents([event], { cursor: null, checkpoint: 0n });
  expect((await gathered())?.holding.request(0)).toBeDefined();
});

test('the rows of the seed are repeated, and of a dispute those it names', async () => {
  await gives(1n, history.rows);
  const { stack } = await inHand(history);
  const terms = { ...stack.terms, samples: 1n, sampledShare: 0n };
  const [owner, nodeAddress, units] = [stack.owner, stack.nodeAddress, stack.numComputeUnits];
  history.chain.show('stacks', history.id, { owner, nodeAddress, units, level: 1, terms });
  expect(sampleSize({ terms } as Stack)).toEqual({ samples: 1, share: 0 });
  const rowsBy = async () => {
    const { about } = (await gathered()) as NonNullable<Awaited<ReturnType<typeof gathered>>>;
    return [0, 1, 2].map((row) => [about.isChecked(row), about.isSeeded(row)]);
  };
  const seeded = await rowsBy();
  expect(seeded.filter(([isChecked]) => isChecked)).toHaveLength(1);
  expect(seeded.every(([isChecked, isSeeded]) => isChecked === isSeeded)).toBe(true);
  const named = seeded.findIndex(([isChecked]) => !isChecked);
  history.chain.show('disputes', history.id, { rows: [BigInt(named)], namedUnits: 1_000n });
  expect(await rowsBy()).toEqual(seeded.with(named, [true, false]));
  history.chain.show('disputes', history.id, { rows: [BigInt(named)], namedUnits: 1n });
  expect(await rowsBy()).toEqual(seeded);
});

/** A row that shows only this much of itself. */
const showing = (row: TranscriptRow, ...parts: readonly ('request' | 'opening' | 'trace')[]): TranscriptRow => ({
  ...{ ...row, request: null, opening: null, trace: null },
  ...Object.fromEntries(parts.map((name) => [name, row[name]])),
});
test.each<[string, number, boolean, readonly ('request' | 'opening' | 'trace')[], boolean]>([
  ['a repeated row needs its request alone', 1, false, ['request'], true],
  ['an opening is no request', 1, false, ['opening'], false],
  ['a row that is repeated by its values needs its trace, too', 1, true, ['request'], false],
  ['with it it is whole', 1, true, ['request', 'trace'], true],
  ['at level 0 a row needs request and opening', 0, false, ['request', 'opening'], true],
  ['at level 0 its opening', 0, false, ['request'], false],
  ['at level 0 its request', 0, false, ['opening'], false],
  ['at level 2 its receipt, too', 2, false, ['request', 'opening'], false],
  ['at level 2 with that it is whole', 2, false, ['request', 'opening', 'trace'], true],
])('%s', async (_, level, sketched, parts, whole) => {
  await open(level, sketched);
  const [first, ...rest] = history.rows as [TranscriptRow, ...TranscriptRow[]];
  await gives(1n, [showing(first, ...parts), ...rest]);
  await gives(4n, history.rows);
  await ticketWith({ required: true, drawn: [4n] });
  const found = await gathered();
  expect(found?.about.traced).toBe(sketched);
  expect(asked).toEqual(whole ? [1n] : [1n, 4n]);
});

test('where values are compared the accusers are asked for their own, and where that is not enough everybody but the accused', async () => {
  await open(1, true);
  for (const node of [1n, 4n, 8n])
    await gives(
      node,
      history.rows.map((row) => ({ ...row, reference: Uint8Array.of(Number(node)) })),
    );
  await ticketWith({ required: true, drawn: [4n], state: DISPUTED });
  history.chain.show('disputes', history.id, { challengerNode: 8n });
  const found = await gathered();
  expect([asked, found?.holding.views().length]).toEqual([[1n, 8n], 1]);
  await gathered();
  expect(asked).toEqual([1n, 8n]);
  await gathered(true);
  expect(asked.slice(2)).toEqual([4n, 8n]);
  expect(found?.holding.views().map((view) => view.get(0)?.[0])).toEqual([8, 4]);
  // An attester that joined accuses, too.
  asked = [];
  round.settle.holdings.clear();
  history.chain.show('disputes', history.id, { joined: [{ node: 4n, owner: objectId(4), claim: new Uint8Array(32) }] });
  expect((await gathered())?.holding.views().map((view) => view.get(0)?.[0])).toEqual([4]);
  expect(asked).toEqual([1n, 4n]);
});

test('rows that are repeated bit by bit need nobody’s values', async () => {
  await gives(1n, history.rows);
  await gives(8n, history.rows);
  await ticketWith({ state: DISPUTED });
  history.chain.show('disputes', history.id, { challengerNode: 8n });
  await gathered(true);
  expect(asked).toEqual([1n]);
});

test('what a dispute shows counts, of the newest dispute of that stack', async () => {
  await gives(1n, history.rows);
  const [leaf] = history.leaves as [(typeof history.leaves)[number]];
  const shown = Buffer.concat([leaf.receiptSignature, leaf.receipt]);
  const dispute = (stackSmallId: bigint, receipts: Uint8Array[]) =>
    history.chain.emit('StackAttestationDisputeEvent', {
      ...{ stackSmallId, originalNodeId: 1n, originalCommitment: new Uint8Array(32), challenger: objectId(0) },
      ...{ challengerNodeId: 0n, attestationCommitment: new Uint8Array(32), rows: [], namedUnits: 0n, receipts },
      ...{ bond: 0n, jurors: [], disputeEpoch: 5n, commitDeadlineEpoch: 7n, revealDeadlineEpoch: 9n },
    });
  const receipts = async () => (await gathered())?.about.exhibits.receipts.has(exhibitKey(leaf.requestHash));
  dispute(history.id, [new Uint8Array(5), shown]);
  expect(await receipts()).toBe(false); // there is no dispute any more
  await ticketWith({ state: DISPUTED });
  history.chain.show('disputes', history.id, {});
  expect(await receipts()).toBe(true);
  for (let other = 0; other < 60; other++) dispute(history.id + 1n, []);
  expect(await receipts()).toBe(true);
  dispute(history.id, []);
  expect(await receipts()).toBe(false);
});

test('a dispute whose start the chain does not list yet is not voted on; an audit has none', async () => {
  await gives(1n, history.rows);
  await ticketWith({ state: DISPUTED });
  history.chain.show('disputes', history.id, { challenger: objectId(7) });
  await expect(gathered()).rejects.toMatchObject({ code: 'NODE_EVENT_MISSING' });
  history.chain.show('disputes', history.id, { challenger: objectId(0) });
  expect((await gathered())?.about.exhibits.receipts.size).toBe(0);
});

test('what the owner adds to a dispute counts beside what its challenger showed and named, each list within its own bound', async () => {
  await gives(1n, history.rows);
  const { stack } = await inHand(history);
  const terms = { ...stack.terms, samples: 1n, sampledShare: 0n };
  const [owner, nodeAddress, units] = [stack.owner, stack.nodeAddress, stack.numComputeUnits];
  history.chain.show('stacks', history.id, { owner, nodeAddress, units, level: 1, terms });
  const { chainId, packageId, signer } = history.desk.node.identity;
  const [leaf, other] = history.leaves as [LeafRow, LeafRow];
  const signed = (row: LeafRow, units: bigint): Uint8Array => {
    const bytes = receiptLayout.encode({ ...receiptLayout.decode(row.receipt), chainId, packageId, units });
    return Buffer.concat([signer.sign(bytes), bytes]);
  };
  await ticketWith({ state: DISPUTED });
  const seeded = [...(await rowsOf())];
  const free = [0, 1, 2].filter((row) => !seeded.includes(row)) as [number, number];
  history.chain.emit('StackAttestationDisputeEvent', {
    ...{ stackSmallId: history.id, originalNodeId: 1n, originalCommitment: new Uint8Array(32) },
    ...{ challenger: objectId(0), challengerNodeId: 0n, attestationCommitment: new Uint8Array(32), rows: [] },
    ...{ namedUnits: 0n, receipts: [signed(leaf, leaf.units)], bond: 0n, jurors: [], disputeEpoch: 5n },
    ...{ commitDeadlineEpoch: 7n, revealDeadlineEpoch: 9n },
  });
  const named = { rows: [BigInt(free[0])], namedUnits: 1_000n };
  history.chain.show('disputes', history.id, named);
  expect((await rowsOf()).has(free[1])).toBe(false);
  const evidence = { owner, rows: [BigInt(free[1])], namedUnits: 1_000n, bond: 0n };
  history.chain.show('disputes', history.id, { ...named, evidence });
  await expect(gathered()).rejects.toMatchObject({ code: 'NODE_EVENT_MISSING' });
  history.chain.emit('DisputeEvidenceEvent', {
    ...{ stackSmallId: history.id, originalNodeId: 1n, owner, rows: evidence.rows, namedUnits: 1_000n, bond: 0n },
    ...{ receipts: [signed(leaf, leaf.units - 1n), signed(other, other.units)], disputeEpoch: 6n },
    ...{ commitDeadlineEpoch: 8n, revealDeadlineEpoch: 9n },
  });
  const about = (await gathered())?.about;
  expect(await rowsOf()).toEqual(new Set([0, 1, 2]));
  const said = (exhibits: Exhibits | undefined, row: LeafRow) =>
    exhibits?.receipts.get(exhibitKey(row.requestHash))?.map(({ units }) => units);
  expect(said(about?.exhibits, leaf)).toEqual([leaf.units, leaf.units - 1n]);
  expect(said(about?.exhibits, other)).toEqual([other.units]);
  // What its challenger committed to covers what it began with.
  expect([said(about?.atStart?.exhibits, leaf), said(about?.atStart?.exhibits, other)]).toEqual([
    [leaf.units],
    undefined,
  ]);
  expect([0, 1, 2].filter((row) => about?.atStart?.isChecked(row))).toEqual([...seeded, free[0]].sort((a, b) => a - b));
});

test('rows that were taken before a dispute showed a handoff are held against it', async () => {
  await gives(1n, history.rows);
  expect((await gathered())?.holding.request(1)).toBeDefined(); // as an attester
  const { chainId, packageId, signer } = history.desk.node.identity;
  const of = { chainId, packageId, stack: history.id, node: 1n, owner: new Uint8Array(32).fill(9) };
  const said = handoffLayout.encode({ ...of, rows: 1n, units: 1n, timestampMs: 1n });
  history.chain.emit('StackAttestationDisputeEvent', {
    ...{ stackSmallId: history.id, originalNodeId: 1n, originalCommitment: new Uint8Array(32) },
    ...{ challenger: objectId(0), challengerNodeId: 0n, attestationCommitment: new Uint8Array(32), rows: [] },
    ...{ namedUnits: 0n, receipts: [Buffer.concat([signer.sign(said), said])], bond: 0n, jurors: [], disputeEpoch: 5n },
    ...{ commitDeadlineEpoch: 7n, revealDeadlineEpoch: 9n },
  });
  await ticketWith({ state: DISPUTED });
  history.chain.show('disputes', history.id, {});
  const found = await gathered();
  expect([0, 1].map((row) => found?.holding.request(row) !== undefined)).toEqual([true, false]);
});

test('at level 2 keys count that the chain named before the settlement: at the purchase, or since', async () => {
  await open(2);
  await gives(1n, history.rows);
  const hash = (byte: number) => new Uint8Array(32).fill(byte);
  const { stack } = await inHand(history);
  const [owner, nodeAddress, units] = [stack.owner, stack.nodeAddress, stack.numComputeUnits];
  const bought = (keyHash: Uint8Array) =>
    history.chain.show('stacks', history.id, { owner, nodeAddress, units, level: 2, boughtEpoch: 3n, keyHash });
  const names = (byte: number, epoch: bigint, nodeSmallId = 1n) =>
    history.chain.emit('NodeKeyCommitmentEvent', { nodeSmallId, keyHash: hash(byte), evidenceHash: hash(0), epoch });
  const counted = async () =>
    [...((await gathered())?.about.keyHashes ?? [])].map((key) => Number.parseInt(key.slice(0, 2), 16)).sort();
  bought(new Uint8Array());
  names(1, 1n);
  names(2, 2n);
  names(3, 3n);
  names(4, 3n, 9n);
  names(5, 4n);
  expect(await counted()).toEqual([]); // none was settled
  history.chain.emit('StackTrySettleEvent', {
    ...{ stackSmallId: history.id, selectedNodeId: 1n, requestedAttestationNodes: [], attestationRequired: false },
    ...{ committedStackProof: hash(0), stackMerkleLeaf: hash(0), inputs: hash(0), auditSeed: hash(0) },
    ...{ numClaimedComputeUnits: 1n, deadlineEpoch: 8n },
  });
  names(6, 4n);
  expect(await counted()).toEqual([3, 5]);
  bought(hash(9));
  expect(await counted()).toEqual([3, 5, 9]);
});

test('inputs are missed for a quarter of an epoch, or as long as the policy says where that is shorter', () => {
  const { settle, desk } = round;
  const tooLong = (key: string, ms: number, durationMs: number): boolean => {
    desk.clock.now = ms;
    return missingTooLong(settle, key, { ...epochOf(1n), durationMs });
  };
  expect(tooLong('a', 1_000, 4_000_000)).toBe(false);
  expect(tooLong('a', 600_999, 4_000_000)).toBe(false);
  expect(tooLong('a', 601_000, 4_000_000)).toBe(true);
  expect(tooLong('b', 601_000, 4_000)).toBe(false);
  expect(tooLong('b', 601_999, 4_000)).toBe(false);
  expect(tooLong('b', 602_000, 4_000)).toBe(true);
});

test('from the row of a handoff on its new owner signs, and who was recorded after it', () => {
  const rows = (owners: readonly string[], handoffs: Parameters<typeof signersUnder>[1], address: string) =>
    [0, 1, 2, 3].map((row) => signersUnder(owners, handoffs)(address, row));
  const all = [true, true, true, true];
  const none = [false, false, false, false];
  expect([rows(['a', 'b'], [], 'a'), rows(['a', 'b'], [], 'b'), rows(['a'], [], 'c')]).toEqual([all, all, none]);
  const to = (owner: string, before: number) => ({ owner, rows: before, units: 0n });
  expect(rows(['a', 'b', 'c'], [to('b', 2)], 'a')).toEqual([true, true, false, false]);
  expect([rows(['a', 'b', 'c'], [to('b', 2)], 'b'), rows(['a', 'b', 'c'], [to('b', 2)], 'c')]).toEqual([all, all]);
  expect(rows(['a', 'b', 'a'], [to('b', 2)], 'a')).toEqual(all); // it came back
  expect(rows(['a'], [to('b', 2)], 'a')).toEqual([true, true, false, false]); // nobody took it over
});
