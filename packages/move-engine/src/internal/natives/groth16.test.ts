import { createHash } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bn254 } from '@noble/curves/bn254.js';
import { expect, test } from 'vitest';
import { nativeCosts } from '../../native-costs.ts';
import { createNativeCaller } from '../../testing/native-caller.ts';
import { groth16Natives } from './groth16.ts';

const call = createNativeCaller(groth16Natives, '2::groth16::');
const prepare = (curve: number, key: readonly number[]) => call('prepare_verifying_key_internal', curve, key);
const verify = (curve: number, ...given: readonly (readonly number[])[]) =>
  call('verify_groth16_proof_internal', curve, ...given);
const bytes = (hex: string): number[] => [...Buffer.from(hex, 'hex')];

/** Verifying keys in arkworks' form, and the SHA-256 of each part that Sui's own tests expect of them. */
const published = [
  {
    curve: 0,
    key: [
      'a84d039ad1ae98eeeee4c8ba9af9b6c5d1cfcb98c3fc92ccfcebd77bcccffa1d170d39da29e9b4aa83b98680cb90bb25946b',
      '2b70f9e3565510c5361d5d65cb458a0b3177d612dd340b8f8f8493c2772454e3e8f577a3f77865df851d1a159b800c2ec5ba',
      'e889029fc419678e83dee900465d60e7ef26f614940e719c6f7c0c7db57464fa0481a93c18d52cb2fbf8dcf0a398b1536436',
      '14fc1071a54e288edb6402f1d9e00d3408c76d95c16885cc992dff5c6ebee3b739cb22359ab2d126026a1626c43ea7b898a7',
      'c1d2904c1bd4bbce5d0b1b16fab8535a52d1b08a5217df2e912ee1b0f4140892afa31d479f78dfbc82ab58a209ad00df6c86',
      'ab14841e8daa7a380a6853f28bacf38aad9903b6149fff4b119dea16de8aa3e5050b9d563a01009e061a950c233f66511c8f',
      'ae2a8c58503059821df7f6defbba8f93d26e412cc07b66a9f3cdd740cce5c8488ce94fc8020000000000000081aabea18713',
      '222ac45a6ef3208a09f55ce2dde8a11cc4b12788be2ae77ae318176d631d36d80942df576af651b57a31a95f2e9bcaebbb53',
      'a588251634715599f7a7e9d51fe872fe312edf0b39d98f0d7f8b5554f96f759c041ea38b4b1e5e19',
    ].join(''),
    parts: [
      '1d518b57bb68725b286b11cfe282e04a85203d3d8a8d005b19f5efcb7d0fea8a',
      '69b08bbf90283ca404466f0ee9ad0c0e2ed484b0b7aa986633bf85210e83b222',
      'da844777c5392cd36ba0567fc85feacfad7fe21031e4a07bba6f68095e228a96',
      '65aa98b2a6917bb117d0a82726b9bc89b767f388ae6ec45255b742dc2576e55a',
    ],
  },
  {
    curve: 1,
    key: [
      '53d75f472c207c7fcf6a34bc1e50cf0d7d2f983dd2230ffcaf280362d162c3871cae3e4f91b77eadaac316fe625e3764fb39',
      'af2bb5aa25007e9bc6b116f6f02f597ad7c28c4a33da5356e656dcef4660d7375973fe0d7b6dc642d51f16b6c8806030ca5b',
      '462a3502d560df7ff62b7f1215195233f688320de19e4b3a2a2cb6120ae49bcc0abbd3cbbf06b29b489edbf86e3b679f4e24',
      '7464992145f468e3c08db41e5e09002a7170cb4cc56ae96b152d17b6b0d1b9333b41f2325c3c8a9d2e2df98f8e2315884fae',
      '52b3c6bb329df0359daac4eff4d2e7ce729078b10d79d42f02000000000000001dcc52e058148a622c51acfdee6e181252ec',
      '0e9717653f0be1faaf2a68222e0dd2ccf4e1e8b088efccfdb955a1ff4a0fd28ae2ccbe1a112449ddae8738fb40b0',
    ].join(''),
    parts: [
      '221c1932db2084eebb34afc7cbdae1d86f35ffa749a73e27031f3266c00cbdb4',
      '360d85874e1e82517da60d51ee767a38256f0a6ad9636ef0c2eee8936425b4e1',
      '47bc914419ee075b7aedb47fa0ba6f6fa5d28749897e1e202f97fca219649d3a',
      'f47795ba92f51ddb75e2d92c4e9ffe50c8ef1c69f9e734fe2c3d796fb60dc227',
    ],
  },
];

test.each(published)(
  'a published verifying key is prepared to the bytes of Sui: curve $curve',
  ({ curve, key, parts }) => {
    const { value, units } = prepare(curve, bytes(key));
    const digests = (value as number[][]).map((part) =>
      createHash('sha256').update(Uint8Array.from(part)).digest('hex'),
    );
    expect(digests).toEqual(parts);
    expect(units).toBe(nativeCosts.groth16.prepare[curve]);
  },
);

test.each(published)('no other bytes are a key: curve $curve', ({ curve, key }) => {
  const good = bytes(key);
  for (const bad of [
    [],
    good.slice(1),
    good.slice(0, -1),
    [...good, 0],
    good.map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
  ])
    expect(prepare(curve, bad).abort).toBe(0);
});

test('there are two curves', () => {
  expect(prepare(2, []).abort).toBe(1);
  expect(verify(2, [], [], [], [], [], [])).toEqual({ abort: 1, units: nativeCosts.invalidArguments });
});

const littleEndian = (value: bigint, size: number): number[] => [
  ...Buffer.from(value.toString(16).padStart(2 * size, '0'), 'hex').reverse(),
];

const flag = (encoded: number[], isLarger: boolean): number[] => {
  encoded[encoded.length - 1] = (encoded.at(-1) as number) | (isLarger ? 0x80 : 0);
  return encoded;
};

/** Multiples of the generators in arkworks' compressed form, which both curves have in common with nobody else. */
const writers = [
  {
    order: bls12_381.fields.Fr.ORDER,
    g1: (n: bigint) => [...bls12_381.G1.Point.BASE.multiply(n).toBytes()],
    g2: (n: bigint) => [...bls12_381.G2.Point.BASE.multiply(n).toBytes()],
  },
  {
    order: bn254.fields.Fr.ORDER,
    g1: (n: bigint) => {
      const { x, y } = bn254.G1.Point.BASE.multiply(n).toAffine();
      return flag(littleEndian(x, 32), 2n * y > bn254.fields.Fp.ORDER);
    },
    g2: (n: bigint) => {
      const { x, y } = bn254.G2.Point.BASE.multiply(n).toAffine();
      return flag([...littleEndian(x.c0, 32), ...littleEndian(x.c1, 32)], 2n * y.c1 > bn254.fields.Fp.ORDER);
    },
  },
] as const;

/** A key whose secrets are known, and a proof made with them: c = (a b - alpha beta - inputs gamma) / delta. */
test.each([0, 1] as const)('a proof holds for its inputs only: curve %s', (curve) => {
  const { order, g1, g2 } = writers[curve];
  const mod = (value: bigint): bigint => ((value % order) + order) % order;
  const inverse = (value: bigint): bigint => (curve === 0 ? bls12_381 : bn254).fields.Fr.inv(value);
  const [alpha, beta, gamma, delta, a, b] = [3n, 5n, 7n, 11n, 13n, 17n] as const;
  const points = [19n, 23n, 29n] as const;
  const inputs = [1_000n, 2n ** 200n] as const;
  const combined = points[0] + inputs[0] * points[1] + inputs[1] * points[2];
  const c = mod((a * b - alpha * beta - combined * gamma) * inverse(delta));
  const key = [...g1(alpha), ...g2(beta), ...g2(gamma), ...g2(delta), ...littleEndian(3n, 8), ...points.flatMap(g1)];
  const prepared = prepare(curve, key).value as number[][];
  const proof = [...g1(a), ...g2(b), ...g1(c)];
  const given = inputs.flatMap((input) => littleEndian(input, 32));
  const holds = (inputsGiven: number[], proofGiven: number[]) => verify(curve, ...prepared, inputsGiven, proofGiven);
  const { verify: base, perInput, perInputByte } = nativeCosts.groth16;
  const units = base[curve] + 2 * perInput[curve] + 64 * perInputByte;
  expect(holds(given, proof)).toEqual({ value: true, units });
  expect(holds([...littleEndian(1_001n, 32), ...given.slice(32)], proof).value).toBe(false);
  expect(holds(given, [...g1(a + 1n), ...proof.slice(g1(a).length)]).value).toBe(false);
  expect(holds(given.slice(32), proof).value).toBe(false);
  expect(holds([...littleEndian(order, 32), ...given.slice(32)], proof).value).toBe(false);
  expect(holds(given, proof.slice(1)).value).toBe(false);
  expect(verify(curve, ...prepared.slice(0, 3), prepared[2] as number[], given, proof).value).toBe(false);
  expect(holds(new Array(9 * 32).fill(0), proof).abort).toBe(2);
});
