import fs, { readFileSync, statSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { useFaultyFiles } from '../../../../base/src/testing/faulty-files.ts';
import { journalRequest as request } from '../../testing/journal-fixtures.ts';
import { openIntents, readIntents } from './intents.ts';
import type { JournalRequest } from './types.ts';

const { newPath: fileOf, replace } = useFaultyFiles();
const newPath = (): string => fileOf('intents');
const { writeSync } = fs;

/** A log of these requests. */
const written = (requests: readonly JournalRequest[], path = newPath()): string => {
  const log = openIntents(path, 'me');
  for (const each of requests) log.append(each);
  log.close();
  return path;
};

const three = [
  request('a'),
  request('b', { tag: 'k:ü', model: '模型', body: new Uint8Array(3_000).fill(7), createdMs: 2 }),
  request('c', { stack: 2n ** 63n - 1n, maxUnits: 0n, body: new Uint8Array() }),
];

test('what is written is read, bytes and numbers of any size', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  const big = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  const row = fc.record({
    requestId: fc.string(),
    endpoint: fc.string({ unit: 'grapheme' }),
    model: fc.string({ unit: 'grapheme' }),
    tag: fc.string(),
    stack: big,
    maxUnits: big,
    envelope: bytes,
    signature: bytes,
    body: fc.option(bytes),
    createdMs: fc.maxSafeNat(),
  });
  const path = newPath();
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
      const requests = rows.map((each) => request('', each));
      written(requests, path);
      expect(readIntents(path)).toEqual({ owner: 'me', requests, damagedAt: undefined });
    }),
    { numRuns: 100 },
  );
  expect(readIntents(newPath())).toEqual({ owner: undefined, requests: [], damagedAt: undefined });
});

test('the file is private, and empty for each who opens it', () => {
  const path = written(three);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  written([], path);
  expect(readIntents(path)).toEqual({ owner: 'me', requests: [], damagedAt: undefined });
});

test('cut anywhere: the whole records before are read, the last was never acted on', () => {
  const path = written(three);
  const bytes = readFileSync(path);
  const ends = three.map((_, n) => statSync(written(three.slice(0, n + 1))).size);
  for (let length = 0; length < bytes.length; length++) {
    writeFileSync(path, bytes.subarray(0, length));
    const { requests, damagedAt } = readIntents(path);
    expect(damagedAt).toBeUndefined();
    expect(requests).toEqual(three.filter((_, n) => (ends[n] as number) <= length));
  }
});

test('changed anywhere: no changed record is believed, and the damage is seen', () => {
  const path = written(three);
  const bytes = readFileSync(path);
  const starts = [[], ...three.map((_, n) => three.slice(0, n + 1))].map((rows) => statSync(written(rows)).size);
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
    writeFileSync(path, changed);
    const { requests, damagedAt } = readIntents(path);
    const whole = starts.filter((start) => start <= at);
    expect(damagedAt).toBe(whole.at(-1) ?? 0);
    expect(requests).toEqual(three.slice(0, Math.max(whole.length - 1, 0)));
  }
});

test('a write that fails leaves the log as it was, however much of it was written', () => {
  const path = newPath();
  const log = openIntents(path, 'me');
  log.append(three[1] as JournalRequest);
  const size = log.size();
  const bytes = statSync(path).size;
  const full = Object.assign(new TypeError('no space left'), { code: 'ENOSPC' });
  let calls = 0;
  replace({
    writeSync: (fd: number, record: Buffer, from: number, length: number, position: number) => {
      if (calls++ > 0) throw full;
      return writeSync(fd, record, from, length >> 1, position);
    },
  });
  expect(() => log.append(three[1] as JournalRequest)).toThrow(full);
  expect(statSync(path).size).toBe(bytes);
  // The rest cannot even be cut off: nothing is appended behind it until it can.
  calls = 0;
  replace({
    ...{ writeSync: fs.writeSync },
    ftruncateSync: () => {
      throw full;
    },
  });
  expect(() => log.append(three[1] as JournalRequest)).toThrow(full);
  replace({
    ftruncateSync: () => {
      throw full;
    },
  });
  expect(() => log.append(three[0] as JournalRequest)).toThrow(full);
  replace({});
  log.append(three[0] as JournalRequest);
  expect(readIntents(path)).toMatchObject({ requests: [{ requestId: 'b' }, { requestId: 'a' }], damagedAt: undefined });
  expect(log.size()).toBeGreaterThan(size);
  log.close();
});

test('a write may take several calls', () => {
  replace({
    writeSync: (fd: number, record: Buffer, from: number, length: number, position: number) =>
      writeSync(fd, record, from, Math.min(length, 7), position),
  });
  expect(readIntents(written(three)).requests).toEqual(three);
});

test('what the database would refuse is refused', () => {
  const path = newPath();
  const log = openIntents(path, 'me');
  for (const wrong of [
    { stack: 2n ** 63n },
    { maxUnits: -(2n ** 63n) - 1n },
    { createdMs: 1.5 },
    { createdMs: Number.NaN },
  ])
    expect(() => log.append(request('x', wrong))).toThrow(RangeError);
  log.append(request('y'));
  expect(readIntents(path).requests).toEqual([request('y')]);
  log.close();
});

test('emptied, it keeps its owner and takes more', () => {
  const path = newPath();
  const log = openIntents(path, 'me');
  for (const each of three) log.append(each);
  log.empty();
  expect(log.size()).toBe(0);
  log.append(three[2] as JournalRequest);
  expect(readIntents(path)).toEqual({ owner: 'me', requests: [three[2]], damagedAt: undefined });
  log.close();
});
