import { receiptLayout } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { receiptsIn } from './exhibits.ts';
import { resolutionView } from './resolution.ts';

const filled = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte);
const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');

/** A line of an export: a receipt with an index and units, and a signature that tells it apart. */
const exported = (stack: bigint, index: number, units: bigint): string => {
  const receipt = receiptLayout.encode({
    chainId: filled(1),
    packageId: filled(2),
    stack,
    node: 1n,
    index: BigInt(index),
    requestId: filled(index, 16),
    requestHash: filled(3),
    contentHash: filled(4),
    promptUnits: units,
    completionUnits: 0n,
    units,
    cumulativeUnits: 1_000n,
    previous: filled(0),
    timestampMs: 1n,
    flags: 0,
  });
  return JSON.stringify({ envelope: null, receipt: base64(receipt), receipt_signature: base64(filled(index, 97)) });
};

test('of the receipts of a stack the eight with most units are shown, each behind its signature', () => {
  const units = [5n, 90n, 1n, 40n, 40n, 700n, 2n, 3n, 4n, 6n];
  const file = [...units.map((each, index) => exported(7n, index, each)), exported(8n, 99, 999n)].join('\n');
  const shown = receiptsIn(file, 'r.jsonl', 7n);
  expect(shown.map(([first]) => first)).toEqual([5, 1, 3, 4, 9, 0, 8, 7]);
  const [most] = shown as [Uint8Array];
  expect(most.subarray(0, 97)).toEqual(filled(5, 97));
  expect(receiptLayout.decode(most.subarray(97))).toMatchObject({ stack: 7n, index: 5n, units: 700n });
  expect(() => receiptsIn(file, 'r.jsonl', 9n)).toThrow(expect.objectContaining({ code: 'CLI_NO_RECEIPTS' }));
});

test('the amounts of a resolution are shown and its ids are not', () => {
  const result = {
    stackSmallId: 7n,
    nodeSmallId: 9n,
    outcome: 'convicted',
    nodeFee: 0n,
    jurorPay: 20_000_000n,
    paid: [1n],
  };
  expect(resolutionView.headline(result)).toBe('dispute of stack 7 resolved: convicted');
  expect(resolutionView.rows(result)).toEqual([
    ['node fee', '0 TOMA'],
    ['juror pay', '0.02 TOMA'],
  ]);
  expect(resolutionView.data(result)).toEqual({
    stack_small_id: 7,
    outcome: 'convicted',
    amounts: { node_fee: '0', juror_pay: '20000000' },
  });
});
