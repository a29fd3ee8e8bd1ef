import type { Address } from '@atoma/move-engine';
import { executeTransaction } from './execute.ts';
import { treasuryOf } from './internal/keys.ts';
import { change, type Ledger, stateOf } from './internal/state.ts';
import { encodeGasTransfer } from './internal/transaction-writer.ts';
import { GAS_COIN_TYPE } from './internal/type-tag.ts';
import { ledgerError } from './ledger-errors.ts';
import { listOwnedObjects } from './lists.ts';
import { FAUCET_BUDGET, REFERENCE_GAS_PRICE } from './params.ts';
import { addressOf } from './reads.ts';
import type { Digest, StoredObject } from './types.ts';

/** Address of the treasury: it owns all SUI of genesis and signs faucet transfers. */
export const treasuryAddress = (ledger: Ledger): Address => {
  const state = stateOf(ledger);
  state.treasury ??= treasuryOf(state.seed);
  return state.treasury.address;
};

/** Sends `mist` MIST (at least 1) from the treasury as a new coin: an ordinary signed transaction. Returns its digest. */
export const fundAddress = (ledger: Ledger, address: Address, mist: bigint): Digest => {
  const recipient = addressOf(address);
  if (mist < 1n)
    throw ledgerError('BAD_ARGUMENT', { what: 'The amount, in MIST,', expected: 'at least 1', given: mist });
  return change(stateOf(ledger), () => send(ledger, recipient, mist)); // one lock: no other process takes the coin between
};

const send = (ledger: Ledger, recipient: Address, amount: bigint): Digest => {
  const sender = treasuryAddress(ledger);
  const coin = listOwnedObjects(ledger, { owner: sender, type: GAS_COIN_TYPE, limit: 1 }).items[0];
  const balance = coin ? balanceOf(coin) : 0n;
  if (!coin || balance < amount + FAUCET_BUDGET) throw ledgerError('FAUCET_EMPTY', { amount, balance });
  const payment = { id: coin.id, version: coin.version, digest: coin.digest };
  const transfer = { sender, recipient, amount, payment, price: REFERENCE_GAS_PRICE, budget: FAUCET_BUDGET };
  const transaction = encodeGasTransfer(transfer);
  const signature = stateOf(ledger).treasury?.signTransaction(transaction) as Uint8Array;
  const { digest, effects } = executeTransaction(ledger, transaction, [signature]);
  if (effects.error) throw ledgerError('FAUCET_FAILED', { reason: effects.error.description });
  return digest;
};

const balanceOf = (coin: StoredObject): bigint => Buffer.from(coin.contents).readBigUInt64LE(32);
