import type { bcs } from '@mysten/sui/bcs';
import { GrpcTypes } from '@mysten/sui/grpc';
import { canonicalType } from '../../internal/type-tag.ts';
import type { StoredObject } from '../../types.ts';
import { parseAddress, parseCount, prefixed } from '../convert/address.ts';
import { getObject } from '../ledger-functions.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';
import type { InputUsage } from './usage.ts';

/** An input as BCS takes it. */
export type CallArgInput = typeof bcs.CallArg.$inferInput;

const kinds = GrpcTypes.Input_InputKind;

const liveObject = (context: RpcContext, text: string | undefined): StoredObject => {
  const id = parseAddress(text, 'object_id');
  const object = getObject(context.ledger, id);
  if (!object) throw rpcError('OBJECT_NOT_FOUND', { id: prefixed(id) });
  return object;
};

const assertVersion = (given: bigint | undefined, actual: number, id: string): void => {
  if (given !== undefined && given !== BigInt(actual))
    throw rpcError('WRONG_VERSION', { id: prefixed(id), actual, given });
};

/** The reference of a live object; version and digest the caller already has must be the live ones. */
const referenceTo = (object: StoredObject, input: GrpcTypes.Input | GrpcTypes.ObjectReference) => {
  assertVersion(input.version, object.version, object.id);
  if (input.digest && input.digest !== object.digest)
    throw rpcError('WRONG_DIGEST', { id: prefixed(object.id), actual: object.digest, given: input.digest });
  return { objectId: prefixed(object.id), version: String(object.version), digest: object.digest };
};

const isMutable = (input: GrpcTypes.Input, usage: InputUsage): boolean => {
  const { mutability } = input;
  if (mutability === GrpcTypes.Input_Mutability.MUTABLE) return true;
  if (mutability === GrpcTypes.Input_Mutability.IMMUTABLE) return false;
  return input.mutable ?? usage.mutable;
};

const objectInput = (context: RpcContext, input: GrpcTypes.Input, usage: InputUsage): CallArgInput => {
  const object = liveObject(context, input.objectId);
  const { owner } = object;
  switch (owner.kind) {
    case 'shared':
    case 'consensus': {
      const since = owner.kind === 'shared' ? owner.initialVersion : owner.startVersion;
      assertVersion(input.version, since, object.id);
      return {
        Object: {
          SharedObject: {
            objectId: prefixed(object.id),
            initialSharedVersion: String(since),
            mutable: isMutable(input, usage),
          },
        },
      };
    }
    case 'object':
      throw rpcError('OBJECT_OWNED_INPUT', { id: prefixed(object.id), owner: prefixed(owner.parent) });
    case 'immutable':
      return { Object: { ImmOrOwnedObject: referenceTo(object, input) } };
    case 'address': {
      const receiving = usage.receiving || input.kind === kinds.RECEIVING;
      const reference = referenceTo(object, input);
      return { Object: receiving ? { Receiving: reference } : { ImmOrOwnedObject: reference } };
    }
  }
};

const reference = (input: GrpcTypes.Input) => ({
  objectId: prefixed(parseAddress(input.objectId, 'object_id')),
  version: String(input.version),
  digest: input.digest as string,
});

/** An input the caller resolved completely: taken as it is, the checks of execution judge it. */
const givenInput = (input: GrpcTypes.Input): CallArgInput | undefined => {
  if (input.version === undefined) return undefined;
  const hasDigest = input.digest !== undefined && input.digest !== '';
  if (input.kind === kinds.IMMUTABLE_OR_OWNED && hasDigest) return { Object: { ImmOrOwnedObject: reference(input) } };
  if (input.kind === kinds.RECEIVING && hasDigest) return { Object: { Receiving: reference(input) } };
  if (input.kind !== kinds.SHARED || (input.mutable === undefined && input.mutability === undefined)) return undefined;
  return {
    Object: {
      SharedObject: {
        objectId: prefixed(parseAddress(input.objectId, 'object_id')),
        initialSharedVersion: String(input.version),
        mutable: isMutable(input, { mutable: false, receiving: false }),
      },
    },
  };
};

const sources = GrpcTypes.FundsWithdrawal_Source;

const withdrawalInput = ({ amount, coinType, source }: GrpcTypes.FundsWithdrawal): CallArgInput => {
  if (amount === undefined) throw rpcError('MISSING_FIELD', { field: 'funds_withdrawal.amount' });
  const type = canonicalType(coinType ?? '0x2::sui::SUI');
  if (type === undefined)
    throw rpcError('BAD_FIELD', {
      field: 'funds_withdrawal.coin_type',
      reason: `${JSON.stringify(coinType)} is not a type`,
    });
  if (source !== undefined && source !== sources.SENDER && source !== sources.SPONSOR)
    throw rpcError('UNSUPPORTED', { feature: 'a withdrawal from an allowance', hint: 'Withdraw from the sender.' });
  return {
    FundsWithdrawal: {
      reservation: { MaxAmountU64: String(amount) },
      typeArg: { Balance: type },
      withdrawFrom: source === sources.SPONSOR ? { Sponsor: true } : { Sender: true },
    },
  };
};

/** One input of a transaction: pure bytes as given, objects with version, digest and kind filled in. */
export const resolveInput = (context: RpcContext, input: GrpcTypes.Input, usage: InputUsage): CallArgInput => {
  if (input.fundsWithdrawal) return withdrawalInput(input.fundsWithdrawal);
  if (input.literal)
    throw rpcError('UNSUPPORTED', { feature: 'a literal input', hint: 'Send the value as pure BCS bytes.' });
  if (input.kind === kinds.PURE || (input.pure && !input.objectId))
    return { Pure: { bytes: Buffer.from(input.pure ?? []).toString('base64') } };
  return givenInput(input) ?? objectInput(context, input, usage);
};

/** A gas coin reference with version and digest filled in where the caller left them out. */
export const resolveGasCoin = (context: RpcContext, coin: GrpcTypes.ObjectReference) => {
  if (coin.version !== undefined && coin.digest)
    return {
      objectId: prefixed(parseAddress(coin.objectId, 'gas_payment.objects.object_id')),
      version: String(parseCount(coin.version, 'gas_payment.objects.version')),
      digest: coin.digest,
    };
  return referenceTo(liveObject(context, coin.objectId), coin);
};
