import { GrpcTypes } from '@mysten/sui/grpc';
import { objectBcs } from '../../internal/object-bcs.ts';
import { coinTypeOf } from '../../internal/type-tag.ts';
import type { StoredObject } from '../../types.ts';
import { type Mask, project, wants } from '../mask.ts';
import type { RpcContext } from '../rpc-context.ts';
import type { Draft } from '../transport/proto.ts';
import { prefixed } from './address.ts';
import { displayMessage } from './display.ts';
import { jsonOfBcs } from './json.ts';
import { ownerMessage } from './owner.ts';
import { packageMessage } from './package.ts';

const ID_BYTES = 32;

/** Base units in a coin object. */
export const coinBalance = (contents: Uint8Array): bigint =>
  new DataView(contents.buffer, contents.byteOffset, contents.byteLength).getBigUint64(ID_BYTES, true);

const structFields = (context: RpcContext, object: StoredObject, mask: Mask): Draft<'Object'> => {
  const draft: Draft<'Object'> = {};
  if (wants(mask, 'contents')) draft.contents = { name: object.type, value: object.contents };
  draft.hasPublicTransfer = object.publicTransfer;
  if (wants(mask, 'json')) Object.assign(draft, jsonOfBcs(context.vm, object.type, object.contents));
  const display = wants(mask, 'display') ? displayMessage(context, object) : undefined;
  if (display) draft.display = display;
  if (wants(mask, 'balance') && coinTypeOf(object.type)) draft.balance = coinBalance(object.contents);
  return draft;
};

const packageFields = (context: RpcContext, object: StoredObject, mask: Mask): Draft<'Object'> => {
  const pkg = wants(mask, 'package') ? context.packageAt(object.id) : undefined;
  return pkg ? { package: packageMessage(context.vm, pkg) } : {};
};

/** The wanted fields of an object. */
export const objectMessage = (context: RpcContext, object: StoredObject, mask: Mask): Draft<'Object'> => {
  const draft: Draft<'Object'> = {
    objectId: prefixed(object.id),
    version: BigInt(object.version),
    digest: object.digest,
    objectType: object.type,
    previousTransaction: object.previousTransaction,
    storageRebate: object.storageRebate,
    ...(object.type === 'package' ? packageFields(context, object, mask) : structFields(context, object, mask)),
  };
  if (wants(mask, 'owner')) draft.owner = ownerMessage(object.owner);
  if (wants(mask, 'bcs')) draft.bcs = { name: 'Object', value: objectBcs(object) };
  return project(GrpcTypes.Object, draft, mask);
};
