import { deserializeModule } from '../internal/binary/deserialize.ts';
import type { Address, MovePackage, MoveVm, ObjectSource, Session, SessionOptions } from '../types.ts';

/** Support for the engine's tests: packages from bytecode, sessions over no objects. */

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
