import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { expect, test } from 'vitest';
import { rawPublic, setupRecipient, setupSender, x25519Private } from './hpke.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** RFC 9180, A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode. */
const rfc = {
  info: '4f6465206f6e2061204772656369616e2055726e',
  skEm: '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
  pkEm: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
  skRm: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
  pkRm: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
  aad: '436f756e742d30',
  plain: '4265617574792069732074727574682c20747275746820626561757479',
  sealed: 'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
  exported: '3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee',
  exportedTestContext: 'e9e43065102c3836401bed8c3c3c75ae46be1639869391d62c61f1ec7af54931',
} as const;

test('the vectors of RFC 9180, both sides', () => {
  const { enc, context } = setupSender(hex(rfc.pkRm), hex(rfc.info), x25519Private(hex(rfc.skEm)));
  expect(text(enc)).toBe(rfc.pkEm);
  expect(text(context.seal(hex(rfc.plain), hex(rfc.aad)))).toBe(rfc.sealed);
  expect(text(context.export(''))).toBe(rfc.exported);
  expect(text(context.export('TestContext'))).toBe(rfc.exportedTestContext);

  const own = { privateKey: x25519Private(hex(rfc.skRm)), publicKey: hex(rfc.pkRm) };
  const opened = setupRecipient(own, enc, hex(rfc.info));
  expect(text(opened.open(hex(rfc.sealed), hex(rfc.aad)))).toBe(rfc.plain);
  expect(text(opened.export('TestContext'))).toBe(rfc.exportedTestContext);
});

test('another implementation opens what this one seals, and the other way round', async () => {
  const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });
  const secret = x25519Private(hex(rfc.skRm));
  const own = { privateKey: secret, publicKey: rawPublic(secret) };
  const info = new TextEncoder().encode('some context');
  const exporter = new TextEncoder().encode('a name');
  const plain = new TextEncoder().encode('what nobody else reads');

  const ours = setupSender(own.publicKey, info);
  const theirs = await suite.createRecipientContext({
    recipientKey: await suite.kem.importKey('raw', hex(rfc.skRm).buffer as ArrayBuffer, false),
    enc: ours.enc,
    info,
  });
  expect(new Uint8Array(await theirs.open(ours.context.seal(plain)))).toEqual(plain);
  expect(new Uint8Array(await theirs.export(exporter, 32))).toEqual(new Uint8Array(ours.context.export('a name')));

  const sender = await suite.createSenderContext({
    recipientPublicKey: await suite.kem.importKey('raw', own.publicKey.slice().buffer as ArrayBuffer, true),
    info,
  });
  const sealed = new Uint8Array(await sender.seal(plain));
  const opened = setupRecipient(own, new Uint8Array(sender.enc), info);
  expect(new Uint8Array(opened.open(sealed))).toEqual(plain);
  expect(new Uint8Array(await sender.export(exporter, 32))).toEqual(new Uint8Array(opened.export('a name')));
});

test('points of low order are refused by both sides', () => {
  const low = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${'ff'.repeat(30)}7f`,
  ];
  const own = { privateKey: x25519Private(hex(rfc.skRm)), publicKey: hex(rfc.pkRm) };
  for (const point of low) {
    expect(() => setupSender(hex(point), new Uint8Array())).toThrow('key is not usable');
    expect(() => setupRecipient(own, hex(point), new Uint8Array())).toThrow('key is not usable');
  }
});
