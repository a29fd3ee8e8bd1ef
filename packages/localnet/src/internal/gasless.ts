import type { Address } from '@atoma/move-engine';
import { ledgerError } from '../ledger-errors.ts';
import { GASLESS_PURE_BYTES, GASLESS_UNUSED_PURE } from '../params.ts';
import type { ObjectInput } from './checks.ts';
import { coinTypeOfBalance, netFunds } from './funds.ts';
import type { Outcome } from './outcome.ts';
import { failWith } from './ptb/failure.ts';
import { argumentsOf } from './ptb/plan.ts';
import type { LedgerState } from './state.ts';
import { readOptionalMeta, writeMeta } from './store/checkpoint-rows.ts';
import type { Command, TransactionData } from './transaction-data.ts';
import { coinTypeOf, parseTypeTag, typeTagText } from './type-tag.ts';

/**
 * Transactions nobody pays for: no gas coins, price 0, budget 0. They move coins of allowed types between address balances and do
 * nothing else (`validate_gasless_transaction` and `check_gasless_object_inputs` of Sui's checks, `check_gasless_execution_requirements`
 * of its execution).
 */

/** Coin types that may be moved, each with the least amount an address may be sent. */
export type GaslessTypes = ReadonlyMap<string, bigint>;

const META = 'gasless';

/** The allowed coin types of a ledger. */
export const gaslessTypes = ({ db }: LedgerState): GaslessTypes => {
  const stored = readOptionalMeta(db, META);
  const rows: readonly (readonly unknown[])[] = stored ? JSON.parse(Buffer.from(stored).toString('utf8')) : [];
  return new Map(rows.map(([type, least]) => [String(type), BigInt(String(least))]));
};

/** Allows a coin type for good: history that used it can be executed again. Throws LEDGER_BAD_ARGUMENT. */
export const addGaslessType = (state: LedgerState, coinType: string, least: bigint): void => {
  const tag = parseTypeTag(coinType);
  if (tag?.kind !== 'struct')
    throw ledgerError('BAD_ARGUMENT', {
      what: 'A coin type',
      expected: 'the type of a struct',
      given: `"${coinType}"`,
    });
  const types = new Map(gaslessTypes(state)).set(typeTagText(tag), least);
  const rows = [...types].map(([type, amount]) => [type, String(amount)]);
  writeMeta(state.db, META, Buffer.from(JSON.stringify(rows), 'utf8'));
};

/** True for a transaction that asks to be executed for nothing. */
export const isGasless = ({ gas }: TransactionData): boolean => gas.payment.length === 0 && gas.price === 0n;

const refuse = (reason: string) => ledgerError('GASLESS_UNSUPPORTED', { reason });

/** Functions of 0x2 that may be called; `balance` ones name the type of a balance, the others that of a coin. */
const FUNCTIONS: ReadonlyMap<string, 'coin' | 'balance'> = new Map([
  ['balance::send_funds', 'coin'],
  ['balance::redeem_funds', 'coin'],
  ['balance::split', 'coin'],
  ['balance::zero', 'coin'],
  ['funds_accumulator::withdrawal_split', 'balance'],
  ['coin::into_balance', 'coin'],
  ['coin::redeem_funds', 'coin'],
  ['coin::send_funds', 'coin'],
  ['coin::put', 'coin'],
]);

const FRAMEWORK = '2'.padStart(64, '0');
const BALANCE = `0x${FRAMEWORK}::balance::Balance<`;

const checkCall = (call: Command & { readonly kind: 'call' }, allowed: GaslessTypes): void => {
  const name = `${call.module}::${call.function}`;
  const names = call.package === FRAMEWORK ? FUNCTIONS.get(name) : undefined;
  if (!names) throw refuse(`function 0x${call.package}::${name} is not supported`);
  const [type, ...more] = call.typeArguments;
  if (type === undefined || more.length > 0) throw refuse(`function ${name} takes one type argument`);
  if (names === 'balance' && !type.startsWith(BALANCE)) throw refuse(`expected a type Balance<_> but got ${type}`);
  const coinType = names === 'balance' ? coinTypeOfBalance(type) : type;
  if (!allowed.has(coinType)) throw refuse(`coin type ${coinType} is not allowed`);
};

const checkCommand = (command: Command, allowed: GaslessTypes): void => {
  if (command.kind === 'call') checkCall(command, allowed);
  else if (command.kind !== 'merge' && command.kind !== 'split')
    throw refuse('only MoveCall, MergeCoins and SplitCoins commands are supported');
};

const checkGaslessInputs = ({ inputs, commands }: TransactionData): void => {
  const used = new Set(
    commands.flatMap((command) =>
      argumentsOf(command).flatMap((argument) => (argument.kind === 'input' ? [argument.index] : [])),
    ),
  );
  let unused = 0;
  inputs.forEach((input, index) => {
    if (input.kind === 'receiving') throw refuse('objects cannot be received');
    if (input.kind === 'pure' && input.bytes.length > GASLESS_PURE_BYTES)
      throw refuse(`input ${index} has ${input.bytes.length} bytes, at most ${GASLESS_PURE_BYTES}`);
    if (used.has(index)) return;
    if (input.kind !== 'pure') throw refuse(`input ${index} is not used`);
    unused += 1;
  });
  if (unused > GASLESS_UNUSED_PURE) throw refuse(`${unused} pure inputs are not used, at most ${GASLESS_UNUSED_PURE}`);
};

/** Requires that a gasless transaction only moves coins of allowed types. */
export const checkGasless = (data: TransactionData, allowed: GaslessTypes): void => {
  if (allowed.size === 0) throw refuse('no coin type is allowed');
  if (data.gas.budget !== 0n) throw refuse('the budget must be 0');
  if (data.commands.length === 0) throw refuse('there must be a command');
  for (const command of data.commands) checkCommand(command, allowed);
  checkGaslessInputs(data);
};

/** Requires that its objects are coins of allowed types that somebody owns. */
export const checkGaslessObjects = (inputs: readonly (ObjectInput | undefined)[], allowed: GaslessTypes): void => {
  for (const input of inputs) {
    if (!input) continue;
    const { owner, type } = input.object;
    if (owner.kind !== 'address' && owner.kind !== 'consensus') throw refuse('only owned objects are supported');
    const coinType = coinTypeOf(type);
    if (coinType === undefined || !allowed.has(coinType)) throw refuse('only coins of allowed types are supported');
  }
};

/** Fails a gasless transaction that leaves objects, keeps one of its coins, or sends somebody too little. */
export const checkGaslessOutcome = (
  outcome: Outcome,
  inputs: readonly (ObjectInput | undefined)[],
  allowed: GaslessTypes,
): void => {
  const fail = (why: string) => failWith({ InsufficientGas: true }, `Gasless transactions ${why}.`, undefined);
  if (outcome.written.size > 0) fail('cannot create or change objects');
  const coins: readonly Address[] = inputs.flatMap((input) => (input ? [input.object.id] : []));
  if (outcome.deleted.size !== coins.length || !coins.every((id) => outcome.deleted.has(id)))
    fail('must use up exactly their coins');
  for (const { owner, type, operation, amount } of netFunds(outcome.funds)) {
    const least = operation === 'merge' && amount > 0n ? allowed.get(coinTypeOfBalance(type)) : undefined;
    if (least !== undefined && amount < least)
      fail(`send at least ${least} of ${type}; 0x${owner} would get ${amount}`);
  }
};
