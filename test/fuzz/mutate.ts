/** Inputs that nearly hold: seeds with a few bytes changed, cut, doubled or exchanged with another seed's. The same for a seed number. */
const dice = (seed: number) => {
  let state = seed | 0;
  return (sides: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  };
};

/** Pieces that parsers trip over. */
const pieces = [
  ...['\0', '\xff', '{', '}', '[', ']', '"', '\\u0000', 'null', '-0', '1e999', '-1', '9007199254740993', '1.5', 'true'],
  ...[
    '__proto__',
    'constructor',
    '\r\n\r\n',
    '\ud800',
    '../',
    '%00',
    ';',
    '=',
    ',',
    '0x',
    '\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80',
  ],
].map((text) => Buffer.from(text, 'latin1'));
const extremes = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

type Change = (bytes: Buffer, roll: (sides: number) => number, seeds: readonly Buffer[]) => Buffer;

const changes: readonly Change[] = [
  (bytes, roll) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[roll(copy.length)] = roll(256);
    return copy;
  },
  (bytes, roll) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[roll(copy.length)] = extremes[roll(extremes.length)] as number;
    return copy;
  },
  (bytes, roll) => bytes.subarray(0, roll(bytes.length + 1)),
  (bytes, roll) => bytes.subarray(roll(bytes.length + 1)),
  (bytes, roll) => {
    const [from, to] = [roll(bytes.length + 1), roll(bytes.length + 1)].sort((a, b) => a - b) as [number, number];
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, roll) => {
    const [from, to] = [roll(bytes.length + 1), roll(bytes.length + 1)].sort((a, b) => a - b) as [number, number];
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, roll) => {
    const at = roll(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), pieces[roll(pieces.length)] as Buffer, bytes.subarray(at)]);
  },
  (bytes, roll, seeds) => {
    const other = seeds[roll(seeds.length)] as Buffer;
    return Buffer.concat([bytes.subarray(0, roll(bytes.length + 1)), other.subarray(roll(other.length + 1))]);
  },
];

/** Endless inputs. */
export function* inputs(seeds: readonly Buffer[], number: number): Generator<Buffer> {
  const roll = dice(number);
  for (;;) {
    let bytes = seeds[roll(seeds.length)] as Buffer;
    for (let left = roll(4) + 1; left > 0; left--)
      bytes = (changes[roll(changes.length)] as Change)(bytes, roll, seeds);
    yield bytes.subarray(0, 1 << 16);
  }
}
