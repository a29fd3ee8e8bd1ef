/**
 * The log of what a TDX guest's boot measured (CCEL): "TCG PC Client Platform Firmware Profile", crypto-agile form, with registers in the
 * place of PCRs ("UEFI specification", CC measurement: index 1 to 4 is RTMR0 to RTMR3). A log proves nothing by itself: replayed it
 * gives the registers of a report, or it is not the log of that guest.
 */
import { createHash } from 'node:crypto';
import { openReader, type Reader } from '../bytes.ts';
import { attempt, demand, type Reason, Refusal } from '../reason.ts';

/** The registers a boot measures into. */
export const REGISTERS = ['rtmr0', 'rtmr1', 'rtmr2', 'rtmr3'] as const;

/** Name of a register. */
export type Register = (typeof REGISTERS)[number];

/** One measurement. */
export interface MeasuredEvent {
  readonly register: Register;
  /** TCG's number of its type. */
  readonly type: number;
  /** SHA-384, hexadecimal: the register became SHA-384(register || digest). */
  readonly digest: string;
  /** What the firmware says it measured; nobody vouches for it. */
  readonly data: Buffer;
}

const SHA384 = 0x000c;
const DIGEST_BYTES = 48;
/** Tells about the log itself and is not measured. */
const NO_ACTION = 3;
const SIGNATURE = Buffer.from('Spec ID Event03\0', 'latin1');
/** Most digests of one event: one for each algorithm of the header. */
const MOST_ALGORITHMS = 16;

/** Sizes of digests by algorithm, from the first event, whose own form is the older one. */
const readHeader = (reader: Reader): ReadonlyMap<number, number> => {
  reader.take(4);
  const type = reader.u32();
  reader.take(20);
  const size = reader.u32();
  const event = openReader(reader.take(size), "event log's header");
  demand(
    type === NO_ACTION && event.take(SIGNATURE.length).equals(SIGNATURE),
    'malformed',
    'The event log does not begin as one.',
  );
  event.take(8);
  const count = event.u32();
  demand(count <= MOST_ALGORITHMS, 'malformed', 'The event log names too many algorithms.');
  const sizes = new Map<number, number>();
  for (let i = 0; i < count; i++) sizes.set(event.u16(), event.u16());
  demand(sizes.get(SHA384) === DIGEST_BYTES, 'malformed', 'The event log has no SHA-384 digests.');
  return sizes;
};

/** The SHA-384 digest of an event, among those of other algorithms. */
const readDigest = (reader: Reader, sizes: ReadonlyMap<number, number>): Buffer => {
  let found: Buffer | undefined;
  const count = reader.u32();
  demand(count <= MOST_ALGORITHMS, 'malformed', 'An event of the log has too many digests.');
  for (let i = 0; i < count; i++) {
    const algorithm = reader.u16();
    const size = sizes.get(algorithm);
    demand(size !== undefined, 'malformed', 'An event of the log has a digest its header does not name.');
    const digest = reader.take(size);
    if (algorithm === SHA384) found = digest;
  }
  if (!found) throw new Refusal('malformed', 'An event of the log has no SHA-384 digest.');
  return found;
};

/** Whether nothing but the filling of the log's memory is left. */
const onlyFilling = (rest: Buffer): boolean => rest.every((byte) => byte === 0xff) || rest.every((byte) => byte === 0);

/** Reads a log. Throws `Refusal` for one that cannot be read. */
export const readEventLog = (bytes: Buffer): readonly MeasuredEvent[] => {
  const reader = openReader(bytes, 'event log');
  const sizes = readHeader(reader);
  const events: MeasuredEvent[] = [];
  while (reader.at() < bytes.length) {
    const begins = bytes.readUInt8(reader.at());
    if ((begins === 0xff || begins === 0) && onlyFilling(bytes.subarray(reader.at()))) break;
    const index = reader.u32();
    const type = reader.u32();
    const digest = readDigest(reader, sizes);
    const data = reader.take(reader.u32());
    if (type === NO_ACTION) continue;
    const register = REGISTERS[index - 1];
    demand(register !== undefined, 'malformed', `The event log measures into register ${index}, which a guest cannot.`);
    events.push({ register, type, digest: digest.toString('hex'), data });
  }
  return events;
};

/** What a register holds after these digests, from zeros; hexadecimal. */
export const replayed = (digests: readonly string[]): string =>
  digests
    .reduce(
      (register, digest) => createHash('sha384').update(register).update(digest, 'hex').digest(),
      Buffer.alloc(DIGEST_BYTES),
    )
    .toString('hex');

/** The digests of one register, in order. */
export const digestsOf = (events: readonly MeasuredEvent[], register: string): readonly string[] =>
  events.filter((event) => event.register === register).map(({ digest }) => digest);

/** Why a log is not the one of a report, by the report's `rtmr0` to `rtmr3`; empty: it leads to every register it measures into. */
export const eventLogReasons = (log: Buffer, claims: Readonly<Record<string, string>>): readonly Reason[] => {
  const reasons: Reason[] = [];
  const events = attempt(reasons, () => readEventLog(log)) ?? [];
  for (const register of REGISTERS) {
    const digests = digestsOf(events, register);
    if (digests.length === 0 || replayed(digests) === claims[register]) continue;
    const text = `The event log does not lead to register ${register} of the report: it is of another guest, or more was measured since.`;
    reasons.push({ code: 'measurement', text });
  }
  return reasons;
};

/** An event as a policy names it: a digest, or several of which it must be one. */
export type AllowedEvent = string | readonly string[];

/**
 * Whether a register holds these events, in this order. `found`: the log's digests of it, which only choose among alternatives; what
 * counts is the register.
 */
export const holdsEvents = (register: string, allowed: readonly AllowedEvent[], found: readonly string[]): boolean => {
  const digests = allowed.map((each, i) =>
    typeof each === 'string' ? each : each.find((one) => one === found[i] || each.length === 1),
  );
  return digests.every((each) => each !== undefined) && replayed(digests as readonly string[]) === register;
};
