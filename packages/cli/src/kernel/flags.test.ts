import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Flag } from './flag.ts';
import * as flags from './flags.ts';

const source = { name: '--it', cwd: '/', readStdin: () => `0x${'11'.repeat(32)}\n` };
const read = async <T>(flag: Flag<T>, ...words: string[]): Promise<T> => flag.parse(words, source);
const refusal = expect.objectContaining({ code: 'CLI_BAD_VALUE', message: expect.stringContaining('--it') });

test('whole numbers keep all 64 bits', async () => {
  const flag = flags.u64('it', 'N', 'units', 1n);
  expect(await read(flag, '18446744073709551615')).toBe(2n ** 64n - 1n);
  expect(await read(flag, '1_000_000')).toBe(1_000_000n);
  for (const bad of ['0', '18446744073709551616', '-1', '1.5', '1e6', '', 'x', '0x10'])
    await expect(async () => read(flag, bad)).rejects.toThrow(refusal);
});

test('small ids start at 1, object ids are written out', async () => {
  await expect(async () => read(flags.smallId('it', 'task'), '0')).rejects.toThrow(refusal);
  expect(await read(flags.objectId('it'), '0x2')).toBe(`0x${'2'.padStart(64, '0')}`);
  expect(await read(flags.objectId('it'), 'AB')).toBe(`0x${'ab'.padStart(64, '0')}`);
  for (const bad of ['0x', 'xyz', `0x${'1'.repeat(65)}`, ''])
    await expect(async () => read(flags.objectId('it'), bad)).rejects.toThrow(refusal);
});

test('32 bytes come in every documented writing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), async (bytes) => {
      const flag = flags.bytes32('it');
      const numbers = [...bytes].map(String);
      expect(await read(flag, `0x${Buffer.from(bytes).toString('hex')}`)).toEqual(bytes);
      expect(await read(flag, `[${numbers.join(', ')}]`)).toEqual(bytes);
      expect(await read(flag, numbers.join(','))).toEqual(bytes);
      expect(await read(flag, ...numbers)).toEqual(bytes);
    }),
    { numRuns: 20 },
  );
  expect(await read(flags.bytes32('it'), '-')).toEqual(new Uint8Array(32).fill(0x11));
});

test('32 bytes of another width are refused', async () => {
  const flag = flags.bytes32('it');
  for (const bad of [
    ['0x00'],
    ['[1,2,3]'],
    [`0x${'0'.repeat(66)}`],
    ['zz'],
    ['1', '2'],
    ['@/no/such/file'],
    [`0x${'g'.repeat(64)}`],
  ])
    await expect(async () => read(flag, ...bad)).rejects.toThrow();
});

test('amounts are base units or carry their unit', async () => {
  expect(await read(flags.amount('it'), '100TOMA')).toBe(100_000_000_000n);
  expect(await read(flags.amount('it'), '100000000000')).toBe(100_000_000_000n);
  expect(await read(flags.amount('it', 'SUI'), '0.1SUI')).toBe(100_000_000n);
  for (const bad of ['1SUI', '-1', 'TOMA', '1.5', '0.0000000001TOMA'])
    await expect(async () => read(flags.amount('it'), bad)).rejects.toThrow(refusal);
});

test('ids come with commas, spaces and repeated', async () => {
  const flag = flags.smallIds('it');
  expect(await read(flag, '1,2,3,4')).toEqual([1n, 2n, 3n, 4n]);
  expect(await read(flag, '1 2', '3')).toEqual([1n, 2n, 3n]);
  await expect(async () => read(flag, '1,x')).rejects.toThrow(refusal);
});

test('roles and levels outside the protocol are refused', async () => {
  expect(await read(flags.role('it'), '7')).toBe(7);
  await expect(async () => read(flags.role('it'), '9')).rejects.toThrow(refusal);
  await expect(async () => read(flags.securityLevel('it'), '3')).rejects.toThrow(refusal);
});

test('a choice names what it takes', async () => {
  const flag = flags.choice('it', ['open', 'closed']);
  expect(await read(flag, 'open')).toBe('open');
  await expect(async () => read(flag, 'ajar')).rejects.toThrow(refusal);
});
