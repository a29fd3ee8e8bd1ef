import { nextTimestamp } from './clock.ts';
import { checkPaid, decodeChecked, prologue, viewOf } from './execute.ts';
import { digestText } from './internal/base58.ts';
import { checkExpiration, checkGasData, checkInputs, checkShape, isEnded } from './internal/checks.ts';
import { type Batch, type Executed, finish, NO_DIGEST, newBatch, objectIn } from './internal/commit.ts';
import { checkDenied } from './internal/deny-list.ts';
import { saltedDigest } from './internal/digests.ts';
import { execute, type Prepared } from './internal/execution.ts';
import { checkWithdrawals, fundsOf } from './internal/funds.ts';
import { isGasless } from './internal/gasless.ts';
import { limitsOf, paymentOf } from './internal/payment.ts';
import type { CommandOutput } from './internal/ptb/run.ts';
import { headOf, type Ledger, type LedgerState, stateOf } from './internal/state.ts';
import type { TransactionData } from './internal/transaction-data.ts';
import { GAS_COIN_TYPE, GAS_TYPE } from './internal/type-tag.ts';
import { MAX_TRANSACTION_GAS, REFERENCE_GAS_PRICE } from './params.ts';
import { chainIdOf, read } from './reads.ts';
import type { SimulateOptions, Simulation, StoredObject } from './types.ts';

/** Id of the coin that pays for a simulation without payment; no real object can have it. */
const MOCK_COIN_ID = 'f'.repeat(64);

/** MIST in it: far above the largest budget. */
const MOCK_BALANCE = 10n ** 18n;

const mockCoin = (owner: string): StoredObject => {
  const contents = Buffer.alloc(40);
  contents.write(MOCK_COIN_ID, 0, 32, 'hex');
  contents.writeBigUInt64LE(MOCK_BALANCE, 32);
  const coin = {
    id: MOCK_COIN_ID,
    owner: { kind: 'address', address: owner },
    type: GAS_COIN_TYPE,
    publicTransfer: true,
  } as const;
  return finish({ ...coin, contents: new Uint8Array(contents) }, 1, NO_DIGEST, 0n);
};

/**
 * Runs a transaction as it would run now and stores nothing. Empty payment is replaced by a mock coin. With checks
 * `enabled` every rule of execution but signatures holds; `disabled` is dev-inspect: any function, any value, no ownership
 * rules, and price and budget are taken as the reference price and the maximum when they are out of bounds.
 */
export const simulateTransaction = (ledger: Ledger, options: SimulateOptions): Simulation => {
  const data = decodeChecked(options.transaction);
  const inspect = options.checks === 'disabled';
  if (!inspect) checkShape(data, stateOf(ledger).protocol);
  return read(ledger, (state) => simulate(state, options.transaction, inspect ? withInspectGas(data) : data, inspect));
};

/** Dev-inspect takes no notice of price and budget. */
const withInspectGas = (data: TransactionData): TransactionData => ({
  ...data,
  gas: { ...data.gas, price: BigInt(REFERENCE_GAS_PRICE), budget: MAX_TRANSACTION_GAS },
});

/** Without coins, and without the expiration or the funds to pay from funds, a mock coin pays: the caller has not chosen yet. */
const isUnpaid = (state: LedgerState, batch: Batch, data: TransactionData): boolean => {
  const { gas, expiration } = data;
  if (gas.payment.length > 0 || isGasless(data)) return false;
  const find = (id: string) => objectIn(state, batch, id);
  return expiration.kind !== 'range' || fundsOf(find, gas.owner, GAS_TYPE) < gas.budget;
};

/** Payment and inputs: of a dev-inspect as they are given, else checked as for execution. */
const paid = (
  state: LedgerState,
  batch: Batch,
  data: TransactionData,
  inspect: boolean,
): Pick<Prepared, 'inputs' | 'gas' | 'gasless'> => {
  if (!inspect && !isUnpaid(state, batch, data)) return checkPaid(state, batch, data);
  checkGasData(data.gas);
  const view = viewOf(state, batch);
  const inputs = checkInputs(data, inspect ? undefined : data.sender, view);
  const gas = paymentOf([mockCoin(data.gas.owner)]);
  if (inspect) return { inputs, gas };
  checkDenied(data, inputs, view.object);
  checkWithdrawals(data, undefined, view.object);
  return { inputs, gas };
};

const simulate = (state: LedgerState, transaction: Uint8Array, data: TransactionData, inspect: boolean): Simulation => {
  const batch = newBatch(nextTimestamp(state));
  checkExpiration(data.expiration, headOf(state).clock.epoch, batch.timestampMs, chainIdOf(state));
  const clock = prologue(state, batch, data);
  const checked = paid(state, batch, data, inspect);
  const digest = digestText(saltedDigest('transaction', transaction));
  const prepared: Prepared = {
    digest,
    transaction,
    signatures: [],
    data,
    ...checked,
    ...limitsOf(data),
    inspect,
  };
  const commandOutputs: CommandOutput[] = [];
  const executed = execute(state, batch, clock, prepared, commandOutputs);
  return { ...simulated(state, batch, prepared, executed), commandOutputs };
};

const simulated = (
  state: LedgerState,
  batch: Batch,
  { gas, inputs }: Prepared,
  executed: Executed,
): Omit<Simulation, 'commandOutputs'> => {
  const { digest, transaction, effects, effectsBcs, effectsDigest, events, written } = executed;
  const read = new Map<string, StoredObject>();
  for (const object of [...gas.coins, ...inputs.flatMap((input) => (input && !isEnded(input) ? [input.object] : []))])
    read.set(object.id, object);
  for (const { id } of [...effects.changedObjects, ...effects.unchangedLoadedObjects]) {
    const object = read.get(id) ?? objectIn(state, batch, id);
    if (object) read.set(id, object);
  }
  const inputObjects = [...read.values()];
  return { digest, transaction, effects, effectsBcs, effectsDigest, events, inputObjects, outputObjects: written };
};
