import type { MoveValue } from '@atoma/move-engine';
import { GrpcTypes } from '@mysten/sui/grpc';
import type { StoredObject } from '../../types.ts';
import type { RpcContext } from '../context.ts';
import { prefixed } from '../convert/address.ts';
import { rpcError } from '../errors.ts';
import { listObjectsOfType } from '../ledger.ts';
import type { Draft } from '../transport/proto.ts';

const COIN_MODULE = `0x${'2'.padStart(64, '0')}::coin`;

const fieldsOf = (context: RpcContext, object: StoredObject): Readonly<Record<string, MoveValue>> => {
  const type = context.vm.resolveType(object.type);
  const layout = context.vm.layout(type);
  const values = context.vm.deserialize(type, object.contents) as MoveValue[];
  return layout.kind === 'struct'
    ? Object.fromEntries(layout.fields.map(({ name }, i) => [name, values[i] as MoveValue]))
    : {};
};

const first = (value: MoveValue | undefined): MoveValue | undefined => (value as MoveValue[] | undefined)?.[0];
const text = (value: MoveValue | undefined): string =>
  Buffer.from((first(value) ?? []) as unknown as number[]).toString('utf8');

const metadataMessage = (context: RpcContext, object: StoredObject): Draft<'CoinMetadata'> => {
  const fields = fieldsOf(context, object);
  const icon = first(fields.icon_url) as MoveValue | undefined;
  const url = first(icon);
  return {
    id: prefixed(object.id),
    decimals: fields.decimals as number,
    name: text(fields.name),
    symbol: text(fields.symbol),
    description: text(fields.description),
    ...(url === undefined ? {} : { iconUrl: text(url) }),
  };
};

const treasuryMessage = (context: RpcContext, object: StoredObject): Draft<'CoinTreasury'> => {
  const supply = fieldsOf(context, object).total_supply;
  return {
    id: prefixed(object.id),
    totalSupply: BigInt(first(supply) as number | bigint),
    supplyState: GrpcTypes.CoinTreasury_SupplyState.SUPPLY_STATE_UNKNOWN,
  };
};

/** Metadata and treasury of a coin type; RPC_COIN_NOT_FOUND when neither object is known. */
export const coinInfo = (context: RpcContext, coinType: string): Draft<'GetCoinInfoResponse'> => {
  const [metadata] = listObjectsOfType(context.ledger, `${COIN_MODULE}::CoinMetadata<${coinType}>`, 1);
  const [treasury] = listObjectsOfType(context.ledger, `${COIN_MODULE}::TreasuryCap<${coinType}>`, 1);
  if (!metadata && !treasury) throw rpcError('COIN_NOT_FOUND', { type: coinType });
  return {
    coinType,
    ...(metadata ? { metadata: metadataMessage(context, metadata) } : {}),
    ...(treasury ? { treasury: treasuryMessage(context, treasury) } : {}),
  };
};
