import { addGaslessType } from './internal/gasless.ts';
import { change, type Ledger, stateOf } from './internal/state.ts';

/**
 * Lets coins of a type move between address balances in transactions nobody pays for (price 0, budget 0, no gas coins), as
 * a network's protocol configuration does for its stablecoins. `least` is the smallest amount an address may be sent, in base units.
 * Holds for good, restores included. Throws LEDGER_BAD_ARGUMENT.
 */
export const allowGasless = (ledger: Ledger, coinType: string, least = 0n): void => {
  const state = stateOf(ledger);
  change(state, () => addGaslessType(state, coinType, least));
};
