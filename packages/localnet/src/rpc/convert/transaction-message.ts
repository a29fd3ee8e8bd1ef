import { bcs } from '@mysten/sui/bcs';
import { GrpcTypes } from '@mysten/sui/grpc';
import type { Draft } from '../transport/proto.ts';

/** `TransactionData` V1 as the SDK's BCS gives it. */
export type TransactionDataV1 = NonNullable<(typeof bcs.TransactionData.$inferType)['V1']>;

type Programmable = NonNullable<TransactionDataV1['kind']['ProgrammableTransaction']>;
type CallArg = typeof bcs.CallArg.$inferType;
type Command = typeof bcs.Command.$inferType;
type Argument = typeof bcs.Argument.$inferType;

const inputKinds = GrpcTypes.Input_InputKind;
const argumentKinds = GrpcTypes.Argument_ArgumentKind;
const expirationKinds = GrpcTypes.TransactionExpiration_TransactionExpirationKind;

const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

const objectInput = (arg: NonNullable<CallArg['Object']>): Draft<'Input'> => {
  const owned = arg.ImmOrOwnedObject ?? arg.Receiving;
  if (owned)
    return {
      kind: arg.Receiving ? inputKinds.RECEIVING : inputKinds.IMMUTABLE_OR_OWNED,
      objectId: owned.objectId,
      version: BigInt(owned.version),
      digest: owned.digest,
    };
  const { objectId, initialSharedVersion, mutable } = arg.SharedObject!;
  return {
    kind: inputKinds.SHARED,
    objectId,
    version: BigInt(initialSharedVersion),
    mutable,
    mutability: mutable ? GrpcTypes.Input_Mutability.MUTABLE : GrpcTypes.Input_Mutability.IMMUTABLE,
  };
};

const inputMessage = (arg: CallArg): Draft<'Input'> => {
  if (arg.Pure) return { kind: inputKinds.PURE, pure: fromBase64(arg.Pure.bytes) };
  if (arg.Object) return objectInput(arg.Object);
  const { reservation, typeArg } = arg.FundsWithdrawal!;
  return {
    kind: inputKinds.FUNDS_WITHDRAWAL,
    fundsWithdrawal: { amount: BigInt(reservation.MaxAmountU64!), coinType: String(typeArg.Balance) },
  };
};

const argumentMessage = (argument: Argument): GrpcTypes.Argument => {
  switch (argument.$kind) {
    case 'GasCoin':
      return { kind: argumentKinds.GAS };
    case 'Input':
      return { kind: argumentKinds.INPUT, input: argument.Input };
    case 'Result':
      return { kind: argumentKinds.RESULT, result: argument.Result };
    default:
      return { kind: argumentKinds.RESULT, result: argument.NestedResult[0], subresult: argument.NestedResult[1] };
  }
};

const argumentMessages = (all: readonly Argument[]): GrpcTypes.Argument[] => all.map(argumentMessage);

const commandOf = (command: Command): GrpcTypes.Command['command'] => {
  switch (command.$kind) {
    case 'MoveCall': {
      const { arguments: args, ...call } = command.MoveCall;
      return { oneofKind: 'moveCall', moveCall: { ...call, arguments: argumentMessages(args) } };
    }
    case 'TransferObjects': {
      const { objects, address } = command.TransferObjects;
      return {
        oneofKind: 'transferObjects',
        transferObjects: { objects: argumentMessages(objects), address: argumentMessage(address) },
      };
    }
    case 'SplitCoins': {
      const { coin, amounts } = command.SplitCoins;
      return {
        oneofKind: 'splitCoins',
        splitCoins: { coin: argumentMessage(coin), amounts: argumentMessages(amounts) },
      };
    }
    case 'MergeCoins': {
      const { destination, sources } = command.MergeCoins;
      return {
        oneofKind: 'mergeCoins',
        mergeCoins: { coin: argumentMessage(destination), coinsToMerge: argumentMessages(sources) },
      };
    }
    case 'Publish': {
      const { modules, dependencies } = command.Publish;
      return { oneofKind: 'publish', publish: { modules: modules.map(fromBase64), dependencies } };
    }
    case 'MakeMoveVec': {
      const { type, elements } = command.MakeMoveVec;
      return {
        oneofKind: 'makeMoveVector',
        makeMoveVector: { elements: argumentMessages(elements), ...(type === null ? {} : { elementType: type }) },
      };
    }
    default: {
      const { modules, dependencies, package: pkg, ticket } = command.Upgrade;
      return {
        oneofKind: 'upgrade',
        upgrade: { modules: modules.map(fromBase64), dependencies, package: pkg, ticket: argumentMessage(ticket) },
      };
    }
  }
};

const optionalBig = (value: string | number | bigint | null | undefined): bigint | undefined =>
  value === null || value === undefined ? undefined : BigInt(value);

const timestampOrNone = (ms: string | null | undefined) =>
  ms === null || ms === undefined
    ? undefined
    : { seconds: BigInt(ms) / 1000n, nanos: Number(BigInt(ms) % 1000n) * 1_000_000 };

/** Drops fields that are undefined, as drafts want absent fields. */
const present = <T extends object>(fields: T): { [K in keyof T]-?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

const expirationMessage = (expiration: TransactionDataV1['expiration']): Draft<'TransactionExpiration'> => {
  if (expiration.$kind === 'None') return { kind: expirationKinds.NONE };
  if (expiration.$kind === 'Epoch') return { kind: expirationKinds.EPOCH, epoch: BigInt(expiration.Epoch) };
  const validity = expiration.$kind === 'ValidDuring' ? expiration.ValidDuring : expiration.Validity;
  const proposers = expiration.$kind === 'Validity' ? expiration.Validity.allowedProposers : null;
  return present({
    kind: expiration.$kind === 'ValidDuring' ? expirationKinds.VALID_DURING : expirationKinds.VALIDITY,
    minEpoch: optionalBig(validity.minEpoch),
    epoch: optionalBig(validity.maxEpoch),
    minTimestamp: timestampOrNone(validity.minTimestamp),
    maxTimestamp: timestampOrNone(validity.maxTimestamp),
    chain: validity.chain,
    nonce: validity.nonce,
    allowedProposers: proposers ? { epoch: BigInt(proposers.epoch), proposers: [...proposers.proposers] } : undefined,
  });
};

const kindMessage = ({ inputs, commands }: Programmable): Draft<'TransactionKind'> => ({
  kind: GrpcTypes.TransactionKind_Kind.PROGRAMMABLE_TRANSACTION,
  data: {
    oneofKind: 'programmableTransaction',
    programmableTransaction: GrpcTypes.ProgrammableTransaction.create({
      inputs: inputs.map(inputMessage),
      commands: commands.map((command) => ({ command: commandOf(command) })),
    }),
  },
});

/** The structure of a programmable transaction: sender, gas payment, expiration and kind. */
const programmableMessage = (data: TransactionDataV1, kind: Programmable): Draft<'Transaction'> => ({
  version: 1,
  kind: kindMessage(kind),
  sender: data.sender,
  gasPayment: {
    objects: data.gasData.payment.map(({ objectId, version, digest }) => ({
      objectId,
      version: BigInt(version),
      digest,
    })),
    owner: data.gasData.owner,
    price: BigInt(data.gasData.price),
    budget: BigInt(data.gasData.budget),
  },
  expiration: expirationMessage(data.expiration),
});

/** Of a system transaction only its kind is told: protobuf's kinds are BCS's variants counted from one. */
const systemMessage = (bytes: Uint8Array): Draft<'Transaction'> => ({
  version: 1,
  kind: { kind: (bytes[1] as number) + 1 },
  sender: `0x${'0'.repeat(64)}`,
});

/** Structure of a transaction of this ledger, from its BCS: byte 1 is the kind, 0 a programmable transaction. */
export const transactionMessage = (bytes: Uint8Array): Draft<'Transaction'> => {
  if (bytes[1] !== 0) return systemMessage(bytes);
  const data = bcs.TransactionData.parse(bytes).V1;
  return programmableMessage(data, data.kind.ProgrammableTransaction as Programmable);
};
