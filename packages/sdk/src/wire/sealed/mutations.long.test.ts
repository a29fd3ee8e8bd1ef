import { expect, test } from 'vitest';
import { requestOf } from '../../testing/sealed-request.ts';
import { createAnswerOpener, createAnswerSealer } from './answer.ts';
import { makeX25519 } from './hpke.ts';
import { sealRequest } from './request.ts';

test('of a million changed answers none is accepted', { timeout: 3_600_000 }, () => {
  const { secrets } = sealRequest(requestOf(makeX25519().publicKey, 10));
  const sealer = createAnswerSealer(secrets);
  const bytes = Buffer.concat([sealer.frame('head'), sealer.frame('receipt', new Uint8Array(40).fill(7))]);
  let accepted = 0;
  let state = 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let i = 0; i < 1_000_000; i++) {
    const at = next(bytes.length);
    const by = 1 + next(255);
    bytes[at] = (bytes[at] as number) ^ by;
    const opener = createAnswerOpener(secrets);
    try {
      opener.push(bytes);
      if (opener.ended()) accepted++;
    } catch {
      // refused
    }
    bytes[at] = (bytes[at] as number) ^ by;
  }
  expect(accepted).toBe(0);
});
