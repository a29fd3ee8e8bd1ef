import type { MovePackage } from '@atoma/move-engine';
import type { GrpcTypes } from '@mysten/sui/grpc';
import { parseAddress, prefixed } from '../convert/address.ts';
import { datatypeMessage, functionMessage, packageMessage } from '../convert/package.ts';
import { getObject, listPackageVersions } from '../ledger-functions.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';
import type { ServiceHandlers } from '../transport/dispatch.ts';

const findPackage = (context: RpcContext, text: string | undefined): MovePackage => {
  const id = parseAddress(text, 'package_id');
  const pkg = context.packageAt(id);
  if (pkg) return pkg;
  throw rpcError(getObject(context.ledger, id) ? 'NOT_A_PACKAGE' : 'PACKAGE_NOT_FOUND', { id: prefixed(id) });
};

interface NamedRequest {
  readonly packageId?: string;
  readonly moduleName?: string;
  readonly name?: string;
}

/** Package, module and name of a request, checked down to the module. */
const locate = (context: RpcContext, request: NamedRequest) => {
  const { storageId, modules } = findPackage(context, request.packageId);
  const { moduleName, name } = request;
  if (!moduleName) throw rpcError('MISSING_FIELD', { field: 'module_name' });
  if (!name) throw rpcError('MISSING_FIELD', { field: 'name' });
  if (!modules.has(moduleName)) throw rpcError('MODULE_NOT_FOUND', { name: moduleName, id: prefixed(storageId) });
  return { storageId, moduleName, name, details: { name, module: moduleName, id: prefixed(storageId) } };
};

const getDatatype = (context: RpcContext, request: GrpcTypes.GetDatatypeRequest) => {
  const { storageId, moduleName, name, details } = locate(context, request);
  const info = context.vm.datatypeInfo(storageId, moduleName, name);
  if (!info) throw rpcError('DATATYPE_NOT_FOUND', details);
  return { datatype: datatypeMessage(moduleName, info) };
};

const getFunction = (context: RpcContext, request: GrpcTypes.GetFunctionRequest) => {
  const { storageId, moduleName, name, details } = locate(context, request);
  const info = context.vm.functionInfo(storageId, moduleName, name);
  if (!info) throw rpcError('FUNCTION_NOT_FOUND', details);
  return { function: functionMessage(name, info) };
};

/** `sui.rpc.v2.MovePackageService`: everything comes from bytecode. */
export const movePackageService = (context: RpcContext): ServiceHandlers => ({
  GetPackage: (request: GrpcTypes.GetPackageRequest) => ({
    package: packageMessage(context.vm, findPackage(context, request.packageId)),
  }),
  GetDatatype: (request: GrpcTypes.GetDatatypeRequest) => getDatatype(context, request),
  GetFunction: (request: GrpcTypes.GetFunctionRequest) => getFunction(context, request),
  ListPackageVersions: (request: GrpcTypes.ListPackageVersionsRequest) => ({
    versions: listPackageVersions(context.ledger, findPackage(context, request.packageId).storageId).map(
      ({ storageId, version }) => ({
        packageId: prefixed(storageId),
        version: BigInt(version),
      }),
    ),
  }),
});
