import { amount, objectId, optional } from '../kernel/flags.ts';

const packages = {
  tomaPackage: optional(objectId('package id of the TOMA coin (default: the recorded one)')),
  package: optional(objectId('package id of the market (default: the recorded one)')),
};

/** Flags of `toma faucet`. */
export const faucetFlags = { amount: amount('TOMA to ask for, at most 1,000 TOMA a call and an epoch'), ...packages };
/** Flags of switching the faucet. */
export const faucetSwitchFlags = {
  treasuryCap: optional(objectId('the treasury cap (default: found)')),
  ...packages,
};
