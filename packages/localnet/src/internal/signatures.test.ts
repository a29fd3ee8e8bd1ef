import { createHash } from 'node:crypto';
import { blake2b256, loadFastBlake2b } from '@atoma/base';
import { bcs } from '@mysten/sui/bcs';
import { messageWithIntent } from '@mysten/sui/cryptography';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Secp256k1Keypair } from '@mysten/sui/keypairs/secp256k1';
import { Secp256r1Keypair } from '@mysten/sui/keypairs/secp256r1';
import { MultiSigPublicKey } from '@mysten/sui/multisig';
import { isValidTransactionSignature } from '@mysten/sui/verify';
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { signingMessage } from './keys.ts';
import { checkSignatures, signerOf } from './signatures.ts';

beforeAll(loadFastBlake2b);

const transaction = new Uint8Array(Buffer.from('any bytes will do here', 'utf8'));
const other = new Uint8Array(Buffer.from('other bytes', 'utf8'));
const message = signingMessage(transaction);
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

const keypairs = [Ed25519Keypair, Secp256k1Keypair, Secp256r1Keypair].map((scheme) =>
  scheme.fromSecretKey(new Uint8Array(32).fill(7)),
);

test('the message signed is the SDK’s', () => {
  expect(message).toEqual(blake2b256(messageWithIntent('TransactionData', transaction)));
});

describe.each(keypairs.map((keypair) => [keypair.getKeyScheme(), keypair] as const))('%s', (_, keypair) => {
  const sign = async (bytes: Uint8Array) => bytesOf((await keypair.signTransaction(bytes)).signature);

  test('proves the address the SDK derives', async () => {
    expect(`0x${signerOf(await sign(transaction), message)}`).toBe(keypair.toSuiAddress());
  });

  test('any changed bit is refused, as by the SDK', async () => {
    const signature = await sign(transaction);
    const bits = fc.integer({ min: 8, max: signature.length * 8 - 1 });
    await fc.assert(
      fc.asyncProperty(bits, async (bit) => {
        const broken = Uint8Array.from(signature);
        broken[bit >> 3] = (broken[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(() => checkSignatures(transaction, [broken], [keypair.toSuiAddress().slice(2)])).toThrow();
        const theirs = await isValidTransactionSignature(transaction, Buffer.from(broken).toString('base64'), {
          address: keypair.toSuiAddress(),
        }).catch(() => false);
        expect(theirs).toBe(false);
      }),
      { numRuns: 25 },
    );
  });

  test('a signature over something else is refused', async () => {
    const signature = await sign(other);
    expect(() => signerOf(signature, message)).toThrow(expect.objectContaining({ code: 'LEDGER_BAD_SIGNATURE' }));
  });
});

test('the upper half of s is refused on the curves', async () => {
  for (const keypair of keypairs.slice(1)) {
    const signature = bytesOf((await keypair.signTransaction(transaction)).signature);
    const order =
      keypair.getKeyScheme() === 'Secp256k1'
        ? 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
        : 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const s = BigInt(`0x${Buffer.from(signature.subarray(33, 65)).toString('hex')}`);
    signature.set(Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex'), 33);
    expect(() => signerOf(signature, message)).toThrow();
  }
});

test('keys of small order are no keys', () => {
  const identity = new Uint8Array(32);
  identity[0] = 1;
  const forged = Uint8Array.of(0, ...identity, ...new Uint8Array(32), ...identity);
  expect(() => signerOf(forged, message)).toThrow();
});

describe('multisig', () => {
  const publicKey = MultiSigPublicKey.fromPublicKeys({
    threshold: 3,
    publicKeys: keypairs.map((keypair, i) => ({ publicKey: keypair.getPublicKey(), weight: i + 1 })),
  });
  const combined = async (signers: readonly number[], bytes = transaction) => {
    const parts = await Promise.all(
      signers.map(async (i) => (await keypairs[i]?.signTransaction(bytes))?.signature as string),
    );
    return bytesOf(publicKey.combinePartialSignatures(parts));
  };

  test('enough weight proves the SDK’s address', async () => {
    for (const signers of [[0, 1], [2], [0, 1, 2]])
      expect(`0x${signerOf(await combined(signers), message)}`).toBe(publicKey.toSuiAddress());
  });

  test('too little weight and wrong bytes are refused', async () => {
    await expect(combined([1]).then((signature) => signerOf(signature, message))).rejects.toMatchObject({
      code: 'LEDGER_BAD_SIGNATURE',
    });
    await expect(combined([2], other).then((signature) => signerOf(signature, message))).rejects.toMatchObject({
      code: 'LEDGER_BAD_SIGNATURE',
    });
  });
});

describe('passkey', () => {
  const secret = new Uint8Array(32).fill(9);
  const publicKey = p256.getPublicKey(secret, true);
  const sign = (challenge: Uint8Array, type = 'webauthn.get') => {
    const clientDataJson = JSON.stringify({
      type,
      challenge: Buffer.from(challenge).toString('base64url'),
      origin: 'https://a.b',
    });
    const authenticatorData = new Uint8Array(37).fill(3);
    const payload = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJson).digest()]);
    const raw = p256.sign(payload, secret, { prehash: true, lowS: true });
    const userSignature = Uint8Array.of(2, ...raw, ...publicKey);
    return Uint8Array.of(
      6,
      ...bcs.PasskeyAuthenticator.serialize({
        authenticatorData: [...authenticatorData],
        clientDataJson,
        userSignature: [...userSignature],
      }).toBytes(),
    );
  };

  test('a WebAuthn assertion over the message proves the address, as by the SDK', async () => {
    const signature = sign(message);
    const address = `0x${signerOf(signature, message)}`;
    expect(await isValidTransactionSignature(transaction, Buffer.from(signature).toString('base64'), { address })).toBe(
      true,
    );
  });

  test('another challenge or type is refused', () => {
    expect(() => signerOf(sign(signingMessage(other)), message)).toThrow();
    expect(() => signerOf(sign(message, 'webauthn.create'), message)).toThrow();
  });
});

test('zkLogin is refused by name, rubbish as a bad signature', () => {
  expect(() => signerOf(Uint8Array.of(5, 1, 2, 3), message)).toThrow(
    expect.objectContaining({ code: 'LEDGER_UNSUPPORTED' }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(() => signerOf(bytes, message)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^LEDGER_/) }),
      );
    }),
  );
});

test('every signer must sign, and nobody else', async () => {
  const [alice, bob] = keypairs as [Ed25519Keypair, Secp256k1Keypair];
  const [a, b] = [
    bytesOf((await alice.signTransaction(transaction)).signature),
    bytesOf((await bob.signTransaction(transaction)).signature),
  ];
  const [first, second] = [alice.toSuiAddress().slice(2), bob.toSuiAddress().slice(2)];
  expect(() => checkSignatures(transaction, [b, a], [first, second])).not.toThrow();
  expect(() => checkSignatures(transaction, [a], [first, second])).toThrow(
    expect.objectContaining({ code: 'LEDGER_SIGNATURE_COUNT' }),
  );
  expect(() => checkSignatures(transaction, [a, a], [first, second])).toThrow(
    expect.objectContaining({ code: 'LEDGER_SIGNER_MISSING' }),
  );
  expect(() => checkSignatures(transaction, [b], [first])).toThrow(
    expect.objectContaining({ code: 'LEDGER_SIGNER_MISSING' }),
  );
});
