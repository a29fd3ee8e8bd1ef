import { blake2b256 } from '@atoma/base';
import { rpcError } from './rpc-errors.ts';

const MARK_BYTES = 8;

/** Bytes that stand for a list: what it is of and how it is narrowed. */
const markOf = (list: readonly string[]): Uint8Array =>
  blake2b256(Buffer.from(JSON.stringify(list), 'utf8')).subarray(0, MARK_BYTES);

/** A page token: where a list goes on, which counts for that list alone. Opaque to clients. */
export const pageToken = (cursor: Uint8Array, list: readonly string[]): Uint8Array =>
  new Uint8Array(Buffer.concat([markOf(list), cursor]));

/** The cursor in a token of this list; undefined without a token. Throws RPC_BAD_PAGE_TOKEN. */
export const cursorOf = (token: Uint8Array | undefined, list: readonly string[]): Uint8Array | undefined => {
  if (token === undefined || token.length === 0) return undefined;
  if (Buffer.compare(token.subarray(0, MARK_BYTES), markOf(list)) !== 0) throw rpcError('BAD_PAGE_TOKEN');
  return token.subarray(MARK_BYTES);
};
