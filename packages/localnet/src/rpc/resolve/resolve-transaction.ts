import { bcs } from '@mysten/sui/bcs';
import { GrpcTypes } from '@mysten/sui/grpc';
import { MAX_TRANSACTION_GAS } from '../../params.ts';
import { parseAddress, prefixed } from '../convert/address.ts';
import { coinBalance } from '../convert/object.ts';
import type { TransactionDataV1 } from '../convert/transaction-message.ts';
import { chainState, getObject } from '../ledger-functions.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';
import { commandInput } from './commands.ts';
import { resolveGasCoin, resolveInput } from './inputs.ts';
import { inputUsage } from './usage.ts';

type DataInput = NonNullable<Extract<typeof bcs.TransactionData.$inferInput, { V1: unknown }>['V1']>;

/** A complete transaction, and whether its budget was the caller's. */
export interface Resolved {
  readonly data: TransactionDataV1;
  readonly hasBudget: boolean;
}

const kinds = GrpcTypes.TransactionExpiration_TransactionExpirationKind;
const ZERO_ADDRESS = `0x${'0'.repeat(64)}`;

const msOf = (time: { seconds: bigint; nanos: number } | undefined): string | null =>
  time ? String(time.seconds * 1000n + BigInt(Math.floor(time.nanos / 1_000_000))) : null;

const expirationInput = (given: GrpcTypes.TransactionExpiration | undefined): DataInput['expiration'] => {
  const validity = {
    minEpoch: given?.minEpoch ?? null,
    maxEpoch: given?.epoch ?? null,
    minTimestamp: msOf(given?.minTimestamp),
    maxTimestamp: msOf(given?.maxTimestamp),
    chain: given?.chain ?? '',
    nonce: given?.nonce ?? 0,
  };
  switch (given?.kind) {
    case kinds.EPOCH:
      return { Epoch: String(given.epoch ?? 0n) };
    case kinds.VALID_DURING:
      return { ValidDuring: validity };
    case kinds.VALIDITY: {
      const { allowedProposers } = given;
      return {
        Validity: {
          ...validity,
          allowedProposers: allowedProposers
            ? { epoch: allowedProposers.epoch ?? 0n, proposers: allowedProposers.proposers }
            : null,
        },
      };
    }
    default:
      return { None: true };
  }
};

const totalOf = (context: RpcContext, coins: readonly { objectId: string }[]): bigint =>
  coins
    .map(({ objectId }) => getObject(context.ledger, objectId.slice(2)))
    .reduce((sum, coin) => sum + (coin ? coinBalance(coin.contents) : 0n), 0n);

const gasInput = (context: RpcContext, gas: GrpcTypes.GasPayment | undefined, sender: string): DataInput['gasData'] => {
  const payment = (gas?.objects ?? []).map((coin) => resolveGasCoin(context, coin));
  const total = totalOf(context, payment);
  return {
    payment,
    owner: gas?.owner ? prefixed(parseAddress(gas.owner, 'gas_payment.owner')) : sender,
    price: gas?.price ?? BigInt(chainState(context.ledger).referenceGasPrice),
    budget: gas?.budget ?? (payment.length > 0 && total < MAX_TRANSACTION_GAS ? total : MAX_TRANSACTION_GAS),
  };
};

const programmable = (message: GrpcTypes.Transaction): GrpcTypes.ProgrammableTransaction => {
  const data = message.kind?.data;
  if (data?.oneofKind !== 'programmableTransaction')
    throw rpcError('BAD_FIELD', { field: 'transaction.kind', reason: 'only programmable transactions are accepted' });
  return data.programmableTransaction;
};

/** BCS of a transaction. Throws RPC_BAD_REQUEST when a value does not fit its field. */
export const encodeTransaction = (data: DataInput): Uint8Array => {
  try {
    return bcs.TransactionData.serialize({ V1: data }).toBytes();
  } catch (cause) {
    throw rpcError('BAD_REQUEST', { reason: cause instanceof Error ? cause.message : 'invalid transaction' }, cause);
  }
};

/** Fills in what a client left out: object versions and kinds, gas price, owner and a provisional budget. */
export const resolveTransaction = (context: RpcContext, message: GrpcTypes.Transaction): Resolved => {
  const { inputs, commands } = programmable(message);
  const usages = inputUsage(context, { inputs, commands });
  const sender = message.sender ? prefixed(parseAddress(message.sender, 'transaction.sender')) : ZERO_ADDRESS;
  const bytes = encodeTransaction({
    kind: {
      ProgrammableTransaction: {
        inputs: inputs.map((input, index) => resolveInput(context, input, usages[index]!)),
        commands: commands.map(commandInput),
      },
    },
    sender,
    gasData: gasInput(context, message.gasPayment, sender),
    expiration: expirationInput(message.expiration),
  });
  return { ...parseGiven(bytes), hasBudget: message.gasPayment?.budget !== undefined };
};

/** A transaction given as BCS is complete but for its payment. Throws RPC_BAD_REQUEST when it is not one. */
export const parseGiven = (bytes: Uint8Array): Resolved => {
  try {
    const { V1: data } = bcs.TransactionData.parse(bytes);
    return { data, hasBudget: true };
  } catch (cause) {
    throw rpcError('BAD_REQUEST', { reason: 'bcs is not a TransactionData' }, cause);
  }
};
