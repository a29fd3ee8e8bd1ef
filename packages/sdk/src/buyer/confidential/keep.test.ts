/** What a buyer keeps of sealed requests opens with the wallet that sent them, and with nothing else. */
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { expect, test } from 'vitest';
import { createKeeper, type KeptRequest } from './keep.ts';

const filled = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const request = (label: string | null = 'said'): KeptRequest => ({
  body: Uint8Array.of(1, 2, 3),
  sealed: {
    secrets: { enc: filled(1), answer: filled(2), salt: filled(3), innerHash: filled(4) },
    enclaveKey: filled(5),
    kind: 'tdx',
    label,
  },
});
const plain = (kept: KeptRequest | undefined) =>
  JSON.parse(JSON.stringify(kept, (_, value) => (value instanceof Uint8Array ? [...value] : value)));
const wallet = Ed25519Keypair.fromSecretKey(filled(7));

test('a kept request comes back whole, with its label or without one, also to another keeper of the wallet', async () => {
  for (const label of ['said', null]) {
    const packed = (await createKeeper(wallet).pack('r', request(label))) as Uint8Array;
    const kept = await createKeeper(wallet).unpack({ requestId: 'r', body: packed });
    expect(Buffer.from(kept?.body ?? []).equals(Buffer.of(1, 2, 3))).toBe(true);
    expect(plain(kept).sealed.label).toBe(label);
    expect(Object.values(kept?.sealed.secrets ?? {}).map((each) => each[0])).toEqual([1, 2, 3, 4]);
    expect([kept?.sealed.enclaveKey, kept?.sealed.kind]).toEqual([filled(5), 'tdx']);
  }
});

test('another wallet opens nothing, nor does anybody what was changed, cut or never kept', async () => {
  const keeper = createKeeper(wallet);
  const packed = (await keeper.pack('r', request())) as Uint8Array;
  const unpack = (body: Uint8Array | null) => keeper.unpack({ requestId: 'r', body });
  const other = createKeeper(Ed25519Keypair.fromSecretKey(filled(8)));
  expect(await other.unpack({ requestId: 'r', body: packed })).toBe(undefined);
  const changed = Uint8Array.from(packed, (byte, at) => (at === 20 ? byte ^ 1 : byte));
  expect(await unpack(changed)).toBe(undefined);
  for (const body of [null, new Uint8Array(), packed.slice(0, 15), packed.slice(0, 16), packed.slice(0, 40)])
    expect(await unpack(body)).toBe(undefined);
  for (const secret of [1, 2, 3, 4, 5])
    expect(Buffer.from(packed).includes(Buffer.from(filled(secret)).toString('base64'))).toBe(false);
});

test('two copies of one request share no bytes: each has its own nonce', async () => {
  const keeper = createKeeper(wallet);
  const [one, two] = [await keeper.pack('r', request()), await keeper.pack('r', request())];
  expect(one?.subarray(0, 12)).not.toEqual(two?.subarray(0, 12));
});

test('a forgetful keeper gives the journal nothing, remembers in memory, and lets go of the oldest', async () => {
  const keeper = createKeeper(wallet, true);
  expect(await keeper.pack('0', request())).toBe(null);
  expect((await keeper.unpack({ requestId: '0', body: null }))?.sealed.label).toBe('said');
  expect(await keeper.unpack({ requestId: 'other', body: null })).toBe(undefined);
  for (let i = 1; i < 10_000; i++) await keeper.pack(String(i), request());
  expect(await keeper.unpack({ requestId: '0', body: null })).toBeDefined();
  await keeper.pack('10000', request());
  expect(await keeper.unpack({ requestId: '0', body: null })).toBe(undefined);
  expect(await keeper.unpack({ requestId: '1', body: null })).toBeDefined();
});
