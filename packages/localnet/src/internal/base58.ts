/**
 * Base58 (Bitcoin's alphabet) of 32-byte digests only. Sui prints every digest so, ten and more in one transaction; fixed
 * width and wide limbs make it many times faster than the general method.
 */
const ALPHABET = Buffer.from('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz', 'latin1');
const ONE = ALPHABET[0] as number;
const VALUE = new Int8Array(128).fill(-1);
ALPHABET.forEach((code, value) => {
  VALUE[code] = value;
});

/** Five base58 digits in one limb: 58^5 x 2^16 is exact in a double. */
const LIMB = 58 ** 5;
const LIMBS = 9;
const WORD = 2 ** 16;
const limbs = new Float64Array(LIMBS);
const characters = Buffer.alloc(LIMBS * 5);

/** Base58 text of a 32-byte digest. */
export const digestText = (bytes: Uint8Array): string => {
  limbs.fill(0);
  let first = LIMBS - 1; // limbs before it are zero
  for (let at = 0; at < 32; at += 2) {
    let carry = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    for (let i = LIMBS - 1; i >= first || carry > 0; i--) {
      const sum = (limbs[i] as number) * WORD + carry;
      carry = Math.floor(sum / LIMB);
      limbs[i] = sum - carry * LIMB;
      if (i < first) first = i;
    }
  }
  spell();
  const text = characters.toString('latin1', firstDigit(leadingZeros(bytes)));
  remember(text, bytes);
  return text;
};

const spell = (): void => {
  for (let i = 0; i < LIMBS; i++) {
    let limb = limbs[i] as number;
    for (let digit = 4; digit >= 0; digit--) {
      const rest = Math.floor(limb / 58);
      characters[i * 5 + digit] = ALPHABET[limb - rest * 58] as number;
      limb = rest;
    }
  }
};

/** Where the text starts: every leading zero byte is one leading `1`. */
const firstDigit = (zeros: number): number => {
  let first = 0;
  while (first < characters.length && characters[first] === ONE) first += 1;
  return first - zeros;
};

const leadingZeros = (bytes: Uint8Array): number => {
  let zeros = 0;
  while (zeros < 32 && bytes[zeros] === 0) zeros += 1;
  return zeros;
};

/** 22-bit limbs: 2^22 x 58^5 is exact in a double; twelve hold 264 bits. */
const WIDE = 2 ** 22;
const WIDES = 12;
const wide = new Float64Array(WIDES);

const addDigits = (scale: number, digits: number): boolean => {
  let carry = digits;
  for (let i = WIDES - 1; i >= 0; i--) {
    const sum = (wide[i] as number) * scale + carry;
    carry = Math.floor(sum / WIDE);
    wide[i] = sum - carry * WIDE;
  }
  return carry === 0;
};

const toBytes = (): Uint8Array => {
  const bytes = new Uint8Array(32);
  let [at, pending, bits] = [31, 0, 0];
  for (let i = WIDES - 1; i >= 0; i--) {
    pending += (wide[i] as number) * 2 ** bits;
    bits += 22;
    for (; bits >= 8 && at >= 0; bits -= 8) {
      bytes[at--] = pending % 256;
      pending = Math.floor(pending / 256);
    }
  }
  return bytes;
};

/** Digests made or read lately: one transaction's digest is written into each of its objects. */
const recent = new Map<string, Uint8Array>();
const MAX_RECENT = 500;

const remember = (text: string, bytes: Uint8Array): void => {
  if (recent.size >= MAX_RECENT) recent.clear();
  recent.set(text, bytes);
};

/** 32 bytes (not to be changed) of a base58 digest, or undefined when the text is no such digest. */
export const digestBytes = (text: string): Uint8Array | undefined => {
  const known = recent.get(text);
  if (known) return known;
  const bytes = decode(text);
  if (!bytes) return undefined;
  remember(text, bytes);
  return bytes;
};

const decode = (text: string): Uint8Array | undefined => {
  if (text.length < 32 || text.length > 44) return undefined;
  wide.fill(0);
  for (let at = 0; at < text.length; ) {
    let [digits, scale] = [0, 1];
    for (const end = Math.min(at + 5, text.length); at < end; at++) {
      const code = text.charCodeAt(at);
      const value = code < 128 ? (VALUE[code] as number) : -1;
      if (value < 0) return undefined;
      digits = digits * 58 + value;
      scale *= 58;
    }
    if (!addDigits(scale, digits)) return undefined;
  }
  if ((wide[0] as number) >= 2 ** 14) return undefined; // above 256 bits
  const bytes = toBytes();
  let ones = 0;
  while (text.charCodeAt(ones) === ONE) ones += 1;
  return ones === leadingZeros(bytes) ? bytes : undefined;
};
