/** Parsers under inputs that nearly hold. FUZZ=500 looks 500 times as long (2,000 inputs each without it). */
import { isAtomaError } from '@atoma/base';
import { expect, test } from 'vitest';
import { Refusal } from '../../packages/attest/src/index.ts';
import { inputs } from './mutate.ts';

const FUZZ = Number(process.env.FUZZ ?? 1);
const INPUTS = 2_000 * FUZZ;

/** Bytes of a JSON document. */
export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Bytes as UTF-8. */
export const text = (bytes: Buffer): string => bytes.toString('utf8');

/** Whether an error is one that a parser documents. */
type Refused = (error: unknown) => boolean;

/** An error of a catalogue. */
export const named: Refused = (error) => isAtomaError(error);

/** What the package of hardware evidence says no with. */
export const refusal: Refused = (error) => error instanceof Refusal;

/** A parser, with inputs that hold. */
export type Parser = readonly [
  name: string,
  parse: (bytes: Buffer) => unknown,
  seeds: readonly Buffer[],
  refused?: Refused,
];

/** A test for each: it gives a value or refuses with an error that it documents. */
export const fuzz = (parsers: readonly Parser[]): void => {
  test.each(parsers.map((parser) => [parser[0], parser] as const))(
    '%s gives a value or a refusal',
    async (name, parser) => {
      const [, parse, seeds, refused = named] = parser;
      expect(seeds.length).toBeGreaterThan(0);
      let left = INPUTS;
      for (const bytes of inputs(seeds, left + name.length)) {
        if (left-- === 0) break;
        try {
          await parse(bytes);
        } catch (error) {
          if (!refused(error)) throw Error(`${name} threw ${error} for ${bytes.toString('base64')}`, { cause: error });
        }
      }
    },
    300_000 * FUZZ,
  );
};
