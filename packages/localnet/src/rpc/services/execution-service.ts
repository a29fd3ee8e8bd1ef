import { GrpcTypes } from '@mysten/sui/grpc';
import type { Argument } from '../../internal/transaction-data.ts';
import type { Simulation } from '../../types.ts';
import { executedMessage, simulatedMessage } from '../convert/executed.ts';
import { jsonOfBcs } from '../convert/json.ts';
import { signatureBytes } from '../convert/signature.ts';
import { chainState, simulateTransaction, submitTransaction } from '../ledger-functions.ts';
import { type Mask, parseMask, project, wants, within } from '../mask.ts';
import { assertPaymentCovers, withEstimatedBudget, withSelectedCoins } from '../resolve/gas-payment.ts';
import { encodeTransaction, parseGiven, resolveTransaction } from '../resolve/resolve-transaction.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';
import type { ServiceHandlers } from '../transport/dispatch.ts';
import type { Draft } from '../transport/proto.ts';

const execute = async (context: RpcContext, request: GrpcTypes.ExecuteTransactionRequest) => {
  if (!request.transaction) throw rpcError('MISSING_FIELD', { field: 'transaction' });
  const mask = parseMask(GrpcTypes.ExecutedTransaction, request.readMask, ['effects.status', 'checkpoint']);
  const bytes =
    request.transaction.bcs?.value ?? encodeTransaction(resolveTransaction(context, request.transaction).data);
  const record = await submitTransaction(context.ledger, bytes, request.signatures.map(signatureBytes));
  context.notifyCommit();
  return { transaction: executedMessage(context, record, mask, 'without-place') };
};

/** Bytes to simulate: as given, or with budget and payment filled in. */
const prepare = (context: RpcContext, request: GrpcTypes.SimulateTransactionRequest, select: boolean): Uint8Array => {
  const message = request.transaction;
  if (!message) throw rpcError('MISSING_FIELD', { field: 'transaction' });
  const given = message.bcs?.value;
  const { data, hasBudget } = given ? parseGiven(given) : resolveTransaction(context, message);
  const isFree = BigInt(data.gasData.price) === 0n; // gasless: nothing to select
  const needsPayment = select && !isFree && data.gasData.payment.length === 0;
  if (given && !needsPayment) return given;
  const budgeted = select && !hasBudget ? withEstimatedBudget(context, data) : data;
  if (select && !hasBudget && !needsPayment) assertPaymentCovers(context, budgeted);
  return encodeTransaction(needsPayment ? withSelectedCoins(context, budgeted) : budgeted);
};

/** Arguments as the ledger names them in a simulation. */
const argumentMessage = (argument: Argument): Draft<'Argument'> => {
  const kinds = GrpcTypes.Argument_ArgumentKind;
  if (argument.kind === 'input') return { kind: kinds.INPUT, input: argument.index };
  if (argument.kind === 'result') return { kind: kinds.RESULT, result: argument.index };
  if (argument.kind === 'nested') return { kind: kinds.RESULT, result: argument.index, subresult: argument.sub };
  return { kind: kinds.GAS };
};

type Output = { readonly type: string; readonly bcs: Uint8Array; readonly argument?: Argument };

const outputMessage = (context: RpcContext, output: Output, mask: Mask | undefined): Draft<'CommandOutput'> => ({
  value: { name: output.type, value: output.bcs },
  ...(output.argument === undefined ? {} : { argument: argumentMessage(output.argument) }),
  ...(wants(mask, 'json') ? jsonOfBcs(context.vm, output.type, output.bcs) : {}),
});

const outputMessages = (context: RpcContext, simulation: Simulation, mask: Mask): Draft<'CommandResult'>[] =>
  simulation.commandOutputs.map(({ returnValues, mutatedByRef }) => ({
    returnValues: returnValues.map((output) => outputMessage(context, output, within(mask, 'returnValues'))),
    mutatedByRef: mutatedByRef.map((output) => outputMessage(context, output, within(mask, 'mutatedByRef'))),
  }));

const simulate = (context: RpcContext, request: GrpcTypes.SimulateTransactionRequest) => {
  const mask = parseMask(GrpcTypes.SimulateTransactionResponse, request.readMask, ['*']);
  const disabled = request.checks === GrpcTypes.SimulateTransactionRequest_TransactionChecks.DISABLED;
  const transaction = prepare(context, request, (request.doGasSelection ?? false) && !disabled);
  const simulation = simulateTransaction(context.ledger, { transaction, checks: disabled ? 'disabled' : 'enabled' });
  const draft: Draft<'SimulateTransactionResponse'> = {
    suggestedGasPrice: BigInt(chainState(context.ledger).referenceGasPrice),
  };
  const inner = within(mask, 'transaction');
  if (inner) draft.transaction = simulatedMessage(context, simulation, inner);
  const outputs = within(mask, 'commandOutputs');
  if (outputs) draft.commandOutputs = outputMessages(context, simulation, outputs);
  return project(GrpcTypes.SimulateTransactionResponse, draft, mask);
};

/** `sui.rpc.v2.TransactionExecutionService`. */
export const transactionExecutionService = (context: RpcContext): ServiceHandlers => ({
  ExecuteTransaction: (request: GrpcTypes.ExecuteTransactionRequest) => execute(context, request),
  SimulateTransaction: (request: GrpcTypes.SimulateTransactionRequest) => simulate(context, request),
});
