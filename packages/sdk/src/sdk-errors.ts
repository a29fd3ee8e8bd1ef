/** Every error this package throws, by area. Failures of a transaction on chain are data (`WriteOutcome`), not errors. */
import { defineErrors } from '@atoma/base';

/** What a person typed or a file contained cannot be read as the value it should be. Usage faults. */
export const valueError = defineErrors('VALUE', {
  BYTES32: {
    message: '{what} is not a 32-byte value: {why}',
    hint: 'Give 64 hex digits with 0x, base64 of 32 bytes, [1,2,...] with 32 numbers, a comma list of 32 numbers, @file or - for standard input.',
  },
  NO_READER: {
    message: '{what} names a source outside the text',
    hint: 'Pass the value itself, or functions that read files and standard input.',
  },
  AMOUNT: {
    message: '"{text}" is not an amount: {why}',
    hint: 'Write base units such as 100000000000, or a number with its unit such as 100TOMA or 0.1SUI.',
  },
  AMOUNT_UNIT: {
    message: '"{text}" is in {given}, but an amount of {wanted} is asked',
    hint: 'Write the amount in {wanted} or in base units.',
  },
  SMALL_ID: {
    message: '"{text}" is not a small id',
    hint: 'Small ids are whole numbers from 1, as the commands print them, for example 1 or 1,2,3.',
  },
  OBJECT_ID: { message: '"{text}" is not an object id', hint: 'Object ids are 0x and up to 64 hex digits.' },
  DIGEST: {
    message: '"{text}" is not a transaction digest',
    hint: 'A digest is base58 of 32 bytes, 43 or 44 letters and digits, as commands print it.',
  },
  ROLE: { message: '"{text}" is not a role', hint: 'Roles: {known}.' },
  SECURITY_LEVEL: { message: '"{text}" is not a security level', hint: 'Levels: {known}.' },
  CONFIG_NAME: { message: '"{text}" is not a parameter of the market', hint: 'Parameters: {known}.' },
  RANGE: { message: '{what} is {value}, outside {low} to {high}', hint: 'Give a whole number from {low} to {high}.' },
  HISTORY: {
    message: 'The history cannot be read: {why}',
    hint: 'Expected JSON: {"leaves": [{"request_hash": "0x..", "content_hash": "0x..", "units": "10"}, ...]}, the bare list, or one such object a line.',
  },
  PROOF: {
    message: 'The inclusion proof cannot be read: {why}',
    hint: 'Use a proof file exactly as it was written.',
  },
});

/** Faults of an operation: something named does not exist, is ambiguous, or money is missing. */
export const sdkError = defineErrors('SDK', {
  NO_SIGNER: {
    message: 'This call must be signed and there is no key',
    hint: 'Give a signer, or only simulate (dry run).',
  },
  PAYMENT: { message: 'The payment is not made: {why}', hint: 'Nothing was signed.' },
  NO_SENDER: {
    message: 'The call needs to know who sends it',
    hint: 'Give a signer or a sender address.',
  },
  NO_BADGE: {
    message: '{owner} owns no {badge} badge{detail}',
    hint: '{remedy}',
  },
  WRONG_BADGE: {
    message: '{id} is a {actual}, not a {badge} badge',
    hint: 'Name the right object ({parameter}), or leave it out.',
  },
  FOREIGN_BADGE: {
    message: 'The {badge} badge {id} belongs to {holder}, not to {owner}',
    hint: 'Use the wallet that owns it, or a badge of your own.',
  },
  AMBIGUOUS_BADGE: {
    message: '{owner} owns {count} {badge} badges: {ids}',
    hint: 'Say which one: {parameter}.',
  },
  TASK_NOT_FOUND: { message: 'There is no task {id}', hint: 'List the tasks to see the ids in use.' },
  NODE_NOT_FOUND: { message: 'There is no node {id}', hint: 'List the nodes to see the ids in use.' },
  STACK_NOT_FOUND: {
    message: 'There is no stack {id}',
    hint: 'It was never bought, or it has been claimed, refunded or reclaimed; the events tell.',
  },
  TICKET_NOT_FOUND: {
    message: 'Stack {id} has no settlement ticket',
    hint: 'It is not settled yet, or already claimed; the events tell.',
  },
  DISPUTE_NOT_FOUND: { message: 'Stack {id} is not disputed', hint: 'List the disputes to see the open ones.' },
  TRANSACTION_NOT_FOUND: {
    message: 'There is no transaction {digest} on {network}',
    hint: 'Check the digest and the network; a transaction sent a moment ago may need a second to appear.',
    retryable: true,
  },
  OBJECT_NOT_FOUND: {
    message: 'There is no object {id} ({what})',
    hint: 'Check that the network and the deployment record belong together.',
  },
  NO_SUCH_OBJECT: {
    message: 'There is no object {id}{at} on {network}',
    hint: 'Check id and network; a deleted or wrapped object can be read at a version it had, as long as the chain keeps that.',
  },
  INSUFFICIENT_TOMA: {
    message: '{owner} holds {have} and {need} is needed; {missing} is missing',
    hint: 'On a test network ask the TOMA faucet; on mainnet buy TOMA.',
  },
  INSUFFICIENT_SUI: {
    message: '{owner} cannot pay the gas: it holds {have}, {need} is needed',
    hint: 'On a test network ask the SUI faucet; on mainnet send SUI to this address.',
  },
  TRANSACTION_FAILED: { message: '{label} failed: {sentence}', hint: '{remedy}' },
  NOT_EXECUTED: {
    message: '{label} was not executed: it was only simulated or not confirmed',
    hint: 'Run it without dry run and confirm it.',
  },
  RESULT_MISSING: {
    message: '{label} succeeded ({digest}) but its {event} event is missing',
    hint: 'The deployment record does not belong to this contract; verify the deployment.',
  },
  DECODE: {
    message: '{what} does not have the layout this program knows',
    hint: 'The contract is of another generation than this program; verify the deployment.',
  },
  OLDER_GENERATION: {
    message: 'The deployment on {network} is an older generation of the contract',
    hint: 'This program cannot send it transactions that match. Publish the current contract or choose another network.',
  },
  DEPLOYMENT_INCOMPLETE: {
    message: 'The deployment record of {network} has no {what}',
    hint: 'Record it, or publish a deployment of your own.',
  },
});

/** The chain could not be reached or refused to answer. */
export const networkError = defineErrors('NETWORK', {
  UNREACHABLE: {
    message: 'The {network} network cannot be reached: {why}',
    hint: 'Check the connection and the URL; the network may be down for a moment.',
    retryable: true,
  },
  BUSY: {
    message: 'The {network} network refuses more requests for now: {why}',
    hint: 'Wait a little and try again.',
    retryable: true,
  },
  REFUSED: {
    message: 'The {network} network refused the request: {why}',
    hint: 'Read the reason; the same request will be refused again.',
  },
  CANCELLED: { message: 'The request was cancelled', hint: 'Start it again if it is still wanted.', retryable: true },
  LOCKED: {
    message: 'An object this transaction uses has just been changed by another: {why}',
    hint: 'Try again; the next attempt reads the new version.',
    retryable: true,
  },
  UNKNOWN_NETWORK: {
    message: '"{network}" has no known URL',
    hint: 'Give the URL of its full node.',
  },
});

/** Keys and wallet files. */
export const walletError = defineErrors('WALLET', {
  EXISTS: { message: '{path} exists already', hint: 'A key is never overwritten; choose another name.' },
  MISSING: { message: 'There is no key file {path}', hint: 'Create a wallet first.' },
  UNREADABLE: { message: '{path} is not a key file: {why}', hint: 'Restore it from a backup or import the key again.' },
  UNWRITABLE: {
    message: 'The key file {path} cannot be written: {why}',
    hint: 'Nothing was left behind; free some space or choose another place.',
  },
  SECRET: {
    message: 'This is not a secret key: {why}',
    hint: 'Accepted: suiprivkey1..., base64 of scheme flag and 32 bytes, hex of 32 bytes (ed25519), or a mnemonic of 12 to 24 words.',
  },
  SCHEME: {
    message: 'The key scheme {scheme} cannot sign here',
    hint: 'Use an ed25519, secp256k1 or secp256r1 key.',
  },
  SUI_CONFIG: {
    message: '{path} cannot be read as a Sui wallet: {why}',
    hint: 'Repair it with the Sui tool, or use a wallet of this program.',
  },
  NO_KEYSTORE: {
    message: 'The Sui wallet has no keys: its keystore {path} does not exist',
    hint: 'Put the keystore there, or correct the path in {config}.',
  },
  AMBIGUOUS_ALIAS: {
    message: 'Several keys of the Sui wallet have the alias {alias}',
    hint: 'Give the address instead, for example {first} or {second}.',
  },
  UNKNOWN_ACCOUNT: { message: 'The Sui wallet has no key for {account}', hint: 'Its accounts: {known}.' },
  UNKNOWN_ENVIRONMENT: { message: 'The Sui wallet has no environment {alias}', hint: 'Its environments: {known}.' },
  PERMISSIONS: {
    message: 'The key file {path} can be read by others (mode {mode})',
    hint: 'Run: chmod 600 {path}',
  },
});

/** Publishing and recording deployments. */
export const deploymentError = defineErrors('DEPLOYMENT', {
  RECORD: {
    message: 'The deployment record cannot be read: {why}',
    hint: 'Publish again, or discover the deployment from its package id.',
  },
  PUBLISH_FAILED: { message: 'Publishing {package} failed: {sentence}', hint: '{remedy}' },
  BYTECODE: { message: 'The shipped bytecode of {package} is damaged: {why}', hint: 'Install the program again.' },
  NOT_FOUND: {
    message: 'No deployment can be recognised at {packageId} on {network}: {why}',
    hint: 'Check the package id and the network.',
  },
  NO_UPGRADE_CAP: {
    message: 'The record of {network} has no upgrade capability',
    hint: 'Only the publisher of a package can upgrade it.',
  },
});
