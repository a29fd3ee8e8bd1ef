import { createHash } from 'node:crypto';
import { expand_message_xmd } from '@noble/curves/abstract/hash-to-curve.js';
import { ed25519, ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { expect, test } from 'vitest';
import { testSources } from '../../../tools/move/src/index.ts';
import { compilePackageText, frameworkPackages, long, newSession, sourceOf } from './testing/fixture.ts';
import { createDice } from './testing/program.ts';
import type { CallResult } from './types.ts';
import { createMoveVm } from './vm.ts';

const dice = createDice(9);
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => dice.below(256));
const hex = (bytes: Uint8Array): string => `x"${Buffer.from(bytes).toString('hex')}"`;
const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, k) => (k === at ? byte ^ 1 : byte));

/** An ECVRF key and proof, made as draft-irtf-cfrg-vrf-15 section 5.1 says, with a nonce of our own. */
const prove = (message: Uint8Array): { key: Uint8Array; proof: Uint8Array; output: Uint8Array } => {
  const { Point } = ristretto255;
  const scalar = (bytes: Uint8Array): bigint =>
    BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`) % Point.Fn.ORDER;
  const hash = (...parts: readonly Uint8Array[]) => createHash('sha512').update(Buffer.concat(parts)).digest();
  const secret = scalar(noise(32));
  const nonce = scalar(noise(32));
  const key = Point.BASE.multiply(secret);
  const suite = Buffer.from('sui_vrf');
  const uniform = expand_message_xmd(
    Buffer.concat([key.toBytes(), message]),
    'ECVRF_ristretto255_XMD:SHA-512_R255MAP_RO_sui_vrf',
    64,
    sha512,
  );
  const h = ristretto255_hasher.deriveToCurve?.(uniform) as typeof key;
  const gamma = h.multiply(secret);
  const points = [key, h, gamma, Point.BASE.multiply(nonce), h.multiply(nonce)].map((point) => point.toBytes());
  const c = hash(suite, Uint8Array.of(2), ...points, Uint8Array.of(0)).subarray(0, 16);
  const s = (nonce + scalar(c) * secret) % Point.Fn.ORDER;
  const scalarBytes = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
  return {
    key: key.toBytes(),
    proof: Buffer.concat([gamma.toBytes(), c, scalarBytes]),
    output: hash(suite, Uint8Array.of(3), gamma.toBytes(), Uint8Array.of(0)),
  };
};

const edCases = (): readonly string[] => {
  const secret = noise(32);
  const key = ed25519.getPublicKey(secret);
  const message = noise(40);
  const signature = ed25519.sign(message, secret);
  const identity = Uint8Array.from({ length: 32 }, (_, k) => (k === 0 ? 1 : 0));
  // p + 1, a second encoding of the identity's y; and a point of order 8.
  const another = Buffer.from('eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'hex');
  const order8 = Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex');
  const zero = new Uint8Array(32);
  const verify = (sig: Uint8Array, pub: Uint8Array, text: Uint8Array): string =>
    `bcs::to_bytes(&sui::ed25519::ed25519_verify(&${hex(sig)}, &${hex(pub)}, &${hex(text)}))`;
  const order = ed25519.Point.Fn.ORDER;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`);
  const malleable = Buffer.from((s + order).toString(16).padStart(64, '0'), 'hex').reverse();
  const degenerate = [identity, another, order8].flatMap((r) =>
    [identity, another, order8].map((pub) => verify(Buffer.concat([r, zero]), pub, message)),
  );
  return [
    verify(signature, key, message),
    verify(flipped(signature, 3), key, message),
    verify(signature, flipped(key, 5), message),
    verify(Buffer.concat([signature.subarray(0, 32), malleable]), key, message),
    ...degenerate,
  ];
};

const ecdsaCases = (module: 'ecdsa_k1' | 'ecdsa_r1', prefix: string): readonly string[] => {
  const curve = module === 'ecdsa_k1' ? secp256k1 : p256;
  const secret = Uint8Array.from([1, ...noise(31)]);
  const key = curve.getPublicKey(secret);
  const message = noise(33);
  return [0, 1].flatMap((kind) => {
    const digest = (kind === 0 ? keccak_256 : sha256)(message);
    const sign = (lowS: boolean) => curve.sign(digest, secret, { prehash: false, lowS, format: 'recovered' });
    const low = sign(true);
    const s = curve.Point.Fn.fromBytes(low.subarray(33));
    const high = Buffer.concat([low.subarray(1, 33), curve.Point.Fn.toBytes(curve.Point.Fn.neg(s))]);
    const verify = (sig: Uint8Array, pub: Uint8Array): string =>
      `bcs::to_bytes(&sui::${module}::${prefix}_verify(&${hex(sig)}, &${hex(pub)}, &${hex(message)}, ${kind}))`;
    const recover = (v: number): string =>
      `sui::${module}::${prefix}_ecrecover(&${hex(Buffer.concat([low.subarray(1), Uint8Array.of(v)]))}, &${hex(message)}, ${kind})`;
    return [
      verify(low.subarray(1), key),
      verify(high, key),
      verify(flipped(low.subarray(1), 7), key),
      verify(low.subarray(1), flipped(key, 9)),
      recover(low[0] as number),
    ];
  });
};

const otherCases = (): readonly string[] => {
  const message = noise(20);
  const { key, proof, output } = prove(message);
  const vrf = (o: Uint8Array, m: Uint8Array, k: Uint8Array, p: Uint8Array): string =>
    `bcs::to_bytes(&sui::ecvrf::ecvrf_verify(&${hex(o)}, &${hex(m)}, &${hex(k)}, &${hex(p)}))`;
  const lengths = [0, 1, 55, 64, 127, 128, 129, 200].map(noise);
  return [
    vrf(output, message, key, proof),
    vrf(flipped(output, 0), message, key, proof),
    vrf(output, noise(20), key, proof),
    vrf(output, message, key, flipped(proof, 34)),
    vrf(output, message, noise(32), proof),
    vrf(output, message, key, noise(80)),
    vrf(output, message, key, noise(10)),
    vrf(output, message, Buffer.alloc(32), proof),
    ...lengths.flatMap((data) => [
      `sui::hash::blake2b256(&${hex(data)})`,
      `sui::hash::keccak256(&${hex(data)})`,
      `std::hash::sha2_256(${hex(data)})`,
      `std::hash::sha3_256(${hex(data)})`,
      `sui::hmac::hmac_sha3_256(&${hex(data)}, &${hex(message)})`,
    ]),
    `bcs::to_bytes(&std::type_name::with_defining_ids<vector<sui::coin::Coin<sui::sui::SUI>>>())`,
    `bcs::to_bytes(&std::type_name::with_original_ids<T>())`,
    `bcs::to_bytes(&sui::address::from_u256(12345678901234567890))`,
    `bcs::to_bytes(&sui::address::to_u256(@0xabcdef))`,
    `bcs::to_bytes(&sui::address::from_bytes(x"0102"))`,
    `bcs::to_bytes(&std::string::utf8(b"gr\\xc3\\xbc\\xc3\\x9fe").index_of(&std::string::utf8(b"\\xc3\\x9f")))`,
    `bcs::to_bytes(&std::string::utf8(x"c3bc61").substring(1, 2))`,
    `bcs::to_bytes(&std::string::utf8(x"ff"))`,
    `sui::ecdsa_k1::decompress_pubkey(&${hex(secp256k1.getPublicKey(Uint8Array.from([1, ...noise(31)])))})`,
    `sui::ecdsa_k1::decompress_pubkey(&${hex(noise(33))})`,
  ];
};

test('natives give and refuse what those of the Move VM do', async () => {
  const cases = [
    ...edCases(),
    ...ecdsaCases('ecdsa_k1', 'secp256k1'),
    ...ecdsaCases('ecdsa_r1', 'secp256r1'),
    ...otherCases(),
  ];
  const text = `#[allow(all)] module a::m {
    use std::bcs;
    public struct T has copy, drop, store { a: u8, b: vector<u64> }
    ${cases.map((one, k) => `public fun f${k}(): vector<u8> { ${one} }`).join('\n')}
  }`;
  const vm = createMoveVm(sourceOf(...frameworkPackages(), await compilePackageText(text, ['std', 'sui'])));
  const results = cases.map((_, k) =>
    newSession(vm).call({ package: long('abc'), module: 'm', function: `f${k}`, typeArguments: [], arguments: [] }),
  );
  expect(results.filter((one) => !one.ok && one.kind !== 'abort')).toEqual([]);
  const unit = (result: CallResult, k: number): string =>
    result.ok
      ? `#[test] fun t${k}() { assert!(a::m::f${k}() == ${hex(Uint8Array.from(result.returns[0]?.value as number[]))}, 1) }`
      : `#[test, expected_failure(abort_code = ${result.code}, location = ${result.package === long('1') ? 'std' : 'sui'}::${result.module})] fun t${k}() { a::m::f${k}(); }`;
  const report = await testSources({
    name: 'demo',
    sources: {
      'sources/demo.move': text,
      'tests/t.move': `#[test_only, allow(all)] module a::t { ${results.map(unit).join('\n')} }`,
    },
    addresses: { a: '0xabc' },
    dependencies: ['std', 'sui'],
  });
  const failed = report.tests
    .filter((one) => !one.passed)
    .map((one) => [cases[Number(one.name.slice(4))], results[Number(one.name.slice(4))]]);
  expect(report.tests.length).toBe(cases.length);
  expect(failed).toEqual([]);
});
