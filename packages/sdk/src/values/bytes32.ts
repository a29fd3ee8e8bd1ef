/** Reading 32-byte values in every form people and other programs write them. */
import { fromHex } from '@atoma/base';
import { fromBase64 } from '@mysten/bcs';
import { valueError } from '../sdk-errors.ts';

/** How to read what lies outside the text itself. */
export interface ValueSources {
  /** Content of a file named after `@`. Binary files of exactly 32 bytes are taken as they are. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Everything on standard input, for `-`. */
  readonly readStdin: () => Promise<Uint8Array>;
}

const SIZE = 32;

const fault = (what: string, why: string) =>
  valueError('BYTES32', { what: what.length > 80 ? `${what.slice(0, 77)}...` : what, why });

const exact = (bytes: Uint8Array, what: string): Uint8Array => {
  if (bytes.length !== SIZE) throw fault(what, `it has ${bytes.length} bytes`);
  return bytes;
};

const fromNumbers = (parts: readonly string[], what: string): Uint8Array => {
  const numbers = parts.map((part) => part.trim());
  const bad = numbers.find((part) => !/^(\d{1,3}|0x[0-9a-fA-F]{1,2})$/.test(part) || Number(part) > 255);
  if (bad !== undefined) throw fault(what, `"${bad}" is not a byte from 0 to 255`);
  return exact(Uint8Array.from(numbers, Number), what);
};

/** Base64 of either alphabet, padded or not. */
const fromBase64Text = (text: string): Uint8Array => {
  const digits = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  if (digits.length % 4 === 1) throw fault(text, 'it is no whole base64');
  return fromBase64(digits);
};

const isBase64 = (text: string): boolean => /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);

const fromText = (text: string): Uint8Array => {
  if (text.startsWith('[') && text.endsWith(']')) return fromNumbers(text.slice(1, -1).split(','), text);
  if (text.includes(',')) return fromNumbers(text.split(','), text);
  if (/^\d+(\s+\d+)+$/.test(text)) return fromNumbers(text.split(/\s+/), text);
  // Base64 may begin with 0x too; a text of hex digits alone stays hex, so that truncated hex is never taken for base64.
  if (/^0x[0-9a-f]*$/i.test(text) || (/^0x/i.test(text) && !isBase64(text))) return fromHexText(text);
  if (/^[0-9a-fA-F]{64}$/.test(text)) return fromHexText(text);
  if (!isBase64(text)) throw fault(text, 'it is neither hex, base64 nor a list of numbers');
  return exact(fromBase64Text(text), text);
};

const fromHexText = (text: string): Uint8Array => {
  const bytes = fromHex(text.replace(/^0X/, '0x'));
  if (!bytes) throw fault(text, 'it contains something other than whole bytes of hex');
  return exact(bytes, text);
};

/** 32 bytes from text without outside sources: `0x` hex, base64, `[1,2,...]`, a comma list, or 32 repeated numbers. Throws `VALUE_BYTES32`. */
export const parseBytes32Sync = (input: string | readonly string[]): Uint8Array => {
  if (typeof input !== 'string') {
    if (input.length !== 1) return fromNumbers(input, input.join(','));
    return parseBytes32Sync(input[0] as string);
  }
  const text = input.trim();
  if (text === '') throw fault('An empty text', 'nothing was given');
  return fromText(text);
};

const fromContent = (content: Uint8Array): Uint8Array =>
  content.length === SIZE && content.some((byte) => byte < 9 || byte > 126)
    ? content
    : parseBytes32Sync(new TextDecoder().decode(content));

/** 32 bytes from any accepted form, `@file` and `-` included. Throws `VALUE_BYTES32`, or `VALUE_NO_READER` without `sources`. */
export const parseBytes32 = async (input: string | readonly string[], sources?: ValueSources): Promise<Uint8Array> => {
  const only = typeof input === 'string' ? input : input.length === 1 ? (input[0] as string) : undefined;
  const outside = only !== undefined && (only === '-' || only.startsWith('@'));
  if (!outside) return parseBytes32Sync(input);
  if (!sources) throw valueError('NO_READER', { what: only });
  return fromContent(await (only === '-' ? sources.readStdin() : sources.readFile(only.slice(1))));
};
