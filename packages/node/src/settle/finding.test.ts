/** What checks found, for whoever runs the node: bounded, in order, with the answers that were sold where an owner's nodes still have them. */
import { toHex } from '@atoma/base';
import { expect, test } from 'vitest';
import { chatOf, openDesk } from '../testing/desk.ts';
import { type Check, createChecks, type Finding, findingsAt, keptOf, questionOf, shortened } from './finding.ts';
import { findingsAmong } from './sold.ts';

const plain: Finding = {
  ...{ row: 0, requestHash: 'ab', verdict: 'same', question: 'q', claimed: null, own: 'o', workHash: 'cd' },
  ...{ units: 7n, distance: null, sketch: null, threshold: null },
};
const found = (row: number, verdict: Finding['verdict'] = 'same'): Finding => ({ ...plain, row, verdict });
const rowsOf = (findings: readonly Finding[]) => findings.map(({ row }) => row);

test('of many rows those are kept that are not the same, and otherwise the first ones', () => {
  const many = Array.from({ length: 30 }, (_, row) => found(row, row === 25 ? 'other' : row === 28 ? 'fault' : 'same'));
  expect(rowsOf(keptOf(many))).toEqual([...Array.from({ length: 14 }, (_, row) => row), 25, 28]);
  expect(rowsOf(keptOf([found(2), found(1, 'other'), found(0)]))).toEqual([0, 1, 2]);
});

test('texts are cut where they get long', () => {
  expect(shortened('x'.repeat(4_000))).toHaveLength(4_000);
  expect(shortened('x'.repeat(4_001))).toBe(`${'x'.repeat(4_000)}…`);
  const envelopeBytes = new Uint8Array(3);
  const long = { envelopeBytes, body: Buffer.from('é'.repeat(9_000)) } as unknown as Parameters<typeof questionOf>[0];
  expect(questionOf(long).question).toBe(`${'é'.repeat(4_000)}…`);
  expect(questionOf(long).requestHash).toMatch(/^[0-9a-f]{64}$/);
});

test('the checks of the last stacks are kept', () => {
  const checks = createChecks();
  const check = (row: number): Check => ({ as: 'juror', findings: [found(row)] });
  for (let stack = 0n; stack < 64n; stack++) checks.keep(stack, check(0));
  checks.keep(0n, check(1)); // looked at again: now the newest
  checks.keep(64n, check(0));
  expect([checks.find(0n)?.findings[0]?.row, checks.find(1n), checks.find(2n)?.as]).toEqual([1, undefined, 'juror']);
});

test('a finding is shown as JSON, in whose name it was made', () => {
  const checks = createChecks();
  checks.keep(7n, { as: 'attester', findings: [plain] });
  const checker = { settle: { checks, nodeId: 5n } };
  const { requestHash: _, workHash: __, ...rest } = plain;
  expect(findingsAt(checker, 7n)).toEqual([
    { ...rest, node: '5', as: 'attester', request_hash: 'ab', work_hash: 'cd', units: '7' },
  ]);
  expect(findingsAt(checker, 8n)).toEqual([]);
});

test('the nodes of one owner show what was sold beside what was found', async () => {
  const desk = await openDesk();
  const id = desk.sell();
  const stream = chatOf('b', { stream: true });
  const answers = [await desk.post(id, chatOf('a')), await desk.post(id, stream)];
  const completion = { model: 'atoma/demo-chat', prompt: 'c' };
  const completed = await desk.post(id, completion, { to: '/v1/completions' });
  const leaves = await desk.store.listLeaves(id);
  const checks = createChecks();
  const about = (row: number, more: Partial<Finding> = {}): Finding => ({
    ...{ ...plain, row, requestHash: toHex(leaves[row]?.requestHash ?? new Uint8Array()) },
    ...more,
  });
  const findings = [
    about(0),
    about(1),
    about(2),
    about(0, { requestHash: 'ab' }),
    about(0, { claimed: 'told' }),
    about(9),
  ];
  checks.keep(id, { as: 'juror', findings });
  const selling = { settle: { checks: createChecks(), nodeId: 1n }, store: desk.store };
  const checking = { settle: { checks, nodeId: 5n }, store: (await openDesk()).store };
  const shown = await findingsAmong([checking, selling], id);
  const streamed = (answers[1]?.text ?? '')
    .split('\n')
    .filter((line) => line.startsWith('data: {"id"'))
    .map((line) => JSON.parse(line.slice(6)).choices[0]?.delta?.content ?? '')
    .join('');
  expect(streamed.length).toBeGreaterThan(0);
  expect(shown.map(({ claimed }) => claimed)).toEqual([
    JSON.parse(answers[0]?.text ?? '').choices[0].message.content,
    streamed,
    JSON.parse(completed.text).choices[0].text,
    ...[null, 'told', null],
  ]);
  // An answer that is no longer kept, or is another one, is not shown.
  const kept = await desk.store.findResponse(id, leaves[0]?.requestId ?? '');
  const body = Buffer.from(
    Buffer.from(kept?.body ?? [])
      .toString()
      .replaceAll('demo', 'other'),
  );
  const findResponse = async () => kept && { ...kept, body };
  const other = { ...selling, store: { ...desk.store, findResponse } };
  expect((await findingsAmong([checking, other], id))[0]?.claimed).toBeNull();
  await desk.store.sweep({ responsesBefore: desk.clock.now + 1, closedBefore: 0 });
  expect((await findingsAmong([checking, selling], id))[0]?.claimed).toBeNull();
});
