import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ed25519FromSecret } from './ed25519.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test('keys, addresses and signatures equal those of the reference', async () => {
  await fc.assert(
    fc.asyncProperty(bytes(32), fc.uint8Array({ maxLength: 200 }), async (secret, message) => {
      const [ours, reference] = [ed25519FromSecret(secret), Ed25519Keypair.fromSecretKey(secret)];
      expect(ours.toSuiAddress()).toBe(reference.toSuiAddress());
      expect(ours.getSecretKey()).toBe(reference.getSecretKey());
      expect(ours.getPublicKey().toSuiPublicKey()).toBe(reference.getPublicKey().toSuiPublicKey());
      expect(await ours.sign(message)).toEqual(await reference.sign(message));
      expect(await ours.signTransaction(message)).toEqual(await reference.signTransaction(message));
      expect(await ours.signPersonalMessage(message)).toEqual(await reference.signPersonalMessage(message));
    }),
    { numRuns: 10 },
  );
});

test('verification agrees with the reference, on what is right and on what is not', async () => {
  await fc.assert(
    fc.asyncProperty(
      bytes(32),
      fc.uint8Array({ minLength: 1, maxLength: 50 }),
      fc.nat(63),
      async (secret, message, at) => {
        const [ours, reference] = [ed25519FromSecret(secret), Ed25519Keypair.fromSecretKey(secret)];
        const { signature } = await reference.signPersonalMessage(message);
        expect(await ours.getPublicKey().verifyPersonalMessage(message, signature)).toBe(true);
        expect(await reference.getPublicKey().verifyPersonalMessage(message, signature)).toBe(true);
        const raw = await ours.sign(message);
        const torn = raw.map((byte, index) => (index === at ? byte ^ 1 : byte));
        expect(await ours.getPublicKey().verify(message, raw)).toBe(true);
        expect(await ours.getPublicKey().verify(message, torn)).toBe(false);
      },
    ),
    { numRuns: 10 },
  );
});
