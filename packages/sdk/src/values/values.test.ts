import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAmount, MAX_U64, parseAmount } from './amounts.ts';
import { toHex0x } from './bytes.ts';
import { parseBytes32, parseBytes32Sync } from './bytes32.ts';
import { parseObjectId, parseSmallIds, smallId } from './ids.ts';
import { parseRole, parseSecurityLevel, roleName, roles, securityLevelName, securityLevels } from './roles.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const sources = (content: Uint8Array) => ({
  readFile: async (path: string) => {
    expect(path).toBe('proof.txt');
    return content;
  },
  readStdin: async () => content,
});

test('base64 that begins like hex is base64, truncated hex is not', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 209 : i === 1 ? 112 : i === 2 ? 255 : i));
  expect(parseBytes32Sync(Buffer.from(bytes).toString('base64')).join()).toBe(bytes.join());
  expect(() => parseBytes32Sync(`0x${'11'.repeat(21)}`)).toThrow();
});

test('every written form of 32 bytes reads back', async () => {
  await fc.assert(
    fc.asyncProperty(bytes32, async (bytes) => {
      const list = [...bytes].join(',');
      const base64 = Buffer.from(bytes).toString('base64');
      fc.pre(!/^0x[0-9a-f]*=?$/i.test(base64));
      const forms = [
        toHex0x(bytes),
        toHex0x(bytes).slice(2),
        base64,
        Buffer.from(bytes).toString('base64url'),
        `[${list}]`,
        list,
        [...bytes].join(' '),
      ];
      for (const form of forms) {
        expect(await parseBytes32(form)).toEqual(bytes);
        expect(await parseBytes32([form])).toEqual(bytes);
      }
      expect(parseBytes32Sync([...bytes].map(String))).toEqual(bytes);
      for (const form of forms) {
        const content = new TextEncoder().encode(`${form}\n`);
        expect(await parseBytes32('@proof.txt', sources(content))).toEqual(bytes);
        expect(await parseBytes32('-', sources(content))).toEqual(bytes);
      }
    }),
  );
});

test('a binary file of 32 bytes is taken as it is', async () => {
  const raw = new Uint8Array(32).fill(200);
  expect(await parseBytes32('@proof.txt', sources(raw))).toEqual(raw);
});

test.each(['0x00', '', 'hello', `0x${'0'.repeat(66)}`, '1,2,3', '[256]', 'AAAA', `${'1,'.repeat(31)}300`])(
  'what is not 32 bytes is refused: %s',
  (text) => {
    expect(() => parseBytes32Sync(text)).toThrowError(code('VALUE_BYTES32'));
  },
);

test('outside sources need a reader', async () => {
  await expect(parseBytes32('@x')).rejects.toThrowError(code('VALUE_NO_READER'));
  await expect(parseBytes32('-')).rejects.toThrowError(code('VALUE_NO_READER'));
});

test('amounts read with and without unit', () => {
  expect(parseAmount('100000000000')).toBe(100_000_000_000n);
  expect(parseAmount('100TOMA')).toBe(100_000_000_000n);
  expect(parseAmount(' 1_000 toma ')).toBe(1_000_000_000_000n);
  expect(parseAmount('0.1SUI', 'SUI')).toBe(100_000_000n);
  expect(parseAmount('7MIST', 'SUI')).toBe(7n);
  expect(parseAmount('0.000000001TOMA')).toBe(1n);
});

test('amounts that are not are refused', () => {
  for (const text of ['-1', '1.5', 'x', '', '1e9', '1BTC', '0.0000000001TOMA', '18446744073709551616'])
    expect(() => parseAmount(text)).toThrowError(code('VALUE_AMOUNT'));
  expect(() => parseAmount('1SUI')).toThrowError(code('VALUE_AMOUNT_UNIT'));
});

test('a formatted amount reads back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: MAX_U64 }), (amount) => {
      expect(parseAmount(formatAmount(amount).replaceAll(',', ''))).toBe(amount);
    }),
  );
  expect(formatAmount(-1_234_500_000_000n, 'SUI')).toBe('-1,234.5 SUI');
});

test('id lists take commas, spaces and repetition', () => {
  expect(parseSmallIds('1,2, 3 4')).toEqual([1n, 2n, 3n, 4n]);
  expect(parseSmallIds(['1', '2,3', '1'])).toEqual([1n, 2n, 3n]);
  expect(parseSmallIds('[1, 2]')).toEqual([1n, 2n]);
  for (const bad of ['', '0', 'a', '1.5', '18446744073709551616'])
    expect(() => parseSmallIds(bad)).toThrowError(code('VALUE_SMALL_ID'));
  expect(() => smallId(1.5)).toThrowError(code('VALUE_SMALL_ID'));
});

test('object ids are written out', () => {
  expect(parseObjectId('0x2')).toBe(`0x${'2'.padStart(64, '0')}`);
  expect(() => parseObjectId('badge')).toThrowError(code('VALUE_OBJECT_ID'));
});

test('roles and levels read by number and by name', () => {
  for (const role of roles)
    for (const text of [String(role.id), role.name, role.text]) expect(parseRole(text)).toBe(role.id);
  for (const level of securityLevels) expect(parseSecurityLevel(level.name)).toBe(level.id);
  expect([roleName(0), securityLevelName(1), roleName(99)]).toEqual([
    'chat completions',
    'sampling consensus',
    'role 99',
  ]);
  expect(() => parseRole('8')).toThrowError(code('VALUE_ROLE'));
  expect(() => parseSecurityLevel('3')).toThrowError(code('VALUE_SECURITY_LEVEL'));
});
