import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Refusal } from '../reason.ts';
import { type FirmwareSection, makeFirmware } from '../testing/firmware.ts';
import { firmwareMrtd } from './firmware.ts';

const content = Buffer.from(Array.from({ length: 0x3000 }, (_, i) => (i * 7) % 251));
const code: FirmwareSection = { at: 0x1000, size: 0x2000, address: 0xffff_e000n, memory: 0x2000n, attributes: 1 };
const stack: FirmwareSection = { at: 0, size: 0, address: 0x81_0000n, memory: 0x1000n, attributes: 0 };
const later: FirmwareSection = { at: 0, size: 0, address: 0x100_0000n, memory: 0x1000n, attributes: 2 };

/** 128 bytes: a name at 0, an address at 16. */
const step = (name: string, address: bigint): Buffer => {
  const bytes = Buffer.alloc(128);
  bytes.write(name);
  bytes.writeBigUInt64LE(address, 16);
  return bytes;
};
const add = (address: bigint): Buffer => step('MEM.PAGE.ADD', address);
const extend = (page: number): Buffer[] =>
  Array.from({ length: 16 }, (_, i) => page * 0x1000 + i * 0x100).flatMap((at) => [
    step('MR.EXTEND', code.address + BigInt(at)),
    content.subarray(0x1000 + at, 0x1100 + at),
  ]);
const sha = (parts: readonly Buffer[]): string => createHash('sha384').update(Buffer.concat(parts)).digest('hex');

test('MRTD follows from the pages that metadata names, in both orders hosts measure in', () => {
  const [one, two] = [add(0xffff_e000n), add(0xffff_f000n)];
  expect(firmwareMrtd(makeFirmware(content, [code, stack, later]))).toEqual({
    pageByPage: sha([one, ...extend(0), two, ...extend(1), add(0x81_0000n)]),
    sectionBySection: sha([one, two, ...extend(0), ...extend(1), add(0x81_0000n)]),
  });
  const changed = Buffer.from(content);
  changed[0x2fff] = (changed[0x2fff] as number) ^ 1;
  const of = (bytes: Buffer): string => firmwareMrtd(makeFirmware(bytes, [code])).pageByPage;
  expect(of(changed)).not.toBe(of(content));
});

test.each<[string, Buffer, RegExp]>([
  ['nothing', Buffer.alloc(0), /no firmware/],
  ['no table', Buffer.alloc(4_096, 1), /no firmware/],
  ['a table without TDX', makeFirmware(content, [code], { name: '22'.repeat(16) }), /no metadata for TDX/],
  ['metadata that is none', makeFirmware(content, [code], { signature: 'XXXX' }), /does not begin as such/],
  ['metadata of another version', makeFirmware(content, [code], { version: 2 }), /version 2/],
  ['half a page', makeFirmware(content, [{ ...stack, memory: 0x800n }]), /does not fill its pages/],
  ['a section outside of the file', makeFirmware(content, [{ ...code, at: 0x7000_0000 }]), /outside of the file/],
  ['less content than memory', makeFirmware(content, [{ ...code, size: 0x1000 }]), /does not fill its pages/],
  ['memory without end', makeFirmware(content, [{ ...stack, memory: 1n << 40n }]), /pages; 65536/],
  ['its first half', makeFirmware(content, [code]).subarray(0, 0x2000), /no firmware/],
])('%s is refused', (_, firmware, why) => {
  expect(() => firmwareMrtd(firmware)).toThrow(Refusal);
  expect(() => firmwareMrtd(firmware)).toThrow(why);
});

test('changed metadata is refused or gives another value; it never ends the program', () => {
  const firmware = makeFirmware(content.subarray(0, 0x3000), [code]);
  for (let at = 0x3000; at < firmware.length; at++) {
    const changed = Buffer.from(firmware);
    changed[at] = (changed[at] as number) ^ 0x80;
    try {
      expect(firmwareMrtd(changed).pageByPage).toMatch(/^[0-9a-f]{96}$/);
    } catch (error) {
      expect(error, `byte ${at}`).toBeInstanceOf(Refusal);
    }
  }
});
