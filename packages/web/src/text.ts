/** Values as people read them. */

/** Bytes as hex with `0x`; `none` for no bytes and for zeros, which stand for none in the market. */
export const hex = (bytes: Uint8Array): string =>
  bytes.every((byte) => byte === 0)
    ? 'none'
    : `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;

/** A time in UTC to the second; a dash for none. */
export const timeText = (ms: number | null): string =>
  ms === null ? '–' : new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
