/** Packages and sessions without a ledger: what unit tests run on. */
import { deserializeModule } from '../internal/binary/deserialize.ts';
import type { Address, MovePackage, MoveVm, ObjectSource, PackageSource, Session, SessionOptions } from '../types.ts';

/** Full address of a short one: `2` -> 64 digits. */
export const long = (short: string): Address => short.replace(/^0x/, '').padStart(64, '0');

/** A first-version package from modules; dependencies run as they are. */
export const packageOf = (
  modules: readonly Uint8Array[],
  id: string,
  dependencies: readonly string[] = [],
): MovePackage => {
  const address = long(id);
  const table = modules.map((bytes) => {
    const m = deserializeModule(bytes);
    const name = m.identifiers[m.moduleHandles[m.self]?.name ?? -1] as string;
    const handles = [...m.structDefs, ...m.enumDefs].map((def) => m.datatypeHandles[def.handle]?.name ?? -1);
    return { name, bytes, datatypes: handles.map((at) => m.identifiers[at] as string) };
  });
  return {
    storageId: address,
    originalId: address,
    version: 1,
    modules: new Map(table.map(({ name, bytes }) => [name, bytes])),
    linkage: new Map(dependencies.map((dep) => [long(dep), { storageId: long(dep), version: 1 }])),
    typeOrigins: table.flatMap(({ name, datatypes }) =>
      datatypes.map((datatype) => ({ module: name, datatype, package: address })),
    ),
  };
};

/** Address of a module, 64 digits. */
const addressOf = (bytes: Uint8Array): Address => {
  const m = deserializeModule(bytes);
  return m.addresses[m.moduleHandles[m.self]?.address ?? -1] as Address;
};

/** Modules of several packages, compiled together, as packages that link to each other. */
export const groupPackages = (modules: readonly Uint8Array[]): readonly MovePackage[] => {
  const byAddress = Map.groupBy(modules, addressOf);
  const all = [...byAddress.keys()];
  return all.map((address) =>
    packageOf(
      byAddress.get(address) ?? [],
      address,
      all.filter((other) => other !== address),
    ),
  );
};

/** Bytes of base64 text. */
export const unbase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/** A source of exactly these packages. */
export const sourceOf = (...packages: readonly MovePackage[]): PackageSource => {
  const byId = new Map(packages.map((pkg) => [pkg.storageId, pkg]));
  return { getPackage: (id) => byId.get(id) };
};

const noObjects: ObjectSource = { child: () => undefined, receivable: () => undefined };

/** A session of sender 0xa over no objects. */
export const newSession = (vm: MoveVm, options: Partial<SessionOptions> = {}): Session =>
  vm.newSession({
    txContext: {
      sender: long('a'),
      digest: new Uint8Array(32).fill(7),
      epoch: 3,
      epochTimestampMs: 1_700_000_000_000,
      referenceGasPrice: 1_000,
      gasPrice: 1_000,
      gasBudget: 5_000_000_000n,
    },
    computationLimit: 5_000_000_000,
    objects: noObjects,
    inputs: new Map(),
    ...options,
  });
