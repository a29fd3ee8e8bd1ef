import type { Address, MovePackage, Owner } from '@atoma/move-engine';
import type { StoredObject } from '../types.ts';
import { digestText } from './base58.ts';
import {
  expectEnd,
  getAddress,
  getBytes,
  getList,
  getSmallU64,
  getText,
  newReader,
  type Reader,
} from './bcs-reader.ts';
import {
  newWriter,
  putAddress,
  putBytes,
  putLength,
  putRaw,
  putText,
  putU8,
  putU64,
  type Writer,
  written,
} from './bcs-writer.ts';
import { putDigest, saltedDigest } from './digests.ts';
import { objectTypeBcs } from './type-tag.ts';

/** BCS of Sui's `Owner`. */
export const putOwner = (w: Writer, owner: Owner): void => {
  if (owner.kind === 'address') {
    putU8(w, 0);
    putAddress(w, owner.address);
  } else if (owner.kind === 'object') {
    putU8(w, 1);
    putAddress(w, owner.parent);
  } else if (owner.kind === 'shared') {
    putU8(w, 2);
    putU64(w, owner.initialVersion);
  } else if (owner.kind === 'consensus') {
    putU8(w, 4);
    putU64(w, owner.startVersion);
    putAddress(w, owner.address);
  } else putU8(w, 3);
};

/** What the BCS of an object is made of. */
export type ObjectParts = Omit<StoredObject, 'digest'>;

/** Data and owner of an object at a version: how the BCS of one begins, in the genesis transaction too. */
export const putData = (
  w: Writer,
  object: Pick<ObjectParts, 'type' | 'contents' | 'publicTransfer' | 'owner'>,
  version: number,
): void => {
  if (object.type === 'package') {
    putU8(w, 1);
    putRaw(w, object.contents); // the BCS of its `MovePackage` already
  } else {
    putU8(w, 0);
    putRaw(w, objectTypeBcs(object.type));
    putU8(w, object.publicTransfer ? 1 : 0);
    putU64(w, version);
    putBytes(w, object.contents);
  }
  putOwner(w, object.owner);
};

const objectWriter = newWriter(1024);

const writeObject = (object: ObjectParts): Writer => {
  const w = objectWriter;
  w.length = 0;
  putData(w, object, object.version);
  putDigest(w, object.previousTransaction);
  putU64(w, object.storageRebate);
  return w;
};

/** BCS of an object as Sui's `Object` (the SDK's `bcs.Object`): data, owner, previous transaction, storage rebate (MIST). */
export const objectBcs = (object: ObjectParts): Uint8Array => written(writeObject(object));

/** Digest of an object version. */
export const objectDigest = (object: ObjectParts): string => {
  const { buffer, length } = writeObject(object);
  return digestText(saltedDigest('object', new Uint8Array(buffer.buffer, buffer.byteOffset, length)));
};

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** BCS of Sui's `MovePackage`; maps are in the order of their keys' BCS, so short names come first. */
export const encodePackage = (pkg: MovePackage): Uint8Array => {
  const w = newWriter(4096);
  putAddress(w, pkg.storageId);
  putU64(w, pkg.version);
  const modules = [...pkg.modules].sort(([a], [b]) => a.length - b.length || byText(a, b));
  putLength(w, modules.length);
  for (const [name, bytes] of modules) {
    putText(w, name);
    putBytes(w, bytes);
  }
  putLength(w, pkg.typeOrigins.length);
  for (const origin of pkg.typeOrigins) {
    putText(w, origin.module);
    putText(w, origin.datatype);
    putAddress(w, origin.package);
  }
  putLinkage(w, pkg.linkage);
  return written(w);
};

const putLinkage = (w: Writer, linkage: MovePackage['linkage']): void => {
  const entries = [...linkage].sort(([a], [b]) => byText(a, b));
  putLength(w, entries.length);
  for (const [original, target] of entries) {
    putAddress(w, original);
    putAddress(w, target.storageId);
    putU64(w, target.version);
  }
};

const getModule = (r: Reader): readonly [string, Uint8Array] => [getText(r), getBytes(r)];
const getOrigin = (r: Reader): MovePackage['typeOrigins'][number] => ({
  module: getText(r),
  datatype: getText(r),
  package: getAddress(r),
});
const getLink = (r: Reader): readonly [Address, { storageId: Address; version: number }] => [
  getAddress(r),
  { storageId: getAddress(r), version: getSmallU64(r) },
];

/** The package in `contents`. `originalId` is kept beside it by the store, since Sui reads it from the bytecode. */
export const decodePackage = (contents: Uint8Array, originalId: Address): MovePackage => {
  const r = newReader(contents);
  const [storageId, version] = [getAddress(r), getSmallU64(r)];
  const modules = new Map(getList(r, getModule));
  const typeOrigins = getList(r, getOrigin);
  const linkage = new Map(getList(r, getLink));
  expectEnd(r);
  return { storageId, originalId, version, modules, linkage, typeOrigins };
};
