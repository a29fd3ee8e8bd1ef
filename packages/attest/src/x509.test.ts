import * as asn1 from 'asn1js';
import { beforeAll, expect, test } from 'vitest';
import { Refusal } from './reason.ts';
import { extensionOf, type Holder, makeCrl, makeHolder } from './testing/authority.ts';
import { FORCE, WITHIN } from './testing/quotes.ts';
import { checkChain, readCrl, readDer, speaksFor } from './x509.ts';

test.each([
  ['a time that is none, at which the library throws', [0x18, 2, 0x78, 0x78]],
  ['a byte after the value', [5, 0, 0]],
  ['half a value', [4, 2, 0]],
  ['nothing', []],
])('DER is refused: %s', (_, bytes) => {
  expect(() => readDer(Uint8Array.from(bytes), 'list')).toThrow(Refusal);
});

const UNKNOWN = '1.2.3.4.5';
const unknown = (critical: boolean) => extensionOf(UNKNOWN, new asn1.Null(), critical);
let root: Holder;
let authority: Holder;
let leaf: Holder;
beforeAll(async () => {
  root = await makeHolder({ name: 'Root', below: 1 });
  authority = await makeHolder({ name: 'Authority', issuer: root, ca: true, below: 0 });
  leaf = await makeHolder({ name: 'Leaf', issuer: authority, extensions: [unknown(false)], serial: '00a1' });
});

const chainOf = (...holders: readonly Holder[]) =>
  checkChain(
    holders.map(({ certificate }) => certificate),
    root.certificate,
    WITHIN,
    'chain',
  );

test('a chain counts with and without its root, and with extensions that ask for nothing', () => {
  expect(() => chainOf(leaf, authority, root)).not.toThrow();
  expect(() => chainOf(leaf, authority)).not.toThrow();
});

test('critical extensions that no rule knows are refused, at a leaf and above', async () => {
  const odd = await makeHolder({ name: 'Odd', issuer: authority, extensions: [unknown(true)] });
  expect(() => chainOf(odd, authority)).toThrow(/critical extension that no rule knows \(1\.2\.3\.4\.5\)/);
  const above = await makeHolder({ name: 'Above', issuer: root, ca: true, extensions: [unknown(true)] });
  const below = await makeHolder({ name: 'Below', issuer: above });
  expect(() => chainOf(below, above)).toThrow(/Above, which has a critical extension/);
});

test('an authority signs no more authorities than it may, a leaf none', async () => {
  const more = await makeHolder({ name: 'More', issuer: authority, ca: true });
  const deep = await makeHolder({ name: 'Deep', issuer: more });
  expect(() => chainOf(deep, more, authority)).toThrow(/may not sign that many authorities/);
  const forged = await makeHolder({ name: 'Forged', issuer: leaf });
  expect(() => chainOf(forged, leaf, authority)).toThrow(/Leaf, which may not sign certificates/);
});

const listOf = async (issuer: Holder, more: Parameters<typeof makeCrl>[3] = {}, by: Holder = issuer) =>
  readCrl(Buffer.from(await makeCrl(by, FORCE, ['00a1'], more), 'hex'), issuer.certificate, WITHIN, 'list');

test('a list revokes what its issuer signed', async () => {
  const list = await listOf(authority);
  expect([...list.revoked]).toEqual(['A1']);
  expect(() => checkChain([leaf.certificate], authority.certificate, WITHIN, 'chain', [list])).toThrow(/revoked/);
});

test('a list is refused when it is a part of one, names somebody else, or comes from who may not sign lists', async () => {
  const delta = extensionOf('2.5.29.27', new asn1.Integer({ value: 1 }), true);
  await expect(listOf(authority, { extensions: [delta] })).rejects.toThrow(/2\.5\.29\.27\): it may be a part/);
  const ofEntries = [extensionOf('2.5.29.29', new asn1.Sequence({ value: [] }), true)];
  await expect(listOf(authority, { ofEntries })).rejects.toThrow(/2\.5\.29\.29/);
  await expect(listOf(authority, { extensions: [unknown(false)] })).resolves.toBeDefined();
  await expect(listOf(authority, { name: 'CN=Root' })).rejects.toThrow(/names another issuer/);
  await expect(listOf(leaf)).rejects.toThrow(/Leaf, which may not sign such lists/);
  const usage = (bits: number) =>
    extensionOf('2.5.29.15', new asn1.BitString({ valueHex: Uint8Array.of(bits), unusedBits: 1 }), true);
  const signs = await makeHolder({ name: 'Signs', issuer: root, ca: true, extensions: [usage(0x06)] });
  await expect(listOf(signs)).resolves.toBeDefined();
  const certifies = await makeHolder({ name: 'Certifies', issuer: root, ca: true, extensions: [usage(0x04)] });
  await expect(listOf(certifies)).rejects.toThrow(/may not sign such lists/);
});

test('a list speaks for a key, not for a name that another key has too', async () => {
  const namesake = await makeHolder({ name: 'Authority', issuer: root, ca: true });
  const renewed = await makeHolder({ name: 'Authority', issuer: root, ca: true, keys: authority.keys });
  const list = await listOf(namesake);
  expect([namesake, authority].map(({ certificate }) => speaksFor(list, certificate))).toEqual([true, false]);
  expect(speaksFor(await listOf(authority), renewed.certificate)).toBe(true);
  const chain = [leaf.certificate, authority.certificate];
  expect(() => checkChain(chain, root.certificate, WITHIN, 'chain', [list])).not.toThrow();
});
