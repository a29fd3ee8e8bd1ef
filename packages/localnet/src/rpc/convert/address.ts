import type { Address } from '@atoma/move-engine';
import { rpcError } from '../rpc-errors.ts';

/** An id as clients write it: `0x` and 64 hex digits. */
export const prefixed = (id: Address): string => `0x${id}`;

/** 64 hex digits of an address in any usual spelling; throws RPC_BAD_FIELD or RPC_MISSING_FIELD naming the field. */
export const parseAddress = (text: string | undefined, field: string): Address => {
  if (text === undefined || text === '') throw rpcError('MISSING_FIELD', { field });
  const match = /^(?:0x)?([0-9a-fA-F]{1,64})$/.exec(text);
  if (!match) throw rpcError('BAD_FIELD', { field, reason: `${JSON.stringify(text)} is not an address` });
  return (match[1] as string).toLowerCase().padStart(64, '0');
};

/** A u64 of a request as a number; throws RPC_BAD_FIELD beyond 2^53. */
export const parseCount = (value: bigint, field: string): number => {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw rpcError('BAD_FIELD', { field, reason: `${value} is too large` });
  return Number(value);
};

/** A u64 of a request that names a place in the chain, as a number: beyond 2^53 nothing is, as little as there. */
export const placeOf = (value: bigint): number =>
  value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);

/** A protobuf timestamp of milliseconds since 1970. */
export const timestampOf = (ms: number): { seconds: bigint; nanos: number } => ({
  seconds: BigInt(Math.floor(ms / 1000)),
  nanos: (ms % 1000) * 1_000_000,
});
