import { isAtomaError } from '@atoma/base';
import { cliError } from './cli-errors.ts';
import { hintOf } from './command-hints.ts';
import type { CompletionKind, Flag, ValueSource } from './flag.ts';

/** The SDK's readers of values, loaded with the first value that needs them. */
const sdkValues = () => import('./values.ts');

const bad = (source: ValueSource, why: string, hint: string, cause?: unknown) =>
  cliError('BAD_VALUE', { flag: source.name, why, hint }, cause);

/** Runs a reader of the SDK and puts the flag's name in front of what it complains about. */
const named = async <T>(source: ValueSource, read: () => T | Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    throw isAtomaError(error) ? bad(source, error.message, hintOf(error), error) : error;
  }
};

const last = (words: readonly string[]): string => words[words.length - 1] as string;

type Basics = { readonly brief: string; readonly placeholder: string; readonly complete?: CompletionKind };

const required = <T>(basics: Basics, parse: Flag<T>['parse'], many = false): Flag<T> => ({
  ...basics,
  optional: false,
  isSwitch: false,
  many,
  parse,
});

/** The same flag, but it may be left out. */
export const optional = <T>(flag: Flag<T>): Flag<T | undefined> => ({ ...flag, optional: true });

/** The same flag, which may be left out when the flag `other` is given. */
export const unless = <T>(other: string, flag: Flag<T>): Flag<T | undefined> => ({ ...flag, unless: other });

/** The same flag with a value for when it is left out. */
export const withDefault = <T>(flag: Flag<T>, fallback: T): Flag<T> => ({ ...flag, optional: true, fallback });

/** A switch: true when given. */
export const toggle = (brief: string): Flag<boolean> => ({
  brief,
  placeholder: '',
  optional: true,
  isSwitch: true,
  many: false,
  parse: () => true,
  fallback: false,
});

/** Any text. */
export const text = (brief: string, placeholder = 'TEXT', complete?: CompletionKind): Flag<string> =>
  required({ brief, placeholder, ...(complete ? { complete } : {}) }, last);

/** All words that are left, as they are. */
export const words = (brief: string, placeholder: string): Flag<readonly string[]> =>
  required<readonly string[]>({ brief, placeholder }, (given) => given, true);

/** One word of a closed set. */
export const choice = <const T extends string>(brief: string, values: readonly T[]): Flag<T> => ({
  ...required<T>({ brief, placeholder: values.join('|') }, (words, source) => {
    const word = last(words);
    if (values.includes(word as T)) return word as T;
    throw bad(source, `"${word}" is not one of ${values.join(', ')}.`, `Give one of: ${values.join(', ')}.`);
  }),
  values,
});

const digits = /^\d[\d_]*$/;

const readInteger = (word: string, source: ValueSource, min: bigint, max: bigint, unit: string): bigint => {
  const value = digits.test(word) ? BigInt(word.replaceAll('_', '')) : undefined;
  if (value === undefined)
    throw bad(
      source,
      `"${word}" is not a whole number.`,
      `Give ${unit} as digits, for example ${min > 0n ? min : 1n}.`,
    );
  if (value < min || value > max)
    throw bad(source, `${word} is outside ${min} to ${max} ${unit}.`, `Give a number from ${min} to ${max}.`);
  return value;
};

const u64Max = 2n ** 64n - 1n;

/** A whole number from `min` to 2^64-1, in `unit`. */
export const u64 = (brief: string, placeholder: string, unit: string, min = 0n): Flag<bigint> =>
  required({ brief, placeholder }, (words, source) => readInteger(last(words), source, min, u64Max, unit));

/** A small whole number from `min` to `max`. */
export const integer = (brief: string, placeholder: string, min: number, max: number, unit: string): Flag<number> =>
  required({ brief, placeholder }, (words, source) =>
    Number(readInteger(last(words), source, BigInt(min), BigInt(max), unit)),
  );

/** Whole numbers from 0, with commas, spaces or repeated flags. */
export const numbers = (brief: string, placeholder: string, unit: string): Flag<readonly bigint[]> =>
  required<readonly bigint[]>(
    { brief, placeholder },
    (words, source) =>
      words
        .flatMap((word) => word.split(/[\s,]+/))
        .filter((word) => word !== '')
        .map((word) => readInteger(word, source, 0n, u64Max, unit)),
    true,
  );

/** The small id of a task, node or stack. */
export const smallId = (brief: string, complete: CompletionKind): Flag<bigint> =>
  required({ brief, placeholder: 'ID', complete }, (words, source) =>
    readInteger(last(words), source, 1n, u64Max, 'as an id'),
  );

/** Small ids with commas, spaces or repeated flags. */
export const smallIds = (brief: string): Flag<readonly bigint[]> =>
  required<readonly bigint[]>(
    { brief, placeholder: 'ID,ID,...' },
    (words, source) => named(source, async () => (await sdkValues()).parseSmallIds(words)),
    true,
  );

const objectIdPattern = /^(0x)?[0-9a-fA-F]{1,64}$/;

const readObjectId = (word: string, source: ValueSource): string => {
  if (!objectIdPattern.test(word))
    throw bad(
      source,
      `"${word}" is not an object id.`,
      'An id is 0x and up to 64 hex digits; `atoma wallet balance` lists yours.',
    );
  return `0x${word.replace(/^0x/, '').toLowerCase().padStart(64, '0')}`;
};

/** An object or package id: `0x` and up to 64 hex digits, written out to 64. */
export const objectId = (brief: string): Flag<string> =>
  required({ brief, placeholder: '0xID' }, (words, source) => readObjectId(last(words), source));

/** The digest of a transaction. */
export const digest = (brief: string): Flag<string> =>
  required({ brief, placeholder: 'DIGEST' }, (words, source) =>
    named(source, async () => (await sdkValues()).parseDigest(last(words))),
  );

/** The id of a request: 32 hex digits. */
export const requestId = (brief: string): Flag<string> =>
  required({ brief, placeholder: 'HEX' }, (words, source) => {
    const word = last(words);
    if (/^[0-9a-f]{32}$/i.test(word)) return word.toLowerCase();
    throw bad(source, `"${word}" is not a request id.`, 'It has 32 hex digits; `atoma receipts list` shows them.');
  });

/** 32 bytes in any of the documented writings. */
export const bytes32 = (brief: string): Flag<Uint8Array> =>
  required<Uint8Array>(
    { brief: `${brief}: 0x hex, base64, [1,2,...], a comma list, @file or -`, placeholder: 'BYTES32' },
    (words, source) => named(source, async () => (await sdkValues()).readBytes32(words, source)),
    true,
  );

/** An amount in base units, or with its unit: `100TOMA`, `0.1SUI`. */
export const amount = (brief: string, unit: 'TOMA' | 'SUI' = 'TOMA'): Flag<bigint> =>
  required<bigint>(
    {
      brief: `${brief} (${unit === 'SUI' ? 'MIST, or like 0.1SUI' : 'base units, or like 1.5TOMA'})`,
      placeholder: unit,
    },
    (words, source) => named(source, async () => (await sdkValues()).parseAmount(last(words), unit)),
  );

/** A role by number or name. */
export const role = (brief: string): Flag<number> => ({
  ...required<number>({ brief, placeholder: '0..7' }, (words, source) =>
    named(source, async () => (await sdkValues()).parseRole(last(words))),
  ),
});

/** A security level by number or name. */
export const securityLevel = (brief: string): Flag<number> => ({
  ...required<number>({ brief, placeholder: '0..2' }, (words, source) =>
    named(source, async () => (await sdkValues()).parseSecurityLevel(last(words))),
  ),
});
