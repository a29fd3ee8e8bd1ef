import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Content } from '../content.ts';
import { createAnswerOpener, createAnswerSealer } from './answer.ts';
import { blindContentHash } from './blind.ts';
import type { FrameType } from './frame.ts';
import { makeX25519 } from './hpke.ts';
import { paddedSize, type RequestSecrets, type UnsealedEnvelope, unitsClass } from './inner.ts';
import { openSealedRequest, sealRequest } from './request.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const signer = `0x${'ab'.repeat(32)}`;
const envelope: UnsealedEnvelope = {
  chainId: new Uint8Array(32).fill(1),
  packageId: new Uint8Array(32).fill(2),
  stack: 7n,
  node: 3n,
  endpoint: '/v1/chat/completions',
  model: 'm',
  requestId: new Uint8Array(16).fill(4),
  timestampMs: 1_700_000_000_000n,
  maxUnits: 1_024n,
};
const own = makeX25519();
const kid = new Uint8Array(randomBytes(32));
const inner = { contentType: 'application/json', body: encoder.encode('{"model":"m","prompt":"what is sealed"}') };
const sealed = () => sealRequest({ kid, publicKey: own.publicKey, signer, envelope, inner });

test('a request opens for the envelope and the signer it was sealed for, and for no other', () => {
  const { body, secrets } = sealed();
  const opened = openSealedRequest(own, signer, envelope, body);
  expect(opened.inner.contentType).toBe(inner.contentType);
  expect(new Uint8Array(opened.inner.body)).toEqual(inner.body);
  for (const name of ['enc', 'answer', 'salt', 'innerHash'] as const)
    expect(Buffer.compare(opened.secrets[name], secrets[name]), name).toBe(0);

  const others: UnsealedEnvelope[] = [
    { ...envelope, chainId: new Uint8Array(32) },
    { ...envelope, packageId: new Uint8Array(32) },
    { ...envelope, stack: 8n },
    { ...envelope, node: 4n },
    { ...envelope, endpoint: '/v1/completions' },
    { ...envelope, model: 'n' },
    { ...envelope, requestId: new Uint8Array(16) },
    { ...envelope, timestampMs: 1n },
    { ...envelope, maxUnits: 1_025n },
  ];
  expect(others).toHaveLength(Object.keys(envelope).length);
  for (const other of others) expect(() => openSealedRequest(own, signer, other, body)).toThrow('cannot be opened');
  expect(() => openSealedRequest(own, `0x${'ac'.repeat(32)}`, envelope, body)).toThrow('cannot be opened');
  expect(() => openSealedRequest(makeX25519(), signer, envelope, body)).toThrow('cannot be opened');
});

test('kid, encapsulated key, text and length of a sealed request cannot be changed', () => {
  const { body } = sealed();
  for (const at of [0, 1, 32, 33, 64, 65, 500, body.length - 1]) {
    const other = new Uint8Array(body);
    other[at] = (other[at] as number) ^ 1;
    expect(() => openSealedRequest(own, signer, envelope, other), `byte ${at}`).toThrow('cannot be opened');
  }
  for (const other of [
    body.subarray(0, -1),
    Buffer.concat([body, Buffer.of(0)]),
    body.subarray(0, 40),
    Buffer.alloc(0),
  ])
    expect(() => openSealedRequest(own, signer, envelope, other)).toThrow('cannot be opened');
});

test('sizes tell a class only, and so do units', () => {
  const sizeOf = (letters: number): number =>
    sealRequest({
      kid,
      publicKey: own.publicKey,
      signer,
      envelope,
      inner: { contentType: 'text/plain', body: new Uint8Array(letters) },
    }).body.length;
  expect(sizeOf(1)).toBe(sizeOf(1_000));
  expect(sizeOf(5_000)).toBe(sizeOf(5_100));
  expect(paddedSize(1_025)).toBeGreaterThan(1_024);
  for (const bytes of [1_025, 9_999, 123_456, 4_194_304]) {
    expect(paddedSize(bytes)).toBeGreaterThanOrEqual(bytes);
    expect(paddedSize(bytes)).toBeLessThan(bytes * 1.12);
    expect(paddedSize(paddedSize(bytes))).toBe(paddedSize(bytes));
  }
  expect([1n, 4n, 5n, 8n, 9n, 11n, 13n, 1_000n, 1_025n].map(unitsClass)).toEqual([
    4n,
    4n,
    5n,
    8n,
    10n,
    12n,
    14n,
    1_024n,
    1_280n,
  ]);
});

test('the content hash of an answer tells nothing to who guesses the answer', () => {
  const content: Content = { kind: 'transcription', text: 'yes' };
  const [one, two] = [sealed().secrets, sealed().secrets];
  expect(blindContentHash(one, content)).toEqual(blindContentHash(one, content));
  expect(blindContentHash(one, content)).not.toEqual(blindContentHash(two, content));
});

interface Piece {
  readonly type: FrameType;
  readonly bytes: Uint8Array;
}
const answer = (
  secrets: RequestSecrets,
  types: readonly FrameType[] = ['head', 'data', 'data', 'receipt'],
): Piece[] => {
  const sealer = createAnswerSealer(secrets);
  return types.map((type, i) => ({ type, bytes: sealer.frame(type, encoder.encode(`${type} ${i}`)) }));
};
/** What came out, or that it was refused; an answer without its end is none. */
const read = (secrets: RequestSecrets, pieces: readonly Uint8Array[]): string => {
  const opener = createAnswerOpener(secrets);
  try {
    const frames = pieces.flatMap((piece) => opener.push(piece));
    return opener.ended() ? frames.map(({ data }) => decoder.decode(data)).join('|') : 'incomplete';
  } catch {
    return 'refused';
  }
};

test('an answer is read whole and in order, however it is cut into pieces', () => {
  const { secrets } = sealed();
  const bytes = Buffer.concat(answer(secrets).map((piece) => piece.bytes));
  const whole = 'head 0|data 1|data 2|receipt 3';
  expect(read(secrets, [bytes])).toBe(whole);
  expect(
    read(
      secrets,
      [...bytes].map((byte) => Uint8Array.of(byte)),
    ),
  ).toBe(whole);
});

test('frames that are dropped, doubled, swapped, cut, added or of another attempt or request are refused', () => {
  const { secrets } = sealed();
  const [head, one, two, end] = answer(secrets).map(({ bytes }) => bytes) as [Buffer, Buffer, Buffer, Buffer];
  const again = answer(secrets).map(({ bytes }) => bytes) as [Buffer, Buffer, Buffer, Buffer];
  expect(Buffer.compare(head.subarray(1, 33), again[0].subarray(1, 33))).not.toBe(0);
  const attacks: Record<string, readonly Uint8Array[]> = {
    dropped: [head, two, end],
    'dropped head': [head.subarray(0, 33), one, two, end],
    doubled: [head, one, one, two, end],
    swapped: [head, two, one, end],
    'another attempt': [head, again[1], two, end],
    'another end': [head, one, two, again[3]],
    'after the end': [head, one, two, end, two],
    'a byte after the end': [head, one, two, end, Buffer.of(0)],
    'end marked as none': [
      head,
      one,
      two,
      Buffer.concat([Buffer.of(end[0] as number, end[1] as number, end[2] as number, 0), end.subarray(4)]),
    ],
    'data marked as end': [
      head,
      Buffer.concat([Buffer.of(one[0] as number, one[1] as number, one[2] as number, 0x80), one.subarray(4)]),
    ],
    'no frames': [head.subarray(0, 33)],
    cut: [head, one, two],
    'cut inside': [head, one, two.subarray(0, -1)],
    nothing: [],
  };
  for (const [name, pieces] of Object.entries(attacks))
    expect(['refused', 'incomplete'], name).toContain(read(secrets, pieces));
  expect(read(sealed().secrets, [head, one, two, end])).toBe('refused');
});

test('an answer has one end, and nothing can be sealed behind it', () => {
  const sealer = createAnswerSealer(sealed().secrets);
  sealer.frame('head');
  sealer.frame('problem', encoder.encode('{}'));
  expect(() => sealer.frame('data')).toThrow('the answer has ended');
});

test('no pair of key and nonce is used twice over attempts, large answers and padding', () => {
  const { secrets } = sealed();
  const used = new Set<string>();
  let frames = 0;
  for (let attempt = 0; attempt < 20; attempt++) {
    const sealer = createAnswerSealer(secrets, (key, nonce) => {
      frames++;
      used.add(Buffer.concat([key, nonce]).toString('hex'));
    });
    sealer.frame('head');
    sealer.frame('padding');
    sealer.frame('data', new Uint8Array(300_000));
    sealer.frame('receipt');
  }
  expect(frames).toBe(20 * 8);
  expect(used.size).toBe(frames);
});

test('a large answer comes in steps of 256 bytes and opens', () => {
  const { secrets } = sealed();
  const sealer = createAnswerSealer(secrets);
  const data = randomBytes(200_000);
  const opener = createAnswerOpener(secrets);
  const bytes = [sealer.frame('head'), sealer.frame('data', data), sealer.frame('receipt')];
  const frames = bytes.flatMap((piece) => opener.push(piece));
  expect(Buffer.concat(frames.filter(({ type }) => type === 'data').map((frame) => frame.data)).equals(data)).toBe(
    true,
  );
  const one = createAnswerSealer(secrets).frame('head').length;
  expect(sealer && (one - 33 - 4 - 16) % 256).toBe(0);
});
