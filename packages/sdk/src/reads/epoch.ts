/** Epochs of the chain as time. */
import type { AtomaClient } from '../context/atoma.ts';
import { reach } from '../failures/network.ts';

/** Where the chain's clock stands. */
export interface EpochInfo {
  readonly epoch: bigint;
  /** Start of the epoch, ms since 1970. */
  readonly startMs: number;
  readonly durationMs: number;
  /** When the epoch is expected to end, ms since 1970. */
  readonly endMs: number;
  /** MIST per gas unit. */
  readonly referenceGasPrice: bigint;
}

/** The current epoch; takes a context or a bare client. */
export const getEpoch = async (source: { readonly client: AtomaClient } | AtomaClient): Promise<EpochInfo> => {
  const client = 'client' in source ? source.client : source;
  const { systemState } = await reach(client.network, client.core.getCurrentSystemState());
  const startMs = Number(systemState.epochStartTimestampMs);
  const durationMs = Number(systemState.parameters.epochDurationMs);
  const referenceGasPrice = BigInt(systemState.referenceGasPrice);
  return { epoch: BigInt(systemState.epoch), startMs, durationMs, endMs: startMs + durationMs, referenceGasPrice };
};

/** When an epoch begins. */
export interface EpochTime {
  /** Expected (or, for past ones, extrapolated) start of the epoch, ms since 1970. */
  readonly ms: number;
  /** ms from `nowMs` until then; 0 when it has begun. */
  readonly leftMs: number;
}

/** When `epoch` begins, as far as `now` tells. */
export const epochTime = (epoch: bigint, now: EpochInfo, nowMs: number = Date.now()): EpochTime => {
  const ms = now.startMs + Number(epoch - now.epoch) * now.durationMs;
  return { ms, leftMs: epoch <= now.epoch ? 0 : Math.max(0, ms - nowMs) };
};

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** A span for people: `2 d 3 h`, `40 min`, `12 s`. */
export const spanText = (ms: number): string => {
  const at = UNITS.findIndex(([, size]) => ms >= size);
  if (at < 0) return '0 s';
  const [unit, size] = UNITS[at] as readonly [string, number];
  const whole = Math.floor(ms / size);
  const next = UNITS[at + 1];
  const rest = next && at < 2 ? Math.floor((ms % size) / next[1]) : 0;
  return `${whole} ${unit}${rest > 0 && next ? ` ${rest} ${next[0]}` : ''}`;
};

/** `epoch 12 (in about 3 h)`, `epoch 10 (now)`, `epoch 9 (1 epoch ago)`. */
export const epochText = (epoch: bigint, now: EpochInfo, nowMs?: number): string => {
  if (epoch === now.epoch) return `epoch ${epoch} (now)`;
  if (epoch > now.epoch) return `epoch ${epoch} (in about ${spanText(epochTime(epoch, now, nowMs).leftMs)})`;
  const ago = now.epoch - epoch;
  return `epoch ${epoch} (${ago} epoch${ago === 1n ? '' : 's'} ago)`;
};
