import { expect, test } from 'vitest';
import { netAfter, readRecording, readReports } from './recording.ts';

const paid = (from: string, to: string, amount: string) => ({ from, from_part: 'server', to, to_part: to, amount });

test('payments add up moment by moment, by holder whatever the part, and come to nothing together', () => {
  const recording = readRecording({
    name: 'other-model',
    stacks: 1,
    caught: 1,
    moments: [
      { said: 'bought', payments: [] },
      { said: 'resolved', payments: [paid('node 4', 'pool', '50'), paid('node 4', 'node 3', '20')] },
      { said: 'slashed', payments: [paid('node 3', 'pool', '5')] },
    ],
  });
  expect(netAfter(recording, 1)).toEqual([]);
  expect(netAfter(recording, 2)).toEqual([
    ['pool', 50n],
    ['node 3', 20n],
    ['node 4', -70n],
  ]);
  expect(netAfter(recording, 3).reduce((sum, [, amount]) => sum + amount, 0n)).toBe(0n);
});

test('a file holds the reports of a run; anything else holds none', () => {
  const reports = [{ name: 'mine', moments: [{ said: 'bought', payments: [] }] }, { moments: [] }];
  expect(readReports(JSON.stringify({ schema: 'x', reports })).map(({ name }) => name)).toEqual(['mine']);
  for (const file of ['', '<script>', '[]', '{"reports": 7}', '{"reports": [null]}'])
    expect(readReports(file)).toEqual([]);
});

test('what is no report is an empty one', () => {
  expect(readRecording('<script>')).toMatchObject({ name: '', moments: [] });
  expect(readRecording({ moments: [{ said: 7, payments: 'none' }] }).moments).toEqual([{ said: '7', payments: [] }]);
});
