import { toHex } from '@atoma/base';
import type { Address, Owner } from '@atoma/move-engine';
import type { Digest, StoredObject } from '../../types.ts';
import { digestBytes, digestText } from '../base58.ts';
import { coinTypeOf } from '../type-tag.ts';
import { type Database, decodeRow, getRow, getRows, type Row, run, typeId, typeText, update } from './database.ts';
import { type LiveRow, live, OWNER, objects, packages } from './schema.ts';

/** 32-byte key of an id or address. */
export const key = (address: Address): Uint8Array => Buffer.from(address, 'hex');

const COLUMNS =
  'o.seq, o.id, o.version, o.kind, o.owner, o.initial, o.type, o.transferable, o.digest, o.previous, o.rebate, o.contents';

const ownerOf = (row: Row): Owner => {
  if (row.kind === OWNER.address) return { kind: 'address', address: toHex(row.owner as Uint8Array) };
  if (row.kind === OWNER.object) return { kind: 'object', parent: toHex(row.owner as Uint8Array) };
  if (row.kind === OWNER.shared) return { kind: 'shared', initialVersion: row.initial as number };
  if (row.kind !== OWNER.consensus) return { kind: 'immutable' };
  return { kind: 'consensus', address: toHex(row.owner as Uint8Array), startVersion: row.initial as number };
};

/** An object from a row of `objects`. */
const objectOfRow = (db: Database, row: Row): StoredObject => decodeRow(db, 'an object', () => decodeObject(db, row));

const decodeObject = (db: Database, row: Row): StoredObject => ({
  id: toHex(row.id as Uint8Array),
  version: row.version as number,
  digest: digestText(row.digest as Uint8Array),
  owner: ownerOf(row),
  type: typeText(db, row.type as number),
  publicTransfer: row.transferable === 1,
  contents: row.contents as Uint8Array,
  previousTransaction: digestText(row.previous as Uint8Array),
  storageRebate: BigInt(row.rebate as number),
});

/** The live object, or undefined. */
export const readLive = (db: Database, id: Address): StoredObject | undefined => {
  const row = getRow(db, `SELECT ${COLUMNS} FROM live l JOIN objects o ON o.seq = l.seq WHERE l.id = ?`, key(id));
  return row && objectOfRow(db, row);
};

/** One version of an object, live or not; undefined for versions at which it was deleted or wrapped. */
export const readVersion = (db: Database, id: Address, version: number): StoredObject | undefined => {
  const row = getRow(
    db,
    `SELECT ${COLUMNS} FROM objects o WHERE o.id = ? AND o.version = ? AND o.kind >= 0`,
    key(id),
    version,
  );
  return row && objectOfRow(db, row);
};

/** An object as it was at a version of the chain's clock: its last version not above; undefined when it was not live then. */
export const readUpTo = (db: Database, id: Address, version: number): StoredObject | undefined => {
  const row = getRow(
    db,
    `SELECT ${COLUMNS} FROM objects o WHERE o.id = ? AND o.version <= ? ORDER BY o.version DESC LIMIT 1`,
    key(id),
    version,
  );
  return row && (row.kind as number) >= 0 ? objectOfRow(db, row) : undefined;
};

/** Coin value as 8 big-endian bytes, null for what is no coin. */
const balanceOf = (object: StoredObject): Uint8Array | null =>
  coinTypeOf(object.type) === undefined || object.contents.length !== 40
    ? null
    : new Uint8Array(object.contents.subarray(32)).reverse();

const ownerKey = (owner: Owner): Uint8Array | null => {
  if (owner.kind === 'address' || owner.kind === 'consensus') return key(owner.address);
  return owner.kind === 'object' ? key(owner.parent) : null;
};

/** Version since which an object takes part in consensus. */
const initialOf = (owner: Owner): number | null => {
  if (owner.kind === 'shared') return owner.initialVersion;
  return owner.kind === 'consensus' ? owner.startVersion : null;
};

/** Lists show what an address owns, through consensus or not: in `live` both have one kind. */
const listedKind = (kind: number): number => (kind === OWNER.consensus ? OWNER.address : kind);

/** Writes a new version and makes it the live one. */
export const writeObject = (db: Database, object: StoredObject): void => {
  const [id, owner, type] = [key(object.id), ownerKey(object.owner), typeId(db, object.type)];
  const kind = OWNER[object.owner.kind];
  const seq = run(
    db,
    objects.insert,
    ...objects.values({
      seq: null,
      id,
      version: object.version,
      kind,
      owner,
      initial: initialOf(object.owner),
      type,
      transferable: object.publicTransfer,
      digest: digestBytes(object.digest) as Uint8Array,
      previous: digestBytes(object.previousTransaction) as Uint8Array,
      rebate: Number(object.storageRebate),
      contents: object.contents,
    }),
  );
  setLive(db, { id, seq, kind: listedKind(kind), owner, type, balance: balanceOf(object) });
};

const setLive = (db: Database, row: LiveRow): void => {
  const { id, seq, kind, owner, type, balance } = row;
  // Most writes change nothing but the version, or a coin's value: then the index by type stays as it is.
  const same = 'WHERE id = ? AND kind = ? AND owner IS ? AND type = ?';
  const changed =
    balance === null
      ? update(db, `UPDATE live SET seq = ? ${same}`, seq, id, kind, owner, type)
      : update(db, `UPDATE live SET seq = ?, balance = ? ${same}`, seq, balance, id, kind, owner, type);
  if (changed === 0) run(db, live.upsert, ...live.values(row));
};

/** Makes the latest remaining version of an object the live one, after later versions were removed. */
export const makeLive = (db: Database, id: Uint8Array): void => {
  const row = getRow(db, `SELECT ${COLUMNS} FROM objects o WHERE o.id = ? ORDER BY o.version DESC LIMIT 1`, id);
  if (!row || (row.kind as number) < 0) run(db, 'DELETE FROM live WHERE id = ?', id);
  else {
    const object = objectOfRow(db, row);
    setLive(db, {
      id,
      seq: row.seq as number,
      kind: listedKind(row.kind as number),
      owner: ownerKey(object.owner),
      type: row.type as number,
      balance: balanceOf(object),
    });
  }
};

/** An object that leaves the live set at `version`. */
export interface Removal {
  readonly id: Address;
  readonly version: number;
  readonly how: 'deleted' | 'wrapped';
}

/** Takes an object out of the live set in the transaction `by`; its history stays. */
export const removeObject = (db: Database, removal: Removal, by: Digest): void => {
  const id = key(removal.id);
  run(
    db,
    objects.insert,
    ...objects.values({
      seq: null,
      id,
      version: removal.version,
      kind: OWNER[removal.how],
      owner: null,
      initial: null,
      type: 0,
      transferable: false,
      digest: null,
      previous: digestBytes(by) as Uint8Array,
      rebate: 0,
      contents: null,
    }),
  );
  run(db, 'DELETE FROM live WHERE id = ?', id);
};

/**
 * The last version of an object shared since `initial`, or owned through consensus since then, with the version at which that
 * ended in place of its own; undefined unless it ended in `epoch`.
 */
export const readEnded = (db: Database, id: Address, initial: number, epoch: number): StoredObject | undefined => {
  const last = getRow(
    db,
    `SELECT ${COLUMNS} FROM objects o WHERE o.id = ? AND o.initial = ? AND o.kind IN (${OWNER.shared}, ${OWNER.consensus})
     ORDER BY o.version DESC LIMIT 1`,
    key(id),
    initial,
  );
  if (!last) return undefined;
  const end = getRow(
    db,
    'SELECT version, seq FROM objects WHERE id = ? AND version > ? ORDER BY version LIMIT 1',
    key(id),
    last.version as number,
  );
  const sql = 'SELECT epoch FROM checkpoints WHERE last_object >= ? ORDER BY sequence LIMIT 1';
  if (!end || getRow(db, sql, end.seq as number)?.epoch !== epoch) return undefined;
  return { ...objectOfRow(db, last), version: end.version as number };
};

/** Records a package so that its versions can be listed. */
export const writePackage = (
  db: Database,
  id: Address,
  original: Address,
  version: number,
  checkpoint: number,
): void => {
  run(db, packages.insert, ...packages.values({ id: key(id), original: key(original), version, checkpoint }));
};

/** Original id of a package's storage id, or undefined when there is no such package. */
export const originalOf = (db: Database, id: Address): Address | undefined => {
  const row = getRow(db, 'SELECT original FROM packages WHERE id = ?', key(id));
  return row && toHex(row.original as Uint8Array);
};

/** Storage ids of all versions of a package, oldest first. */
export const packageVersions = (db: Database, original: Address): { storageId: Address; version: number }[] =>
  getRows(db, 'SELECT id, version FROM packages WHERE original = ? ORDER BY version', key(original)).map((row) => ({
    storageId: toHex(row.id as Uint8Array),
    version: row.version as number,
  }));

/** Where a page of owned objects goes on: the last item's place in the index. */
export interface OwnedCursor {
  readonly type: number;
  readonly balance: Uint8Array | null;
  readonly id: Uint8Array;
}

/** A page of owned objects: rows of `live` in index order (type, balance descending, id). */
export const ownedRows = (
  db: Database,
  kind: number,
  owner: Address,
  types: readonly number[] | undefined,
  after: OwnedCursor | undefined,
  limit: number,
): StoredObject[] => {
  const found: StoredObject[] = [];
  const wanted = types ?? typesOwned(db, kind, owner);
  for (const type of [...wanted].sort((a, b) => a - b)) {
    if (found.length >= limit || (after && type < after.type)) continue;
    const rows = rowsOfType(db, kind, owner, type, after?.type === type ? after : undefined, limit - found.length);
    for (const row of rows) found.push(objectOfRow(db, row));
  }
  return found;
};

/** Types an owner has, smallest number first: one step in the index for each, however many objects there are. */
const typesOwned = (db: Database, kind: number, owner: Address): number[] => {
  const types: number[] = [];
  for (let last = -1; ; ) {
    const sql = 'SELECT min(type) AS type FROM live WHERE owner = ? AND kind = ? AND type > ?';
    const next = getRow(db, sql, key(owner), kind, last)?.type as number | null;
    if (next === null) return types;
    types.push(next);
    last = next;
  }
};

const OWNED = `SELECT ${COLUMNS} FROM live l JOIN objects o ON o.seq = l.seq
  WHERE l.owner = ? AND l.kind = ? AND l.type = ?`;
const ORDER = 'ORDER BY l.balance DESC, l.id LIMIT ?';

const rowsOfType = (
  db: Database,
  kind: number,
  owner: Address,
  type: number,
  after: OwnedCursor | undefined,
  limit: number,
): Row[] => {
  const from = [key(owner), kind, type] as const;
  if (!after) return getRows(db, `${OWNED} ${ORDER}`, ...from, limit);
  if (after.balance === null) return getRows(db, `${OWNED} AND l.id > ? ${ORDER}`, ...from, after.id, limit);
  return getRows(
    db,
    `${OWNED} AND (l.balance < ? OR (l.balance = ? AND l.id > ?)) ${ORDER}`,
    ...from,
    after.balance,
    after.balance,
    after.id,
    limit,
  );
};

/** Place of an object in the index of owned objects. */
export const ownedCursorOf = (db: Database, object: StoredObject): OwnedCursor => ({
  type: typeId(db, object.type),
  balance: balanceOf(object),
  id: key(object.id),
});

/** Type numbers of a full type, or of all instantiations of a bare generic. */
export const typesMatching = (db: Database, type: string): number[] =>
  getRows(db, 'SELECT id FROM types WHERE text = ? OR (text >= ? AND text < ?)', type, `${type}<`, `${type}=`).map(
    (row) => row.id as number,
  );

/** Texts of all types that begin so. */
export const typesWithin = (db: Database, start: string): string[] =>
  getRows(db, 'SELECT text FROM types WHERE text >= ? AND text < ?', start, `${start}~`).map(
    (row) => row.text as string,
  );

/** Sum and number of an address's coins by coin type. */
export const coinTotals = (
  db: Database,
  owner: Address,
): { readonly type: string; readonly balance: bigint; readonly count: number }[] => {
  const totals = new Map<number, { balance: bigint; count: number }>();
  const rows = getRows(
    db,
    'SELECT type, balance FROM live WHERE owner = ? AND kind = ? AND balance IS NOT NULL',
    key(owner),
    OWNER.address,
  );
  for (const row of rows) {
    const total = totals.get(row.type as number) ?? { balance: 0n, count: 0 };
    total.balance += Buffer.from(row.balance as Uint8Array).readBigUInt64BE();
    total.count += 1;
    totals.set(row.type as number, total);
  }
  return [...totals].map(([type, total]) => ({ type: typeText(db, type), ...total }));
};

/** Live objects of a type (full, or bare generic), in id order, at most `limit`. */
export const liveOfType = (db: Database, type: string, limit: number): StoredObject[] =>
  typesMatching(db, type).flatMap((id) =>
    getRows(
      db,
      `SELECT ${COLUMNS} FROM live l JOIN objects o ON o.seq = l.seq WHERE l.type = ? ORDER BY l.id LIMIT ?`,
      id,
      limit,
    ).map((row) => objectOfRow(db, row)),
  );
