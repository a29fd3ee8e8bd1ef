import { getAddress, getLength, getList, getU8, isBcsFault, newReader, type Reader, refuse } from './bcs-reader.ts';
import { getIdentifier } from './type-tag.ts';

/** What publishing must know of a module without executing it. */
export interface ModuleOutline {
  readonly name: string;
  /** Address the module gives itself; 0x0 in what a compiler returns for publishing. */
  readonly address: string;
  /** Byte position of that address, to put the package's id there. */
  readonly addressAt: number;
  /** Addresses of other modules it links to. */
  readonly dependencies: ReadonlySet<string>;
  /** Structs, then enums, in the order of their definitions: the order of Sui's type-origin table. */
  readonly datatypes: readonly string[];
}

/** Table kinds of the Move binary format (`move-binary-format/src/file_format_common.rs`). */
const TABLE = {
  moduleHandles: 0x1,
  datatypeHandles: 0x2,
  identifiers: 0x7,
  addresses: 0x8,
  structs: 0xa,
  enums: 0x11,
} as const;

const MAGIC = 'a11ceb0b';

interface Tables {
  readonly bytes: Uint8Array;
  readonly at: ReadonlyMap<number, { readonly offset: number; readonly length: number }>;
  readonly selfHandle: number;
}

const readTables = (bytes: Uint8Array): Tables => {
  const r = newReader(bytes);
  if (r.bytes.toString('hex', 0, 4) !== MAGIC) refuse('it does not start like a Move module');
  r.at = 8; // magic and version
  const entries = getList(r, (inner) => ({ kind: getU8(inner), offset: getLength(inner), length: getLength(inner) }));
  const base = r.at;
  const end = entries.reduce((most, entry) => Math.max(most, entry.offset + entry.length), 0);
  r.at = base + end;
  const selfHandle = getLength(r);
  return {
    bytes,
    at: new Map(entries.map(({ kind, offset, length }) => [kind, { offset: base + offset, length }])),
    selfHandle,
  };
};

const readTable = <Item>(tables: Tables, kind: number, read: (r: Reader) => Item): Item[] => {
  const table = tables.at.get(kind);
  if (!table) return [];
  const r = newReader(tables.bytes.subarray(0, table.offset + table.length));
  r.at = table.offset;
  const items: Item[] = [];
  while (r.at < table.offset + table.length) items.push(read(r));
  return items;
};

const skipToken = (r: Reader): void => {
  const kind = getU8(r);
  if (kind === 0x6 || kind === 0x7 || kind === 0xa) skipToken(r);
  else if (kind === 0x8 || kind === 0x9) getLength(r);
  else if (kind === 0xb) {
    getLength(r);
    for (let left = getLength(r); left > 0; left--) skipToken(r);
  }
};

const skipField = (r: Reader): void => {
  getLength(r);
  skipToken(r);
};

const skipFields = (r: Reader): void => {
  for (let left = getLength(r); left > 0; left--) skipField(r);
};

const structHandle = (r: Reader): number => {
  const handle = getLength(r);
  if (getU8(r) === 2) skipFields(r);
  return handle;
};

const enumHandle = (r: Reader): number => {
  const handle = getLength(r);
  getU8(r);
  for (let left = getLength(r); left > 0; left--) {
    getLength(r);
    skipFields(r);
  }
  return handle;
};

const datatypeName = (r: Reader): number => {
  getLength(r);
  const name = getLength(r);
  getU8(r);
  for (let left = getLength(r); left > 0; left--) {
    getU8(r);
    getU8(r);
  }
  return name;
};

const outline = (bytes: Uint8Array): ModuleOutline => {
  const tables = readTables(bytes);
  const modules = readTable(tables, TABLE.moduleHandles, (r) => ({ address: getLength(r), name: getLength(r) }));
  const identifiers = readTable(tables, TABLE.identifiers, getIdentifier);
  const addresses = readTable(tables, TABLE.addresses, getAddress);
  const handles = readTable(tables, TABLE.datatypeHandles, datatypeName);
  const defined = [...readTable(tables, TABLE.structs, structHandle), ...readTable(tables, TABLE.enums, enumHandle)];
  const self = modules[tables.selfHandle] ?? refuse('it has no handle for itself');
  const address = addresses[self.address] ?? refuse('it has no address');
  const dependencies = new Set(modules.map((module) => addresses[module.address] ?? refuse('an address is missing')));
  dependencies.delete(address);
  return {
    name: identifiers[self.name] ?? refuse('it has no name'),
    address,
    addressAt: (tables.at.get(TABLE.addresses)?.offset ?? 0) + self.address * 32,
    dependencies,
    datatypes: defined.map((handle) => identifiers[handles[handle] ?? -1] ?? refuse('a datatype has no name')),
  };
};

/** Outline of a module, or why the bytes are none. */
export const readModule = (bytes: Uint8Array): ModuleOutline | { readonly bcsFault: string } => {
  try {
    return outline(bytes);
  } catch (thrown) {
    if (isBcsFault(thrown)) return thrown;
    throw thrown;
  }
};

/** A copy of the module that gives itself another address. */
export const withAddress = (bytes: Uint8Array, module: ModuleOutline, address: string): Uint8Array => {
  const copy = new Uint8Array(bytes);
  copy.set(Buffer.from(address, 'hex'), module.addressAt);
  return copy;
};
