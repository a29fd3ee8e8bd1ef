/** Small ids (the contract's short numbers) and object ids. */
import { isValidSuiAddress, isValidTransactionDigest, normalizeSuiAddress } from '@mysten/sui/utils';
import { valueError } from '../sdk-errors.ts';
import { MAX_U64 } from './amounts.ts';

/** A small id as parameters take it; whole, from 1. */
export type SmallIdInput = bigint | number;

/** One small id. Throws `VALUE_SMALL_ID`. */
export const parseSmallId = (text: string): bigint => {
  const plain = text.trim();
  if (!/^\d{1,20}$/.test(plain)) throw valueError('SMALL_ID', { text });
  return smallId(BigInt(plain));
};

/** A small id from a number; throws `VALUE_SMALL_ID` when it is not whole, is 0 or exceeds u64. */
export const smallId = (value: SmallIdInput): bigint => {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw valueError('SMALL_ID', { text: value });
  const id = BigInt(value);
  if (id < 1n || id > MAX_U64) throw valueError('SMALL_ID', { text: value });
  return id;
};

/** Ids separated by commas, spaces or given repeatedly, each once, in the order given. Throws `VALUE_SMALL_ID`. */
export const parseSmallIds = (input: string | readonly string[]): readonly bigint[] => {
  const parts = (typeof input === 'string' ? [input] : input)
    .flatMap((part) => part.replace(/^\s*\[|\]\s*$/g, '').split(/[\s,]+/))
    .filter((part) => part !== '');
  if (parts.length === 0) throw valueError('SMALL_ID', { text: '' });
  return [...new Set(parts.map(parseSmallId))];
};

/** `0x` and 64 lower-case hex digits of an object id or address written in any length. Throws `VALUE_OBJECT_ID`. */
export const parseObjectId = (text: string): string => {
  const normal = normalizeSuiAddress(text.trim());
  if (!isValidSuiAddress(normal)) throw valueError('OBJECT_ID', { text });
  return normal;
};

/** A transaction digest: base58 of 32 bytes. Throws `VALUE_DIGEST`. */
export const parseDigest = (text: string): string => {
  const digest = text.trim();
  if (!isValidTransactionDigest(digest)) throw valueError('DIGEST', { text });
  return digest;
};
