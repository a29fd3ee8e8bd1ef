import type { Address } from '@atoma/move-engine';
import { GrpcTypes } from '@mysten/sui/grpc';
import { parseTypeTag, typeTagText } from '../../internal/type-tag.ts';
import type { CoinBalance } from '../../lists.ts';
import { parseAddress } from '../convert/address.ts';
import { dynamicFieldMessage } from '../convert/dynamic-field.ts';
import { objectMessage } from '../convert/object.ts';
import { listBalances, listChildren, listOwnedObjects } from '../ledger-functions.ts';
import { parseMask } from '../mask.ts';
import { cursorOf, pageToken } from '../page-token.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../rpc-params.ts';
import type { ServiceHandlers } from '../transport/dispatch.ts';
import type { Draft } from '../transport/proto.ts';
import { coinInfo } from './coin-info.ts';

interface PageRequest {
  readonly pageSize?: number;
  readonly pageToken?: Uint8Array;
}

/** Size and cursor as the ledger takes them; sizes are cut to the largest page. `list` names what the pages are of. */
const pageOf = (request: PageRequest, list: readonly string[]): { limit: number; cursor?: Uint8Array } => {
  const cursor = cursorOf(request.pageToken, list);
  return { limit: Math.min(request.pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE), ...(cursor ? { cursor } : {}) };
};

const nextOf = (next: Uint8Array | undefined, list: readonly string[]): { nextPageToken?: Uint8Array } =>
  next ? { nextPageToken: pageToken(next, list) } : {};

/** Types of objects and coins are structs. */
const parseType = (text: string, field: string): string => {
  const tag = parseTypeTag(text);
  if (tag?.kind === 'struct') return typeTagText(tag);
  throw rpcError('BAD_FIELD', { field, reason: `${JSON.stringify(text)} is not a struct type` });
};

const ownedObjects = (context: RpcContext, request: GrpcTypes.ListOwnedObjectsRequest) => {
  const mask = parseMask(GrpcTypes.Object, request.readMask, ['object_id', 'version', 'object_type']);
  const owner = parseAddress(request.owner, 'owner');
  const type = request.objectType ? parseType(request.objectType, 'object_type') : undefined;
  const list = ['owned', owner, type ?? ''];
  const page = listOwnedObjects(context.ledger, { owner, ...(type ? { type } : {}), ...pageOf(request, list) });
  return {
    objects: page.items.map((object) => objectMessage(context, object, mask)),
    ...nextOf(page.next, list),
  };
};

const dynamicFields = (context: RpcContext, request: GrpcTypes.ListDynamicFieldsRequest) => {
  const mask = parseMask(GrpcTypes.DynamicField, request.readMask, ['parent', 'field_id']);
  const parent = parseAddress(request.parent, 'parent');
  const list = ['fields', parent];
  const page = listChildren(context.ledger, { parent, ...pageOf(request, list) });
  return {
    dynamicFields: page.items.flatMap((child) => dynamicFieldMessage(context, parent, child, mask) ?? []),
    ...nextOf(page.next, list),
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

/** A page of balances begins behind the coin type that its token names. */
const balances = (context: RpcContext, request: GrpcTypes.ListBalancesRequest) => {
  const owner = parseAddress(request.owner, 'owner');
  const list = ['balances', owner];
  const { limit, cursor } = pageOf(request, list);
  const after = cursor ? Buffer.from(cursor).toString('utf8') : '';
  const left = listBalances(context.ledger, owner)
    .filter(({ coinType }) => coinType > after)
    .sort((a, b) => (a.coinType < b.coinType ? -1 : 1));
  const page = left.slice(0, limit);
  const last = left.length > limit ? page.at(-1) : undefined;
  return { balances: page.map(balanceMessage), ...nextOf(last && Buffer.from(last.coinType, 'utf8'), list) };
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
