import { blake2b256 } from '@atoma/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createInclusionProofBuilder, createStackProofBuilder } from './builder.ts';
import type { History } from './history.ts';
import { computeStackProof, proveInclusion, verifyInclusionProof } from './proof.ts';

const bytes = (text: string): Uint8Array => blake2b256(new TextEncoder().encode(text));
const generated = (length: number): History => ({
  leaves: Array.from({ length }, (_, j) => ({
    requestHash: bytes(`request-${j}`),
    contentHash: bytes(`content-${j}`),
    units: BigInt(10 + ((j * 37) % 101)),
  })),
});

test('request by request comes to the same proof as the whole history, after every request', () => {
  const { leaves } = generated(70);
  const builder = createStackProofBuilder({ stackSmallId: 7n, attesters: 2 });
  for (let count = 0; count <= leaves.length; count++) {
    const whole = computeStackProof({ history: { leaves: leaves.slice(0, count) }, stackSmallId: 7n, attesters: 2 });
    expect(builder.finish()).toEqual(whole);
    const next = leaves[count];
    if (next) builder.add(next);
  }
});

test('inclusion proofs built on the way equal those of the whole history', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 130 }), fc.nat(), (length, at) => {
      const history = generated(length);
      const index = at % length;
      const builder = createInclusionProofBuilder(index);
      for (const leaf of history.leaves) builder.add(leaf);
      const proof = builder.finish();
      expect(proof).toEqual(proveInclusion({ history, index }));
      expect(proof && verifyInclusionProof(proof)).toBe(true);
    }),
    { numRuns: 60 },
  );
  expect(createInclusionProofBuilder(0).finish()).toBeUndefined();
});
