/** Amounts: whole base units inside, `100TOMA` and `0.1SUI` for people. */
import { valueError } from '../sdk-errors.ts';

/** Coins an amount can be written in; both have 9 decimals. */
export type AmountUnit = 'TOMA' | 'SUI';

/** An amount as parameters take it: base units (TOMA) or MIST (SUI), whole and not negative. */
export type AmountInput = bigint | number;

const DECIMALS = 9;
/** Base units in one TOMA, MIST in one SUI. */
export const BASE_UNITS: bigint = 10n ** BigInt(DECIMALS);
/** Largest value of a Move u64. */
export const MAX_U64: bigint = 2n ** 64n - 1n;

const fault = (text: string, why: string) => valueError('AMOUNT', { text, why });

const scaled = (text: string, whole: string, fraction: string): bigint => {
  if (fraction.length > DECIMALS) throw fault(text, `it has more than ${DECIMALS} decimals`);
  return BigInt(whole) * BASE_UNITS + BigInt(fraction.padEnd(DECIMALS, '0'));
};

const bounded = (text: string, amount: bigint): bigint => {
  if (amount > MAX_U64) throw fault(text, 'it exceeds 2^64 - 1 base units');
  return amount;
};

/**
 * Base units of an amount: `100TOMA`, `0.1 SUI`, `5` (base units), `1_000`. The unit written must be the unit asked.
 * Throws `VALUE_AMOUNT`, `VALUE_AMOUNT_UNIT`.
 */
export const parseAmount = (text: string, unit: AmountUnit = 'TOMA'): bigint => {
  const plain = text.trim().replaceAll('_', '');
  const match = /^(\d+)(?:\.(\d+))?\s*([A-Za-z]*)$/.exec(plain);
  if (!match) throw fault(text, /^-/.test(plain) ? 'it is negative' : 'it is not a number with an optional unit');
  const [, whole = '0', fraction = '', given = ''] = match;
  if (given === '') {
    if (fraction !== '') throw fault(text, 'a fraction needs its unit');
    return bounded(text, BigInt(whole));
  }
  const named = given.toUpperCase();
  if (named === 'MIST' && unit === 'SUI' && fraction === '') return bounded(text, BigInt(whole));
  if (named !== 'TOMA' && named !== 'SUI') throw fault(text, `"${given}" is not a unit`);
  if (named !== unit) throw valueError('AMOUNT_UNIT', { text, given: named, wanted: unit });
  return bounded(text, scaled(text, whole, fraction));
};

/** `100 TOMA`, `-0.1 SUI`: exact, without trailing zeros, thousands separated by commas. */
export const formatAmount = (amount: bigint, unit: AmountUnit = 'TOMA'): string => {
  const absolute = amount < 0n ? -amount : amount;
  const whole = (absolute / BASE_UNITS).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const fraction = (absolute % BASE_UNITS).toString().padStart(DECIMALS, '0').replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`} ${unit}`;
};
