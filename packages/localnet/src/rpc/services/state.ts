import type { Address } from '@atoma/move-engine';
import { GrpcTypes } from '@mysten/sui/grpc';
import { parseTypeTag, typeTagText } from '../../internal/type-tag.ts';
import type { CoinBalance } from '../../lists.ts';
import type { RpcContext } from '../context.ts';
import { parseAddress } from '../convert/address.ts';
import { dynamicFieldMessage } from '../convert/dynamic-field.ts';
import { objectMessage } from '../convert/object.ts';
import { rpcError } from '../errors.ts';
import { listBalances, listChildren, listOwnedObjects } from '../ledger.ts';
import { parseMask } from '../mask.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../params.ts';
import type { ServiceHandlers } from '../transport/dispatch.ts';
import type { Draft } from '../transport/proto.ts';
import { coinInfo } from './coin-info.ts';

interface PageRequest {
  readonly pageSize?: number;
  readonly pageToken?: Uint8Array;
}

/** Size and cursor as the ledger takes them; sizes are cut to the largest page. */
const pageOf = (request: PageRequest): { limit: number; cursor?: Uint8Array } => ({
  limit: Math.min(request.pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
  ...(request.pageToken && request.pageToken.length > 0 ? { cursor: request.pageToken } : {}),
});

/** Types of objects and coins are structs. */
const parseType = (text: string, field: string): string => {
  const tag = parseTypeTag(text);
  if (tag?.kind === 'struct') return typeTagText(tag);
  throw rpcError('BAD_FIELD', { field, reason: `${JSON.stringify(text)} is not a struct type` });
};

const ownedObjects = (context: RpcContext, request: GrpcTypes.ListOwnedObjectsRequest) => {
  const mask = parseMask(GrpcTypes.Object, request.readMask, ['object_id', 'version', 'object_type']);
  const page = listOwnedObjects(context.ledger, {
    owner: parseAddress(request.owner, 'owner'),
    ...(request.objectType ? { type: parseType(request.objectType, 'object_type') } : {}),
    ...pageOf(request),
  });
  return {
    objects: page.items.map((object) => objectMessage(context, object, mask)),
    ...(page.next ? { nextPageToken: page.next } : {}),
  };
};

const dynamicFields = (context: RpcContext, request: GrpcTypes.ListDynamicFieldsRequest) => {
  const mask = parseMask(GrpcTypes.DynamicField, request.readMask, ['parent', 'field_id']);
  const parent = parseAddress(request.parent, 'parent');
  const page = listChildren(context.ledger, { parent, ...pageOf(request) });
  return {
    dynamicFields: page.items.flatMap((child) => dynamicFieldMessage(context, parent, child, mask) ?? []),
    ...(page.next ? { nextPageToken: page.next } : {}),
  };
};

/** What an address has in coins and without objects, and both together. */
const balanceMessage = ({ coinType, balance, funds }: CoinBalance): Draft<'Balance'> => ({
  coinType,
  balance: balance + funds,
  coinBalance: balance,
  addressBalance: funds,
});

const balanceOf = (context: RpcContext, owner: Address, coinType: string): CoinBalance =>
  listBalances(context.ledger, owner).find((entry) => entry.coinType === coinType) ?? {
    coinType,
    balance: 0n,
    count: 0,
    funds: 0n,
  };

/** Balances are few, so a page token is the number of balances already sent. */
const balances = (context: RpcContext, request: GrpcTypes.ListBalancesRequest) => {
  const { limit, cursor } = pageOf(request);
  const start = cursor ? Number(Buffer.from(cursor).toString('latin1')) : 0;
  if (!Number.isSafeInteger(start) || start < 0) throw rpcError('BAD_CURSOR');
  const all = [...listBalances(context.ledger, parseAddress(request.owner, 'owner'))].sort((a, b) =>
    a.coinType < b.coinType ? -1 : 1,
  );
  const end = start + limit;
  return {
    balances: all.slice(start, end).map(balanceMessage),
    ...(end < all.length ? { nextPageToken: new Uint8Array(Buffer.from(String(end), 'latin1')) } : {}),
  };
};

/** `sui.rpc.v2.StateService`. */
export const stateService = (context: RpcContext): ServiceHandlers => ({
  ListOwnedObjects: (request: GrpcTypes.ListOwnedObjectsRequest) => ownedObjects(context, request),
  ListDynamicFields: (request: GrpcTypes.ListDynamicFieldsRequest) => dynamicFields(context, request),
  GetBalance: (request: GrpcTypes.GetBalanceRequest) => {
    if (!request.coinType) throw rpcError('MISSING_FIELD', { field: 'coin_type' });
    const coinType = parseType(request.coinType, 'coin_type');
    const owner = parseAddress(request.owner, 'owner');
    return { balance: balanceMessage(balanceOf(context, owner, coinType)) };
  },
  ListBalances: (request: GrpcTypes.ListBalancesRequest) => balances(context, request),
  GetCoinInfo: (request: GrpcTypes.GetCoinInfoRequest) => {
    if (!request.coinType) throw rpcError('MISSING_FIELD', { field: 'coin_type' });
    return coinInfo(context, parseType(request.coinType, 'coin_type'));
  },
});
