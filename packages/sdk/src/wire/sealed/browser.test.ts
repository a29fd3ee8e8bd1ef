/** What a browser seals and opens, against a node's side of the channel. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { requestOf } from '../../testing/sealed-request.ts';
import { createAnswerSealer } from './answer.ts';
import { createBrowserAnswerOpener, readChannelKey, sealRequestInBrowser } from './browser.ts';
import { channelKeyLayout, channelKid } from './channel-key.ts';
import { signRaw } from './evidence.ts';
import { makeX25519 } from './hpke.ts';
import { openSealedRequest, sealRequest } from './request.ts';

const own = makeX25519();
const encoder = new TextEncoder();
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test('a node opens what a browser seals, for its envelope and signer alone, and both derive the same secrets', async () => {
  const request = requestOf(own.publicKey, 900);
  const { body, secrets } = await sealRequestInBrowser(request);
  const { envelope, signer } = request;
  const opened = openSealedRequest(own, signer, envelope, body);
  expect(text(opened.inner.body)).toBe(text(request.inner.body));
  for (const name of ['enc', 'answer', 'salt', 'innerHash'] as const)
    expect(Buffer.compare(opened.secrets[name], secrets[name]), name).toBe(0);
  expect(body.length).toBe(sealRequest(request).body.length);
  expect(() => openSealedRequest(own, signer, { ...envelope, stack: 99n }, body)).toThrow('cannot be opened');
  await expect(sealRequestInBrowser({ ...request, publicKey: new Uint8Array(32) })).rejects.toThrow('not usable');
});

test('a browser opens what a node seals, however it is cut, and nothing that was changed', async () => {
  const { secrets } = await sealRequestInBrowser(requestOf(own.publicKey, 10));
  const sealer = createAnswerSealer(secrets);
  const large = new Uint8Array(100_000).fill(7);
  const parts = [sealer.frame('head', encoder.encode('{}')), sealer.frame('data', large), sealer.frame('receipt')];
  const bytes = Buffer.concat(parts);
  for (const step of [bytes.length, 999]) {
    const opener = createBrowserAnswerOpener(secrets);
    const frames = [];
    for (let at = 0; at < bytes.length; at += step) frames.push(...(await opener.push(bytes.subarray(at, at + step))));
    expect(opener.ended()).toBe(true);
    const data = frames.filter(({ type }) => type === 'data').map((frame) => frame.data);
    expect(Buffer.concat(data).equals(large)).toBe(true);
  }
  const [head, , end] = parts as [Buffer, Buffer, Buffer];
  for (let at = 0; at < head.length; at += 5) {
    const changed = Buffer.from(Buffer.concat([head, end]));
    changed[at] = (changed[at] as number) ^ 1;
    const opener = createBrowserAnswerOpener(secrets);
    const outcome = await opener.push(changed).then(
      () => opener.ended(),
      () => false,
    );
    expect(outcome, `byte ${at}`).toBe(false);
  }
  await expect(createBrowserAnswerOpener(secrets).push(Buffer.concat([bytes, Buffer.of(0)]))).rejects.toThrow();
  const other = createBrowserAnswerOpener((await sealRequestInBrowser(requestOf(own.publicKey, 10))).secrets);
  await expect(other.push(bytes)).rejects.toThrow('changed, cut or reordered');
});

test('a channel key counts when the environment signed it', async () => {
  const enclave = generateKeyPairSync('ed25519');
  const enclaveKey = new Uint8Array(enclave.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  const zeros = new Uint8Array(32);
  const record = channelKeyLayout.encode({
    ...{ chainId: zeros, packageId: zeros, node: 1n, key: own.publicKey },
    ...{ notBeforeMs: 1n, notAfterMs: 2n },
  });
  const signature = signRaw(enclave.privateKey, record);
  const { kid, record: read } = await readChannelKey(record, signature, enclaveKey);
  expect([Buffer.compare(kid, channelKid(record)), Buffer.compare(read.key, own.publicKey)]).toEqual([0, 0]);
  await expect(readChannelKey(record, signature, own.publicKey)).rejects.toThrow('not signed by the environment');
});
