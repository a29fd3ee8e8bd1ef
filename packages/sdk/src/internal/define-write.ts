/** One shape for every write: build, simulate, confirm, sign, execute, parse. */

import { Transaction } from '@mysten/sui/transactions';
import { normalizeStructTag } from '@mysten/sui/utils';
import { type Atoma, requireSender } from '../context/atoma.ts';
import {
  type Cost,
  type FailedWrite,
  failureOf,
  type SimulatedWrite,
  type WriteOptions,
  type WriteOutcome,
} from '../context/write.ts';
import { tomaType } from '../deployment/record.ts';
import type { ExecutionFailure } from '../failures/execution-failure.ts';
import { type Built, buildTransaction, executeBytes, type Ran, simulateBytes } from './run-transaction.ts';

/** What one write says about itself. */
export interface WriteDefinition<Parameters, Result> {
  /** Its documented command, such as `db acquire-new-stack-entry`. */
  readonly label: string;
  /** Adds the commands to the transaction; finds badges and coins. */
  readonly build: (atoma: Atoma, tx: Transaction, parameters: Parameters) => Promise<void>;
  /** Reads the result from what ran. */
  readonly parse: (ran: Ran, atoma: Atoma, parameters: Parameters) => Result | Promise<Result>;
  /** TOMA locked by the call, from its result. */
  readonly bond?: (result: Result) => bigint | null;
  /** Improves a failure with what the chain says about this call, for example the cheapest offer. May throw instead. */
  readonly refine?: (failure: ExecutionFailure, atoma: Atoma, parameters: Parameters) => Promise<ExecutionFailure>;
}

/** A write: call it to run it, `build` to get the transaction alone, `add` to put its commands behind others of a transaction. */
export interface Write<Parameters, Result> {
  (atoma: Atoma, parameters: Parameters, options?: WriteOptions<Result>): Promise<WriteOutcome<Result>>;
  readonly label: string;
  readonly build: (atoma: Atoma, parameters: Parameters) => Promise<Transaction>;
  readonly add: WriteDefinition<Parameters, Result>['build'];
}

const SUI_TYPE = normalizeStructTag('0x2::sui::SUI');

const changeOf = (ran: Ran, owner: string, coinType: string): bigint =>
  ran.balanceChanges
    .filter((change) => change.address === owner && normalizeStructTag(change.coinType) === coinType)
    .reduce((sum, change) => sum + BigInt(change.amount), 0n);

const costOf = (ran: Ran, atoma: Atoma, bond: bigint | null): Cost => {
  const owner = requireSender(atoma);
  const toma = changeOf(ran, owner, normalizeStructTag(tomaType(atoma.deployment)));
  return { toma, sui: changeOf(ran, owner, SUI_TYPE), bond, gas: ran.gas };
};

/** Turns a definition into the function users call. */
export const defineWrite = <Parameters, Result>(
  definition: WriteDefinition<Parameters, Result>,
): Write<Parameters, Result> => {
  const { label, parse, bond = () => null } = definition;

  const build = async (atoma: Atoma, parameters: Parameters): Promise<Transaction> => {
    const tx = new Transaction();
    tx.setSender(requireSender(atoma));
    await definition.build(atoma, tx, parameters);
    return tx;
  };

  /** Builds; what the contract's own read functions refuse on the way is a failure like any other. */
  const prepare = async (atoma: Atoma, parameters: Parameters, gasBudget: bigint | undefined): Promise<Built> => {
    try {
      return await buildTransaction(atoma, await build(atoma, parameters), gasBudget);
    } catch (error) {
      const failure = failureOf(error);
      if (failure) return { kind: 'refused', failure };
      throw error;
    }
  };

  const fail = async (
    failure: ExecutionFailure,
    atoma: Atoma,
    parameters: Parameters,
    ran: { readonly digest: string | null; readonly cost: Cost | null },
  ): Promise<FailedWrite> => {
    const refined = (await definition.refine?.(failure, atoma, parameters)) ?? failure;
    return { kind: 'failed', failure: refined, digest: ran.digest, cost: ran.cost };
  };

  const read = async (ran: Ran, atoma: Atoma, parameters: Parameters) => {
    const result = await parse(ran, atoma, parameters);
    return { result, cost: costOf(ran, atoma, bond(result)), epoch: ran.epoch };
  };

  const run = async (
    atoma: Atoma,
    parameters: Parameters,
    options: WriteOptions<Result> = {},
  ): Promise<WriteOutcome<Result>> => {
    const nothing = { digest: null, cost: null };
    const built = await prepare(atoma, parameters, options.gasBudget);
    if (built.kind === 'refused') return fail(built.failure, atoma, parameters, nothing);
    const planned = await simulateBytes(atoma, built, options.signal);
    if (planned.failure) return fail(planned.failure, atoma, parameters, nothing);
    const plan: SimulatedWrite<Result> = {
      kind: 'simulated',
      digest: null,
      ...(await read(planned, atoma, parameters)),
    };
    if (options.dryRun) return plan;
    if (options.confirm && !(await options.confirm(plan))) return { ...plan, kind: 'declined' };
    const ran = await executeBytes(atoma, built, options.signal);
    const { digest } = ran;
    if (ran.failure) return fail(ran.failure, atoma, parameters, { digest, cost: costOf(ran, atoma, null) });
    return { kind: 'executed', digest, ...(await read(ran, atoma, parameters)) };
  };

  return Object.assign(run, { label, build, add: definition.build });
};
