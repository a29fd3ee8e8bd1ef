import { defineErrors } from '@atoma/base';

/**
 * Everything the ledger refuses. Messages of input checks repeat Sui's wording (`UserInputError`), so that tools written
 * for Sui recognise them; ids are printed with `0x`, versions as Sui prints them.
 */
export const ledgerError = defineErrors('LEDGER', {
  DIRECTORY_UNUSABLE: {
    message: 'The ledger cannot use the directory {directory}: {reason}.',
    hint: 'Choose a directory you may write to.',
  },
  DATA_CORRUPT: {
    message: 'The ledger file {file} is damaged or is no ledger: {reason}.',
    hint: 'Nothing was changed. Restore the file from an export, or start over with `chain reset`.',
  },
  DATA_VERSION: {
    message: 'The ledger file {file} has format {found}; this version reads format {expected}.',
    hint: 'Use the version that wrote it, or start over with `chain reset`.',
  },
  BUSY: {
    message: 'Another process holds the ledger {file} for longer than {seconds} s.',
    hint: 'Wait for the other process to finish, or stop it.',
    retryable: true,
  },
  IN_USE: {
    message: 'The ledger {file} is open in another process.',
    hint: 'Stop that process first.',
    retryable: true,
  },
  FILE_EXISTS: {
    message: 'The file {file} exists already.',
    hint: 'Name a new file, or remove this one first.',
  },
  OTHER_CHAIN: {
    message: 'The copy {file} is of chain {given}; this ledger is chain {expected}.',
    hint: 'Restore a copy of this chain, or import the file into an empty directory.',
  },
  REPLAY_DIFFERS: {
    message: 'Checkpoint {checkpoint} differs when it is executed again: {what}.',
    hint: 'Another version of this program made the ledger, or its file was changed. Replay it with the version that made it.',
  },
  CLOSED: { message: 'The ledger is closed.', hint: 'Open it again with openLedger.' },
  FRAMEWORK_BAD: {
    message: 'The framework cannot be used for genesis: {reason}.',
    hint: 'Give one file per package with all its modules, std and sui at least.',
  },
  PROTOCOL_UNKNOWN: {
    message: 'Protocol version {version} is not known.',
    hint: 'Use one of {known}.',
  },
  STORAGE: {
    message: 'The ledger could not write its file {file}: {reason}.',
    hint: 'Check free disk space and permissions. No part of the transaction was kept.',
    retryable: true,
  },
  BAD_TRANSACTION: {
    message: 'Cannot decode the transaction: {reason}.',
    hint: 'Send the BCS of a TransactionData, without extra bytes.',
  },
  PACKAGE_TOO_COMPLEX: {
    message: 'Package verification timed out: {reason}',
    hint: 'A network refuses it too, before it executes anything. Split large functions or modules.',
  },
  SIZE_LIMIT: {
    message: 'Size limit exceeded: {limit} is {value}',
    hint: 'Split the work over several transactions.',
  },
  UNSUPPORTED: {
    message: 'Feature is not supported: {feature}.',
    hint: 'The list of unsupported features is in docs/limits.',
  },
  BAD_SIGNATURE: {
    message: 'Signature is not valid: {reason}',
    hint: 'Sign BLAKE2b-256 of intent 0,0,0 and the exact transaction bytes with the signer’s key.',
  },
  SIGNATURE_COUNT: {
    message: 'Expect {expected} signer signatures but got {actual}',
    hint: 'One signature by the sender, and one by the gas owner when that is another address.',
  },
  SIGNER_MISSING: {
    message: 'Required Signature from {signer} is absent',
    hint: 'Sign with the key of that address; look up the transaction’s sender and gas owner.',
  },
  EXPIRED: {
    message: 'Transaction Expired',
    hint: 'Build the transaction again for the current epoch.',
  },
  WRONG_CHAIN: {
    message: 'Transaction is meant for chain {given}, this is {expected}',
    hint: 'Build the transaction against this chain.',
  },
  GAS_PRICE_TOO_LOW: {
    message: 'Transaction gas price {price} under reference gas price (RGP) {reference}',
    hint: 'Use the reference gas price.',
  },
  GAS_PRICE_TOO_HIGH: {
    message: 'Gas price cannot exceed {max} mist',
    hint: 'Use the reference gas price.',
  },
  GAS_BUDGET_TOO_LOW: {
    message: 'Gas budget: {budget} is lower than min: {min}',
    hint: 'Raise the budget (MIST).',
  },
  GAS_BUDGET_TOO_HIGH: {
    message: 'Gas budget: {budget} is higher than max: {max}',
    hint: 'Lower the budget (MIST).',
  },
  GAS_BALANCE_TOO_LOW: {
    message: 'Balance of gas object {balance} is lower than the needed amount: {needed}',
    hint: 'Fund the gas owner (on the embedded ledger: the faucet) or lower the budget (MIST).',
  },
  GAS_OBJECT_INVALID: {
    message: 'Invalid Gas Object {object}. Possibly not address-owned or possibly not a SUI coin.',
    hint: 'Pay with SUI coins owned by the gas owner.',
  },
  OBJECT_NOT_FOUND: {
    message: 'Could not find the referenced object {object} at version {version}',
    hint: 'It was never created, or was deleted or wrapped. Look it up again.',
  },
  OBJECT_VERSION: {
    message:
      'Transaction needs to be rebuilt because object {object} version {version} is unavailable for consumption, current version: {current}',
    hint: 'Read the object again and rebuild the transaction.',
  },
  OBJECT_DIGEST: {
    message: 'Invalid Object digest for object {object}. Expected digest : {expected}',
    hint: 'Read the object again and rebuild the transaction.',
  },
  OBJECT_OWNER: {
    message:
      'Transaction was not signed by the correct sender: Object {object} is owned by account address {owner}, but given owner/signer address is {signer}',
    hint: 'Send the transaction from the owner’s address.',
  },
  OBJECT_IS_CHILD: {
    message:
      'Object {object} is owned by object {parent}. Objects owned by other objects cannot be used as input arguments',
    hint: 'Pass the parent and reach the child through it.',
  },
  OBJECT_IS_PACKAGE: {
    message: 'A move object is expected, instead a move package is passed: {object}',
    hint: 'Packages are named in commands, never passed as inputs.',
  },
  OBJECT_NOT_SHARED: {
    message: 'Object used as shared is not shared: {object}',
    hint: 'Pass it as an owned or immutable object.',
  },
  OBJECT_NOT_OWNED: {
    message: 'Object used as owned is not owned: {object}',
    hint: 'Pass it as a shared object with its initial version.',
  },
  SHARED_VERSION: {
    message:
      'Wrong initial version given for shared object {object}: {given}, its initial shared version is {expected}',
    hint: 'Read the object’s owner again.',
  },
  SYSTEM_OBJECT_MUTABLE: {
    message: 'Object {object} can only be passed as an immutable (read-only) shared object',
    hint: 'Clock, Random and the system state are written by the ledger alone.',
  },
  DUPLICATE_INPUT: {
    message: "The transaction inputs contain duplicated ObjectRef's: {object}",
    hint: 'Declare each object once and use it in several commands.',
  },
  COIN_DENIED: {
    message: 'Address {address} is denied for coin {coinType}',
    hint: 'The holder of the coin’s deny cap has put the address on the deny list.',
  },
  COIN_PAUSED: {
    message: 'Coin type is globally paused for use: {coinType}',
    hint: 'The holder of the coin’s deny cap has to end the pause.',
  },
  PACKAGE_NOT_FOUND: {
    message: 'Dependent package not found on-chain: {package}',
    hint: 'Publish it first, or correct the package id.',
  },
  OBJECT_AS_PACKAGE: {
    message: 'A move package is expected, instead a move object is passed: {object}',
    hint: 'Use the id of a package.',
  },
  ARGUMENT_INDEX: {
    message: 'Invalid argument index {index} in command {command}, argument {argument}',
    hint: 'Name an input of the transaction, or the result of an earlier command.',
  },
  WITHDRAWAL_UNCOVERED: {
    message:
      'Invalid withdraw reservation: {owner} has {available} of {coinType} in its address balance, less than the requested {total}',
    hint: 'Send funds to the address first, or withdraw less.',
  },
  WITHDRAWALS_TOO_MANY: {
    message: 'Invalid withdraw reservation: maximum number of balance withdraw reservations is {most}',
    hint: 'Withdraw in fewer inputs; gas paid from an address balance counts as one.',
  },
  EXPIRATION_MISSING: {
    message:
      'Invalid expiration: transactions must either have address-owned inputs, or a ValidDuring expiration with at most two epochs of validity',
    hint: 'Set an expiration from this epoch to the next one, or pay with a coin.',
  },
  GASLESS_UNSUPPORTED: {
    message: 'Feature is not supported in gasless transactions: {reason}',
    hint: 'Pay for the transaction, or keep to transfers between address balances of allowed coin types.',
  },
  GASLESS_RATE: {
    message:
      'Address {sender} had {failed} gasless transactions fail within a minute, the most that are executed for nothing',
    hint: 'Simulate transactions before they are sent, pay for this one, or wait {seconds} s.',
    retryable: true,
  },
  WITHDRAWAL_ZERO: {
    message: 'Invalid withdraw reservation: the amount must not be zero',
    hint: 'Leave the withdrawal out.',
  },
  WITHDRAWAL_SPONSOR: {
    message: 'Invalid withdraw reservation: there is no sponsor to withdraw from',
    hint: 'Withdraw from the sender, or set a gas owner that is somebody else.',
  },
  EMPTY_COMMAND: {
    message: 'Empty command input: command {command} has no {what}',
    hint: 'Leave out commands without work.',
  },
  AFTER_RANDOM: {
    message:
      'Invalid command after a MoveCall that uses Random: command {command}. Only TransferObjects and MergeCoins may follow',
    hint: 'Move the command before the randomness, or into another transaction.',
  },
  BAD_ADDRESS: {
    message: '{given} is not an address: expected 64 hex digits.',
    hint: 'Give a full Sui address or object id.',
  },
  BAD_ARGUMENT: { message: '{what} must be {expected}, not {given}.', hint: 'Correct the argument.' },
  CHECKPOINT_NOT_FOUND: {
    message: 'There is no checkpoint {checkpoint}; the latest is {latest}.',
    hint: 'Name a checkpoint between 0 and the latest.',
  },
  FAUCET_EMPTY: {
    message: 'The treasury cannot send {amount} MIST; it holds {balance} MIST.',
    hint: 'Ask for less, or start over with `chain reset`.',
  },
  FAUCET_FAILED: {
    message: 'The treasury’s transfer failed: {reason}.',
    hint: 'Ask for at least 1 MIST and at most what the treasury holds.',
  },
});
