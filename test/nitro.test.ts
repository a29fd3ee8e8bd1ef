import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { KeyUsageFlags, KeyUsagesExtension } from '@peculiar/x509';
import { encode } from 'cborg';
import { beforeAll, expect, test } from 'vitest';
import { pinnedRoots } from '../packages/attest/src/roots.ts';
import { type Holder, type HolderParameters, makeHolder, signRaw } from '../packages/attest/src/testing/authority.ts';
import { hasSamples, sample } from '../packages/attest/src/testing/samples.ts';
import { isGenuine, nitroNatives, readDocument } from '../packages/move-engine/src/internal/natives/nitro.ts';
import { AWS_ROOT } from '../packages/move-engine/src/internal/natives/nitro-root.ts';
import { nativeCosts } from '../packages/move-engine/src/native-costs.ts';
import { createNativeCaller } from '../packages/move-engine/src/testing/native-caller.ts';

const call = createNativeCaller(nitroNatives, '2::nitro_attestation::');
const load = (document: Uint8Array, now: number) => call('load_nitro_attestation_internal', [...document], now);

const signing = new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true);
const digital = new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true);
const holder = (name: string, issuer: Holder | undefined, rest: Partial<HolderParameters> = {}): Promise<Holder> =>
  makeHolder({ name, ...(issuer ? { issuer } : {}), curve: 'P-384', ca: true, extensions: [signing], ...rest });

let root: Holder;
let middle: Holder;
let leaf: Holder;

beforeAll(async () => {
  root = await holder('root', undefined);
  middle = await holder('middle', root);
  leaf = await holder('leaf', middle, { ca: false, extensions: [digital] });
});

const NOW = Date.parse('2026-05-01T12:00:00Z');
const register = (byte: number): Uint8Array => new Uint8Array(48).fill(byte);
const der = ({ certificate }: Holder): Uint8Array => new Uint8Array(certificate.raw);

/** Claims of a document; members that are undefined are left out. */
const claims = (changed: Readonly<Record<string, unknown>> = {}): Map<string, unknown> => {
  const all = {
    module_id: 'i-1-enc-1',
    digest: 'SHA384',
    timestamp: NOW,
    pcrs: new Map([
      ...Array.from({ length: 9 }, (_, i) => [i, register(i < 3 ? i + 1 : 0)] as const),
      [16, register(7)],
    ]),
    certificate: der(leaf),
    cabundle: [der(root), der(middle)],
    public_key: Uint8Array.of(1, 2),
    user_data: null,
    nonce: null,
    ...changed,
  };
  return new Map(Object.entries(all).filter(([, value]) => value !== undefined));
};

const header = encode(new Map([[1, -35]]));

/** A document as an enclave makes it, untagged. */
const made = (payload: Uint8Array, { by = leaf, protectedHeader = header } = {}): Uint8Array => {
  const signed = encode(['Signature1', protectedHeader, new Uint8Array(0), payload]);
  const raw = signRaw(by.key, signed, 'sha384');
  const half = raw.length / 2;
  const signature = new Uint8Array(96); // of a smaller curve: padded
  signature.set(raw.subarray(0, half), 48 - half);
  signature.set(raw.subarray(half), 96 - half);
  return encode([protectedHeader, new Map(), payload, signature]);
};
const documentOf = (changed: Readonly<Record<string, unknown>> = {}): Uint8Array => made(encode(claims(changed)));

const isAccepted = (document: Uint8Array, at = NOW): boolean => {
  const read = readDocument(document);
  if (!read) throw Error('malformed');
  return isGenuine(read, root.certificate, at);
};

test('a document is read and led to its root; registers that are zero are left out unless they are the six', () => {
  const document = documentOf();
  expect(isAccepted(document)).toBe(true);
  expect(isAccepted(Buffer.concat([Buffer.of(0xd2), document]))).toBe(true);
  const { registers, publicKey, userData, timestamp } = readDocument(document) as NonNullable<
    ReturnType<typeof readDocument>
  >;
  expect(registers.map(([index]) => index)).toEqual([0, 1, 2, 3, 4, 8, 16]);
  expect([publicKey, userData, timestamp]).toEqual([Uint8Array.of(1, 2), undefined, BigInt(NOW)]);
});

test.each<[string, () => Uint8Array]>([
  ['nothing', () => new Uint8Array(0)],
  ['another tag', () => Buffer.concat([Buffer.of(0xd1), documentOf()])],
  ['three members', () => encode([header, new Map(), encode(claims())])],
  ['a short signature', () => encode([header, new Map(), encode(claims()), new Uint8Array(95)])],
  ['another algorithm', () => made(encode(claims()), { protectedHeader: encode(new Map([[1, -7]])) })],
  [
    'a second header',
    () =>
      made(encode(claims()), {
        protectedHeader: encode(
          new Map([
            [1, -35],
            [2, 1],
          ]),
        ),
      }),
  ],
  ['an empty payload', () => made(new Uint8Array(0))],
  ['a payload too long', () => documentOf({ other: new Uint8Array(16_384) })],
  ['a name that is no text', () => made(encode(new Map<unknown, unknown>([...claims(), [1, 1]])))],
  ['no module', () => documentOf({ module_id: '' })],
  ['another digest', () => documentOf({ digest: 'SHA256' })],
  ['a negative time', () => documentOf({ timestamp: -1 })],
  ['no registers', () => documentOf({ pcrs: undefined })],
  ['a short register', () => documentOf({ pcrs: new Map([[0, new Uint8Array(20)]]) })],
  ['a register too far', () => documentOf({ pcrs: new Map([[256, register(1)]]) })],
  ['no certificate', () => documentOf({ certificate: new Uint8Array(0) })],
  ['no authority', () => documentOf({ cabundle: [] })],
  ['too many authorities', () => documentOf({ cabundle: new Array(11).fill(der(root)) })],
  ['much user data', () => documentOf({ user_data: new Uint8Array(513) })],
  ['a large key', () => documentOf({ public_key: new Uint8Array(1_025) })],
])('a document with %s is malformed', (_, document) => {
  expect(readDocument(document())).toBeUndefined();
});

test('members that are allowed to be missing, or to be no bytes, are', () => {
  for (const changed of [
    { public_key: undefined, nonce: undefined },
    { public_key: 'text' },
    { user_data: new Uint8Array(512) },
  ])
    expect(isAccepted(documentOf(changed))).toBe(true);
});

test('a document holds only while its certificates do, and only by their chain', async () => {
  expect(isAccepted(documentOf(), Date.parse('2036-01-01'))).toBe(false);
  expect(isAccepted(documentOf(), Date.parse('2024-01-01'))).toBe(false);
  expect(isAccepted(documentOf({ cabundle: [der(middle), der(root)] }))).toBe(false);
  expect(isAccepted(documentOf({ cabundle: [der(root)] }))).toBe(false);
  expect(isAccepted(made(encode(claims()), { by: middle }))).toBe(false);
  expect(isAccepted(documentOf({ certificate: Uint8Array.of(1, 2, 3) }))).toBe(false);
  const stranger = await holder('root', undefined);
  expect(isGenuine(readDocument(documentOf()) as never, stranger.certificate, NOW)).toBe(false);
});

test.each<[string, Partial<HolderParameters>]>([
  ['no key usage', { ca: false, extensions: [] }],
  ['the usage of an authority', { ca: false, extensions: [signing] }],
  ['the right to sign certificates', { ca: true, extensions: [digital] }],
  ['another curve', { ca: false, extensions: [digital], curve: 'P-256' }],
])('a leaf with %s proves nothing', async (_, parameters) => {
  const other = await holder('leaf', middle, parameters);
  const payload = encode(claims({ certificate: der(other) }));
  expect(isAccepted(made(payload, { by: other }))).toBe(false);
});

test('an authority needs the usage and the constraint of one', async () => {
  for (const parameters of [{ extensions: [digital] }, { ca: false }]) {
    const weak = await holder('middle', root, parameters);
    const below = await holder('leaf', weak, { ca: false, extensions: [digital] });
    const payload = encode(claims({ certificate: der(below), cabundle: [der(root), der(weak)] }));
    expect(isAccepted(made(payload, { by: below }))).toBe(false);
  }
});

test("the native aborts with Sui's codes and charges what was done", () => {
  const { parse, perByte, verify, perCertificate } = nativeCosts.nitro;
  const document = documentOf();
  expect(load(Uint8Array.of(0), NOW)).toEqual({ abort: 1, units: parse + perByte });
  expect(load(document, NOW)).toEqual({
    abort: 2, // by a root that is not Amazon's
    units: parse + perByte * document.length + verify + 2 * perCertificate,
  });
});

test("the root is Amazon's, as the checks of evidence pin it", () => {
  expect(new X509Certificate(AWS_ROOT).fingerprint256).toBe(new X509Certificate(pinnedRoots.nitro.pem).fingerprint256);
});

if (hasSamples)
  test('a real document, whose last byte was lost, is genuine for three hours with one byte only', () => {
    const cut = sample('nitro_document.cbor');
    const whole = Array.from({ length: 256 }, (_, byte) => Buffer.concat([cut, Buffer.of(byte)]));
    const at = Date.parse('2025-12-25T13:20:37Z');
    const found = whole.map((document) => load(document, at)).filter(({ abort }) => abort === undefined);
    expect(found).toHaveLength(1);
    expect(found[0]?.value).toHaveLength(7);
    expect(whole.every((document) => load(document, at + 3 * 3_600_000 + 60_000).abort === 2)).toBe(true);
  });
