/** Rows of a stack's inputs as JSON lines: what is written is read again, and nothing else is taken for a row. */
import { blindOf, toBase64, tracedBlind } from '@atoma/sdk';
import { expect, test } from 'vitest';
import {
  bodyMediaType,
  decodeRequest,
  decodeRow,
  encodeRequest,
  encodeRow,
  rowBlind,
  type TranscriptRow,
} from './transcript.ts';

const hash = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const request = { envelope: Uint8Array.of(1), signature: Uint8Array.of(2), body: Uint8Array.of(3) };
const bare: TranscriptRow = {
  entry: { requestHash: hash(1), units: 7n, cut: null, blind: hash(2) },
  ...{ request: null, opening: null, trace: null, reference: null },
};
const rows: readonly TranscriptRow[] = [
  bare,
  { ...bare, entry: { ...bare.entry, units: 10n ** 18n, cut: [0, 5] } },
  { ...bare, request },
  { ...bare, request: { ...request, body: null } },
  { ...bare, opening: { salt: hash(3), workHash: hash(4), traceHash: null } },
  { ...bare, opening: { salt: hash(3), workHash: hash(4), traceHash: hash(5) } },
  { ...bare, request, trace: { trace: Uint8Array.of(9, 9), inner: hash(6) } },
  { ...bare, reference: Uint8Array.of(8) },
];

test.each(rows.map((row) => [Object.keys(JSON.parse(encodeRow(row))).join(), row] as const))('%s', (_, row) => {
  expect(decodeRow(encodeRow(row))).toEqual(row);
});

test('a member that is absent is not written', () => {
  expect(Object.keys(JSON.parse(encodeRow(bare)))).toEqual(['request_hash', 'units', 'cut', 'blind']);
});

test('a request alone is read with and without its body', () => {
  for (const body of [request.body, null])
    expect(decodeRequest(encodeRequest({ ...request, body }))).toEqual({ ...request, body });
  expect(decodeRequest(JSON.stringify({ envelope: 'AQ==', signature: 'Ag==' }))).toEqual({ ...request, body: null });
});

const json = JSON.parse(encodeRow({ ...bare, opening: { salt: hash(3), workHash: hash(4), traceHash: hash(5) } }));
test.each<[what: string, line: unknown]>([
  ['no object', 5],
  ['null', null],
  ['a hash of another length', { ...json, request_hash: toBase64(hash(1).slice(1)) }],
  ['no hash', { ...json, request_hash: 5 }],
  ['no base64', { ...json, blind: '!' }],
  ['units that are a number', { ...json, units: 7 }],
  ['units below zero', { ...json, units: '-7' }],
  ['units with a sign behind', { ...json, units: '7n' }],
  ['units of twenty digits', { ...json, units: '1'.repeat(20) }],
  ['no units', { ...json, units: '' }],
  ['a cut that is no list', { ...json, cut: 5 }],
  ['a cut below zero', { ...json, cut: [1, -1] }],
  ['a cut of halves', { ...json, cut: [0.5] }],
  ['no cut', { ...json, cut: undefined }],
  ['an envelope without a signature', { ...json, envelope: 'AQ==' }],
  ['a short salt', { ...json, salt: 'AQ==' }],
  ['a salt without what it covers', { ...json, work_hash: undefined }],
  ['a short hash of a trace', { ...json, trace_hash: 'AQ==' }],
  ['a trace without its blind', { ...json, trace: 'AQ==' }],
  ['a reference that is no base64', { ...json, reference: 7 }],
])('%s is no row', (_, line) => {
  expect(() => decodeRow(JSON.stringify(line))).toThrow();
});

test('a cut of zero is a cut', () => {
  expect(decodeRow(JSON.stringify({ ...json, cut: [0] })).entry.cut).toEqual([0]);
});

test('the blind covers the work, and its trace where there is one', () => {
  const opening = { salt: hash(3), workHash: hash(4), traceHash: null };
  expect(rowBlind(opening)).toEqual(blindOf(hash(3), hash(4)));
  expect(rowBlind({ ...opening, traceHash: hash(5) })).toEqual(tracedBlind(blindOf(hash(3), hash(4)), hash(5)));
});

test('a stored body is JSON, or a form that begins with its boundary', () => {
  const type = (body: string): string => bodyMediaType(new Uint8Array(Buffer.from(body)));
  expect(type('{"a":1}')).toBe('application/json');
  expect(type('')).toBe('application/json');
  expect(type('--line\r\ncontent')).toBe('multipart/form-data; boundary=line');
});
