/** Reading a write's result from the events it emitted, and checking its numbers before it is built. */
import type { Atoma } from '../context/atoma.ts';
import { type AtomaEvent, decodeEvent, type EventData, type EventKind } from '../events/decode.ts';
import { sdkError, valueError } from '../sdk-errors.ts';
import { MAX_U64 } from '../values/amounts.ts';
import type { Ran } from './run-transaction.ts';

/** Every event of this deployment that a transaction emitted, in order. */
export const eventsOf = (ran: Ran, atoma: Atoma): readonly AtomaEvent[] =>
  ran.events
    .map((event, eventIndex) =>
      decodeEvent(atoma.deployment, { ...event, eventIndex, transactionDigest: ran.digest, checkpoint: null }),
    )
    .filter((event) => event !== null);

/** Data of every event of a kind. */
export const allOf = <Kind extends EventKind>(ran: Ran, atoma: Atoma, kind: Kind): readonly EventData<Kind>[] =>
  eventsOf(ran, atoma)
    .filter((event) => event.kind === kind)
    .map((event) => event.data as EventData<Kind>);

/** Data of the first event of a kind, or undefined. */
export const firstOf = <Kind extends EventKind>(ran: Ran, atoma: Atoma, kind: Kind): EventData<Kind> | undefined =>
  allOf(ran, atoma, kind)[0];

/** Data of the event a successful call must emit. Throws `SDK_RESULT_MISSING`. */
export const theOnly = <Kind extends EventKind>(ran: Ran, atoma: Atoma, kind: Kind, label: string): EventData<Kind> => {
  const found = firstOf(ran, atoma, kind);
  if (!found) throw sdkError('RESULT_MISSING', { label, digest: ran.digest, event: kind });
  return found;
};

/** A u64 parameter. Throws `VALUE_RANGE` when it is not whole or does not fit. */
export const whole = (value: bigint | number, what: string, high: bigint = MAX_U64): bigint => {
  const fits = typeof value === 'bigint' || Number.isSafeInteger(value);
  const number = fits ? BigInt(value) : -1n;
  if (number < 0n || number > high) throw valueError('RANGE', { what, value: String(value), low: 0, high });
  return number;
};

/** A small unsigned parameter such as a role. Throws `VALUE_RANGE`. */
export const small = (value: number, what: string, high: number): number => Number(whole(value, what, BigInt(high)));

const HASH_BYTES = 32;

/** A 32-byte parameter. Throws `VALUE_BYTES32`. */
export const bytes32 = (value: Uint8Array, what: string): Uint8Array => {
  if (value.length === HASH_BYTES) return value;
  throw valueError('BYTES32', { what, why: `it has ${value.length} bytes` });
};
