/** What to do about each named error of the contract. A table: one entry a Move error constant. */

/** Advice on one named error. */
export interface AbortEntry {
  /** Replaces the contract's own text where people need more than it says. */
  readonly sentence?: string;
  /** The next step. */
  readonly remedy: string;
  /** Whether waiting alone can make the call succeed. Default false. */
  readonly retryable?: boolean;
}

/** By constant name. */
export const abortCatalogue: Readonly<Record<string, AbortEntry>> = {
  EFaucetDisabled: {
    remedy: 'On a network of your own switch it on: `toma enable-faucet`. Elsewhere TOMA must be bought or given.',
  },
  EFaucetAlreadyEnabled: { remedy: 'Nothing to do: the faucet is on.' },
  ENotFaucetOwner: { remedy: 'Use the wallet that switched the faucet on.' },
  EZeroAmount: { remedy: 'Give an amount of at least one base unit, for example 100TOMA.' },
  EFaucetLimitExceeded: {
    remedy: 'Ask for less, or again in the next epoch; on the embedded network `chain advance` moves to it.',
    retryable: true,
  },
  ESupplyExhausted: { remedy: 'No more TOMA can be minted; use what exists.' },
  ENot32Bytes: { remedy: 'Give exactly 32 bytes, for example 0x and 64 hex digits.' },
  EAmountTooLarge: { remedy: 'Lower the price or the number of units: their product must fit 64 bits.' },
  EInsufficientFunds: { remedy: 'Get more TOMA (`toma faucet` on test networks) or buy less.' },
};
