import type { EnumValue, MoveValue } from '@atoma/move-engine';
import { GrpcTypes } from '@mysten/sui/grpc';
import { SUI_SUPPLY } from '../../params.ts';
import type { StoredObject } from '../../types.ts';
import { prefixed } from '../convert/address.ts';
import { listObjectsOfType } from '../ledger-functions.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';
import type { Draft } from '../transport/proto.ts';

const FRAMEWORK = `0x${'2'.padStart(64, '0')}`;
const SUI_TYPE = `${FRAMEWORK}::sui::SUI`;

type Fields = Readonly<Record<string, MoveValue>>;

const fieldsOf = (context: RpcContext, object: StoredObject): Fields => {
  const type = context.vm.resolveType(object.type);
  const layout = context.vm.layout(type);
  const values = context.vm.deserialize(type, object.contents) as MoveValue[];
  return layout.kind === 'struct'
    ? Object.fromEntries(layout.fields.map(({ name }, i) => [name, values[i] as MoveValue]))
    : {};
};

const first = (value: MoveValue | undefined): MoveValue | undefined => (value as MoveValue[] | undefined)?.[0];
/** What is in an `Option`: a struct with one vector. */
const some = (option: MoveValue | undefined): MoveValue | undefined => first(first(option));
const text = (string: MoveValue | undefined): string =>
  Buffer.from((first(string) ?? []) as unknown as number[]).toString('utf8');

const describe = (object: StoredObject, fields: Fields): Draft<'CoinMetadata'> => ({
  id: prefixed(object.id),
  decimals: fields.decimals as number,
  name: text(fields.name),
  symbol: text(fields.symbol),
  description: text(fields.description),
});

/** `coin::CoinMetadata<T>`: the icon is an optional `Url`. */
const metadataMessage = (context: RpcContext, object: StoredObject): Draft<'CoinMetadata'> => {
  const fields = fieldsOf(context, object);
  const url = some(fields.icon_url);
  return { ...describe(object, fields), ...(url === undefined ? {} : { iconUrl: text(first(url)) }) };
};

const capStates = GrpcTypes.CoinMetadata_MetadataCapState;
/** Variants of `MetadataCapState` in declaration order. */
const capStateByTag = [capStates.CLAIMED, capStates.UNCLAIMED, capStates.DELETED];

/** `coin_registry::Currency<T>`. */
const currencyMessage = (object: StoredObject, fields: Fields): Draft<'CoinMetadata'> => {
  const { tag, f } = fields.metadata_cap_id as EnumValue;
  const capId = first(f[0]) as string | undefined;
  return {
    ...describe(object, fields),
    iconUrl: text(fields.icon_url),
    metadataCapState: capStateByTag[tag] ?? capStates.METADATA_CAP_STATE_UNKNOWN,
    ...(capId === undefined ? {} : { metadataCapId: prefixed(capId) }),
  };
};

const supplyStates = GrpcTypes.CoinTreasury_SupplyState;
/** Variants of `SupplyState` in declaration order. */
const supplyStateByTag = [supplyStates.FIXED, supplyStates.BURN_ONLY];

const NOBODY = '0'.repeat(64);

/** A cap sent to 0x0 can mint nothing more. */
const treasuryOfCap = (context: RpcContext, object: StoredObject): Draft<'CoinTreasury'> => {
  const isGone = object.owner.kind === 'address' && object.owner.address === NOBODY;
  return {
    id: prefixed(object.id),
    totalSupply: BigInt(first(fieldsOf(context, object).total_supply) as number | bigint),
    supplyState: isGone ? supplyStates.FIXED : supplyStates.SUPPLY_STATE_UNKNOWN,
  };
};

/** SUI has no treasury cap. */
const treasuryOfSui: Draft<'CoinTreasury'> = { totalSupply: SUI_SUPPLY, supplyState: supplyStates.FIXED };

/** A supply kept by the currency itself, after its treasury cap was given up. */
const treasuryOfCurrency = (fields: Fields): Draft<'CoinTreasury'> | undefined => {
  const state = some(fields.supply) as EnumValue | undefined;
  const supplyState = state && supplyStateByTag[state.tag];
  return supplyState === undefined
    ? undefined
    : { supplyState, totalSupply: BigInt(first((state as EnumValue).f[0]) as number | bigint) };
};

const regulatedStates = GrpcTypes.RegulatedCoinMetadata_CoinRegulatedState;
const REGULATED_TAG = 0;
/** Variants of `RegulatedState` in declaration order. */
const regulatedStateByTag = [
  regulatedStates.REGULATED,
  regulatedStates.UNREGULATED,
  regulatedStates.COIN_REGULATED_STATE_UNKNOWN,
];

/** Whether there is a deny list, by what the currency says of itself. */
const regulationOfCurrency = (fields: Fields): Draft<'RegulatedCoinMetadata'> => {
  const { tag, f } = fields.regulated as EnumValue;
  const coinRegulatedState = regulatedStateByTag[tag] ?? regulatedStates.COIN_REGULATED_STATE_UNKNOWN;
  if (tag !== REGULATED_TAG) return { coinRegulatedState };
  const [cap, pause, variant] = f;
  const allowGlobalPause = some(pause);
  return {
    coinRegulatedState,
    denyCapObject: prefixed(first(cap) as string),
    variant: variant as number,
    ...(allowGlobalPause === undefined ? {} : { allowGlobalPause: allowGlobalPause as boolean }),
  };
};

/** The same of a coin outside the registry: a regulated one has a frozen `coin::RegulatedCoinMetadata<T>`. */
const regulationOf = (context: RpcContext, object: StoredObject | undefined): Draft<'RegulatedCoinMetadata'> => {
  if (!object) return { coinRegulatedState: regulatedStates.UNREGULATED };
  const fields = fieldsOf(context, object);
  return {
    id: prefixed(object.id),
    coinMetadataObject: prefixed(first(fields.coin_metadata_object) as string),
    denyCapObject: prefixed(first(fields.deny_cap_object) as string),
    coinRegulatedState: regulatedStates.REGULATED,
  };
};

/** Metadata, treasury and regulation of a coin type; RPC_COIN_NOT_FOUND when nothing about it is known. */
export const coinInfo = (context: RpcContext, coinType: string): Draft<'GetCoinInfoResponse'> => {
  const find = (name: string) => listObjectsOfType(context.ledger, `${FRAMEWORK}::${name}<${coinType}>`, 1)[0];
  const currency = find('coin_registry::Currency');
  const classic = currency ? undefined : find('coin::CoinMetadata');
  const cap = find('coin::TreasuryCap');
  if (!currency && !classic && !cap) throw rpcError('COIN_NOT_FOUND', { type: coinType });
  const draft: Draft<'GetCoinInfoResponse'> = { coinType };
  const fields = currency && fieldsOf(context, currency);
  if (currency && fields) draft.metadata = currencyMessage(currency, fields);
  else if (classic) draft.metadata = metadataMessage(context, classic);
  const treasury = cap ? treasuryOfCap(context, cap) : fields && treasuryOfCurrency(fields);
  if (treasury) draft.treasury = treasury;
  else if (coinType === SUI_TYPE) draft.treasury = treasuryOfSui;
  draft.regulatedMetadata = fields
    ? regulationOfCurrency(fields)
    : regulationOf(context, find('coin::RegulatedCoinMetadata'));
  return draft;
};
