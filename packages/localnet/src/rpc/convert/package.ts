import type {
  Address,
  DatatypeInfo,
  FunctionInfo,
  MovePackage,
  MoveVm,
  OpenType,
  SignatureType,
} from '@atoma/move-engine';
import { GrpcTypes } from '@mysten/sui/grpc';
import { prefixed } from './address.ts';

const abilityBits = [
  [1, GrpcTypes.Ability.COPY],
  [2, GrpcTypes.Ability.DROP],
  [4, GrpcTypes.Ability.STORE],
  [8, GrpcTypes.Ability.KEY],
] as const;

const abilities = (bits: number): GrpcTypes.Ability[] =>
  abilityBits.filter(([bit]) => (bits & bit) !== 0).map(([, ability]) => ability);

const kinds = GrpcTypes.OpenSignatureBody_Type;
const primitives: Readonly<Record<string, GrpcTypes.OpenSignatureBody_Type>> = {
  address: kinds.ADDRESS,
  bool: kinds.BOOL,
  u8: kinds.U8,
  u16: kinds.U16,
  u32: kinds.U32,
  u64: kinds.U64,
  u128: kinds.U128,
  u256: kinds.U256,
};

const bodyMessage = (type: OpenType): GrpcTypes.OpenSignatureBody => {
  switch (type.kind) {
    case 'vector':
      return { type: kinds.VECTOR, typeParameterInstantiation: [bodyMessage(type.element)] };
    case 'parameter':
      return { type: kinds.TYPE_PARAMETER, typeParameter: type.index, typeParameterInstantiation: [] };
    case 'datatype':
      return {
        type: kinds.DATATYPE,
        typeName: `${prefixed(type.address)}::${type.module}::${type.name}`,
        typeParameterInstantiation: type.typeArguments.map(bodyMessage),
      };
    default:
      return { type: primitives[type.kind] ?? kinds.TYPE_UNKNOWN, typeParameterInstantiation: [] };
  }
};

const references = {
  immutable: GrpcTypes.OpenSignature_Reference.IMMUTABLE,
  mutable: GrpcTypes.OpenSignature_Reference.MUTABLE,
};

const signatureMessage = ({ reference, body }: SignatureType): GrpcTypes.OpenSignature => ({
  ...(reference === 'none' ? {} : { reference: references[reference] }),
  body: bodyMessage(body),
});

const visibilities = {
  public: GrpcTypes.FunctionDescriptor_Visibility.PUBLIC,
  friend: GrpcTypes.FunctionDescriptor_Visibility.FRIEND,
  private: GrpcTypes.FunctionDescriptor_Visibility.PRIVATE,
};

/** A function's signature as `GetFunction` gives it. */
export const functionMessage = (name: string, info: FunctionInfo): GrpcTypes.FunctionDescriptor => ({
  name,
  visibility: visibilities[info.visibility],
  isEntry: info.isEntry,
  typeParameters: info.typeParameters.map((bits) => ({ constraints: abilities(bits), isPhantom: false })),
  parameters: info.parameters.map(signatureMessage),
  returns: info.returns.map(signatureMessage),
});

const fieldMessages = (fields: DatatypeInfo['fields']): GrpcTypes.FieldDescriptor[] =>
  fields.map(({ name, type }, position) => ({ name, position, type: bodyMessage(type) }));

/** A struct or enum as `GetDatatype` gives it. */
export const datatypeMessage = (module: string, info: DatatypeInfo): GrpcTypes.DatatypeDescriptor => ({
  typeName: `${prefixed(info.definingId)}::${module}::${info.name}`,
  definingId: prefixed(info.definingId),
  module,
  name: info.name,
  abilities: abilities(info.abilities),
  typeParameters: info.typeParameters.map(({ constraints, isPhantom }) => ({
    constraints: abilities(constraints),
    isPhantom,
  })),
  kind: GrpcTypes.DatatypeDescriptor_DatatypeKind[info.kind === 'struct' ? 'STRUCT' : 'ENUM'],
  fields: fieldMessages(info.fields),
  variants: info.variants.map(({ name, fields }, position) => ({ name, position, fields: fieldMessages(fields) })),
});

const moduleMessage = (vm: MoveVm, id: Address, name: string, contents: Uint8Array): GrpcTypes.Module => {
  const info = vm.moduleInfo(id, name);
  return {
    name,
    contents,
    datatypes: (info?.datatypes ?? []).map((type) => datatypeMessage(name, vm.datatypeInfo(id, name, type)!)),
    functions: (info?.functions ?? []).map((fn) => functionMessage(fn, vm.functionInfo(id, name, fn)!)),
  };
};

/** A package with modules, type origins and linkage. */
export const packageMessage = (vm: MoveVm, pkg: MovePackage): GrpcTypes.Package => ({
  storageId: prefixed(pkg.storageId),
  originalId: prefixed(pkg.originalId),
  version: BigInt(pkg.version),
  modules: [...pkg.modules].map(([name, bytes]) => moduleMessage(vm, pkg.storageId, name, bytes)),
  typeOrigins: pkg.typeOrigins.map((origin) => ({
    moduleName: origin.module,
    datatypeName: origin.datatype,
    packageId: prefixed(origin.package),
  })),
  linkage: [...pkg.linkage].map(([originalId, { storageId, version }]) => ({
    originalId: prefixed(originalId),
    upgradedId: prefixed(storageId),
    upgradedVersion: BigInt(version),
  })),
});
