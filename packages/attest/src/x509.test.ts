import { expect, test } from 'vitest';
import { Refusal } from './reason.ts';
import { readDer } from './x509.ts';

test.each([
  ['a time that is none, at which the library throws', [0x18, 2, 0x78, 0x78]],
  ['a byte after the value', [5, 0, 0]],
  ['half a value', [4, 2, 0]],
  ['nothing', []],
])('DER is refused: %s', (_, bytes) => {
  expect(() => readDer(Uint8Array.from(bytes), 'list')).toThrow(Refusal);
});
