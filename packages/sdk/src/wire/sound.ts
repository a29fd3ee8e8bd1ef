/** Length of a sound from its container header: WAV and FLAC, whose headers tell it exactly. */
import { audioUnits } from './units.ts';

const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  Buffer.from(bytes.subarray(at, at + length)).toString('latin1');

const wavUnits = (bytes: Uint8Array): bigint | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let bytesPerSecond = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    const name = ascii(bytes, at, 4);
    if (name === 'fmt ' && at + 24 <= bytes.length) bytesPerSecond = view.getUint32(at + 16, true);
    if (name === 'data') {
      const length = Math.min(size, bytes.length - at - 8);
      return bytesPerSecond > 0 ? audioUnits(BigInt(length), BigInt(bytesPerSecond)) : undefined;
    }
    at += 8 + size + (size & 1);
  }
  return undefined;
};

const flacUnits = (bytes: Uint8Array): bigint | undefined => {
  if (bytes.length < 26) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const packed = view.getBigUint64(18);
  const sampleRate = packed >> 44n;
  const samples = packed & 0xf_ffff_ffffn;
  return sampleRate > 0n && samples > 0n ? audioUnits(samples, sampleRate) : undefined;
};

/** Units of 10 ms, rounded up; undefined when the header does not tell. */
export const soundUnits = (bytes: Uint8Array): bigint | undefined => {
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WAVE') return wavUnits(bytes);
  return ascii(bytes, 0, 4) === 'fLaC' ? flacUnits(bytes) : undefined;
};

/** Fewest bytes a second of a sound whose header does not tell its length: 4 kbit/s. */
const LEAST_BYTES = 500n;

/** The same, and where the header does not tell it the longest sound so many bytes can hold. */
export const soundUpperBound = (bytes: Uint8Array): bigint =>
  soundUnits(bytes) ?? audioUnits(BigInt(bytes.length), LEAST_BYTES);
