import { rpcError } from '../rpc-errors.ts';

/** A place in the chain: a transaction (or checkpoint) by number, and an event in it. */
export interface Position {
  readonly sequence: number;
  readonly index: number;
}

/** Index behind every event of a transaction: the place right after all of it. */
export const WHOLE = 0xffff_ffff;

const CURSOR_BYTES = 12;
const HIGH = 2 ** 32;

/** Eight bytes of sequence and four of index, big-endian; opaque to clients. */
export const encodeCursor = ({ sequence, index }: Position): Uint8Array => {
  const bytes = Buffer.alloc(CURSOR_BYTES);
  bytes.writeUInt32BE(Math.floor(sequence / HIGH), 0);
  bytes.writeUInt32BE(sequence % HIGH, 4);
  bytes.writeUInt32BE(index, 8);
  return new Uint8Array(bytes);
};

/** The place a cursor names; undefined without one. Throws RPC_BAD_CURSOR on bytes this server never sent. */
export const decodeCursor = (bytes: Uint8Array | undefined): Position | undefined => {
  if (bytes === undefined || bytes.length === 0) return undefined;
  if (bytes.length !== CURSOR_BYTES) throw rpcError('BAD_CURSOR');
  const view = new DataView(bytes.buffer, bytes.byteOffset, CURSOR_BYTES);
  const sequence = view.getUint32(0) * HIGH + view.getUint32(4);
  if (!Number.isSafeInteger(sequence)) throw rpcError('BAD_CURSOR');
  return { sequence, index: view.getUint32(8) };
};

/** Negative, zero or positive as `a` lies before, at or after `b` in the chain. */
export const comparePositions = (a: Position, b: Position): number => a.sequence - b.sequence || a.index - b.index;
