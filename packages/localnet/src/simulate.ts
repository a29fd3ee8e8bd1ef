import { ledgerError } from './errors.ts';
import type { Ledger } from './internal/state.ts';
import type { SimulateOptions, Simulation } from './types.ts';

/** Simulates. */
export const simulateTransaction = (_ledger: Ledger, _options: SimulateOptions): Simulation => {
  throw ledgerError('UNSUPPORTED', { feature: 'execution' });
};
