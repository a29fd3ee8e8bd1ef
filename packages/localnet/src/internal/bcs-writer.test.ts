import { bcs } from '@mysten/sui/bcs';
import { expect, test } from 'vitest';
import {
  newWriter,
  putAddress,
  putBytes,
  putLength,
  putText,
  putU8,
  putU16,
  putU32,
  putU64,
  type Writer,
  written,
} from './bcs-writer.ts';

const address = 'ab'.repeat(32);

/** Every primitive with the bytes an independent encoder makes of the same value. */
const cases: readonly (readonly [string, (w: Writer) => void, Uint8Array])[] = [
  ['u8', (w) => putU8(w, 200), bcs.u8().serialize(200).toBytes()],
  ['u16', (w) => putU16(w, 0xabcd), bcs.u16().serialize(0xabcd).toBytes()],
  ['u32', (w) => putU32(w, 0xdeadbeef), bcs.u32().serialize(0xdeadbeef).toBytes()],
  [
    'u64',
    (w) => putU64(w, 2 ** 53 - 1),
    bcs
      .u64()
      .serialize(2 ** 53 - 1)
      .toBytes(),
  ],
  [
    'large u64',
    (w) => putU64(w, 2n ** 64n - 1n),
    bcs
      .u64()
      .serialize(2n ** 64n - 1n)
      .toBytes(),
  ],
  ['length', (w) => putLength(w, 300), bcs.uleb128().serialize(300).toBytes()],
  ['address', (w) => putAddress(w, address), bcs.Address.serialize(`0x${address}`).toBytes()],
  ['text', (w) => putText(w, 'Zürich'), bcs.string().serialize('Zürich').toBytes()],
  ['bytes', (w) => putBytes(w, Uint8Array.of(1, 2, 3)), bcs.byteVector().serialize([1, 2, 3]).toBytes()],
];

test.each(cases)('%s, wherever the buffer ends', (_, put, expected) => {
  for (let size = 1; size <= 40; size++) {
    const w = newWriter(size);
    for (let i = 0; i < size; i++) putU8(w, 7); // full: the next write has to grow it
    for (let cut = 0; cut < size; cut++) {
      const partly: Writer = { buffer: Buffer.alloc(size), length: cut };
      put(partly);
      expect(written(partly).subarray(cut)).toEqual(expected);
    }
    put(w);
    expect(written(w).subarray(size)).toEqual(expected);
  }
});
