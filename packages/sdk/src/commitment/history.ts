/** History files: what a node served on one stack, as text people and programs keep. */
import { valueError } from '../sdk-errors.ts';
import { MAX_U64 } from '../values/amounts.ts';
import { parseBytes32Sync } from '../values/bytes32.ts';

/** One served request. Its index is its place in the list. */
export interface HistoryEntry {
  /** 32 bytes. */
  readonly requestHash: Uint8Array;
  /** Hash of the work that the leaf commits to, 32 bytes; files may call it `work_hash` as well as `content_hash`. */
  readonly contentHash: Uint8Array;
  /** Compute units charged for it. */
  readonly units: bigint;
}

/** Requests of one stack in the node's order. */
export interface History {
  readonly leaves: readonly HistoryEntry[];
}

const fault = (why: string) => valueError('HISTORY', { why });

const hashOf = (row: Record<string, unknown>, names: readonly string[], at: number): Uint8Array => {
  const value = names.map((name) => row[name]).find((field) => field !== undefined);
  try {
    if (typeof value === 'string') return parseBytes32Sync(value);
    if (Array.isArray(value)) return parseBytes32Sync(value.map(String));
  } catch (cause) {
    throw fault(`${names[0]} of leaf ${at}: ${(cause as Error).message}`);
  }
  throw fault(`leaf ${at} has no ${names[0]}`);
};

const unitsOf = (value: unknown, at: number): bigint => {
  const whole = (typeof value === 'string' && /^\d{1,20}$/.test(value)) || Number.isSafeInteger(value);
  const units = whole ? BigInt(value as string | number) : -1n;
  if (units < 0n || units > MAX_U64) throw fault(`units of leaf ${at} are not a whole number`);
  return units;
};

/** Reads one leaf, the `at`th of its list. Throws `VALUE_HISTORY`. */
export const parseHistoryEntry = (row: unknown, at: number): HistoryEntry => {
  if (typeof row !== 'object' || row === null) throw fault(`leaf ${at} is not an object`);
  const fields: Readonly<Record<string, unknown>> = { ...row };
  if (fields.index !== undefined && Number(fields.index) !== at)
    throw fault(`leaf ${at} carries index ${String(fields.index)}; indices run from 0 without gaps`);
  return {
    requestHash: hashOf(fields, ['request_hash', 'requestHash'], at),
    contentHash: hashOf(fields, ['content_hash', 'contentHash', 'work_hash', 'workHash'], at),
    units: unitsOf(fields.units, at),
  };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fault((cause as Error).message);
  }
};

/** JSON lines: several lines, each an object of its own. */
const isLines = (text: string): boolean => /^\{.*\}\s*\n\s*\{/.test(text);

const parseValue = (text: string): unknown =>
  isLines(text)
    ? text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map(parseJson)
    : parseJson(text);

const rowsOf = (text: string): readonly unknown[] => {
  if (text === '') return [];
  const value = parseValue(text);
  if (Array.isArray(value)) return value;
  const { leaves, units }: Readonly<Record<string, unknown>> = Object(value);
  if (Array.isArray(leaves)) return leaves;
  if (units !== undefined) return [value];
  throw fault('there is no list of leaves');
};

/** Reads a history: a JSON object with `leaves`, a bare JSON list, or JSON lines. Throws `VALUE_HISTORY`. */
export const parseHistory = (text: string): History => {
  const leaves = rowsOf(text.trim()).map(parseHistoryEntry);
  if (leaves.reduce((sum, entry) => sum + entry.units, 0n) > MAX_U64)
    throw fault('the units add up to more than 2^64 - 1');
  return { leaves };
};
