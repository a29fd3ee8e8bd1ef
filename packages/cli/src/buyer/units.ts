import { cliError } from '../kernel/cli-errors.ts';

const factors: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** A number of units as people write it: `20000`, `20k`, `1.5M`. */
export const parseUnits = (text: string, flag: string): bigint => {
  const found = /^(\d+(?:\.\d+)?)([kKmMgG]?)$/.exec(text.replaceAll('_', ''));
  const value = found ? Math.round(Number(found[1]) * (factors[(found[2] as string).toLowerCase()] as number)) : 0;
  if (!Number.isSafeInteger(value) || value < 1)
    throw cliError('BAD_VALUE', {
      flag,
      why: `"${text}" is not a number of units.`,
      hint: 'Write 20000, 20k or 1.5M.',
    });
  return BigInt(value);
};
