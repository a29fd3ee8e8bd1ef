// Generated from the compiled Move package by src/codegen; do not edit.

/** Text of every named error of the contract by package, module and constant. */
export const moveErrors: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  "toma": {
    "toma": {
      "EFaucetAlreadyEnabled": "The faucet already holds a treasury cap",
      "EFaucetDisabled": "The TOMA faucet is switched off on this network",
      "EFaucetLimitExceeded": "The faucet gives at most 1,000 TOMA per call and per address and epoch",
      "ENotFaucetOwner": "Only the address that switched the faucet on may switch it off",
      "ESupplyExhausted": "The supply of TOMA cannot grow any further",
      "EZeroAmount": "Ask the faucet for at least one base unit"
    }
  },
  "atoma": {
    "commitment": {
      "ENot32Bytes": "A commitment, leaf, hash or salt has exactly 32 bytes"
    },
    "money": {
      "EAmountTooLarge": "The amount does not fit into 64 bits: lower the price or the number of units",
      "EInsufficientFunds": "The coin holds less TOMA than this call needs"
    },
    "config": {
      "EAttesterCountOutOfRange": "The number of attesters is 1 to 4",
      "EBondBelowJury": "The bond must cover a whole jury: b >= J*a",
      "EChallengerShareOutOfRange": "The challenger's share is at most 500 permille",
      "EExitDelayOutOfRange": "The exit delay is at least window + 2 * phase and at most 100 epochs",
      "EJurorCountOutOfRange": "The number of jurors is 3, 5 or 7",
      "EProbabilityOutOfRange": "A probability is at most 1000 permille",
      "EShareTooLarge": "Bond, surcharge and attester pay are at most 1,000 times the price",
      "ESpanOutOfRange": "Window and phase are 2 to 14 epochs",
      "EStackLifeOutOfRange": "The life of a stack is 4 to 100 epochs",
      "EStackTooSmall": "The purchase is too small to pay a jury: raise the price or the number of units",
      "ESurchargeTooSmall": "The surcharge must cover the expected attester pay: p*k*a <= 1000*s",
      "EZeroParameter": "The collateral, the minimum dispute bond and the attester pay must be above zero"
    }
  }
};
