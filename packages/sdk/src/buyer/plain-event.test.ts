import { expect, test } from 'vitest';
import { plainEvent } from './plain-event.ts';

test('amounts and ids of an event are decimal text, also in lists; the rest stays as it is', () => {
  const sent = { kind: 'sent', requestId: 'r', stack: 2n ** 64n - 1n, node: 2n, maxUnits: 0n } as const;
  expect(plainEvent(sent)).toEqual({ ...sent, stack: '18446744073709551615', node: '2', maxUnits: '0' });
  const retry = { kind: 'retry', requestId: 'r', node: 2n, attempt: 1, why: 'slow' } as const;
  expect(plainEvent(retry)).toEqual({ ...retry, node: '2' });
  const disputed = { kind: 'disputed', stack: 1n, bond: 5n, jurors: [1n, 2n] } as const;
  expect(plainEvent(disputed)).toEqual({ ...disputed, stack: '1', bond: '5', jurors: ['1', '2'] });
});
