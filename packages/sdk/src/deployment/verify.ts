/** Checking that a record, a chain and this SDK belong together. */
import { toHex } from '@atoma/base';
import { normalizeStructTag } from '@mysten/sui/utils';
import type { AtomaClient } from '../context/atoma.ts';
import { reach } from '../failures/network.ts';
import { packageModules } from '../internal/packages.ts';
import { replaceAddress } from './bytecode.ts';
import type { Deployment } from './record.ts';
import { linkPackage, type ShippedPackage, shippedPackages } from './shipped.ts';

/** One question and its answer. */
export interface VerificationCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** All answers; `ok` when each is. */
export interface Verification {
  readonly ok: boolean;
  readonly checks: readonly VerificationCheck[];
}

/** What is to be verified. */
export interface VerifyDeploymentParameters {
  readonly client: AtomaClient;
  readonly deployment: Deployment;
}

const same = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean => {
  const text = (list: readonly Uint8Array[]) => list.map(toHex).sort().join();
  return text(a) === text(b);
};

/** Published modules name themselves by their package's first id; shipped ones by 0x0. */
const checkPackage = async (
  client: AtomaClient,
  name: string,
  ids: { readonly id: string | null; readonly original: string | null },
  shipped: ShippedPackage,
): Promise<VerificationCheck> => {
  const question = `package ${name} is the shipped bytecode`;
  if (ids.id === null) return { name: question, ok: false, detail: 'the record has no id' };
  const found = await packageModules(client, ids.id);
  if (!found) return { name: question, ok: false, detail: `there is no package ${ids.id}` };
  const ok = same(found, withSelf(shipped, ids.original ?? ids.id));
  return { name: question, ok, detail: ok ? ids.id : `${ids.id} holds other modules` };
};

const ZERO = `0x${'0'.repeat(64)}`;
const withSelf = (shipped: ShippedPackage, id: string): readonly Uint8Array[] =>
  shipped.modules.map((module) => replaceAddress(module, ZERO, id));

const checkObject = async (
  client: AtomaClient,
  name: string,
  id: string | null,
  type: string | null,
): Promise<VerificationCheck> => {
  if (id === null || type === null) return { name, ok: false, detail: 'the record has no id' };
  const { objects } = await reach(client.network, client.getObjects({ objectIds: [id] }));
  const [object] = objects;
  if (!object || object instanceof Error) return { name, ok: false, detail: `there is no object ${id}` };
  const ok = object.type === normalizeStructTag(type);
  return { name, ok, detail: ok ? id : `${id} is ${object.type}` };
};

const checkChain = async (client: AtomaClient, deployment: Deployment): Promise<VerificationCheck> => {
  const name = 'chain is the one published on';
  const { chainIdentifier } = await reach(client.network, client.core.getChainIdentifier());
  const ok = deployment.chainId === null || deployment.chainId === chainIdentifier;
  return {
    name,
    ok,
    detail: ok ? chainIdentifier : `the record says ${deployment.chainId}, the chain is ${chainIdentifier}`,
  };
};

/** Compares chain, package bytecode and shared objects with the record. Throws only `NETWORK_*`. */
export const verifyDeployment = async (parameters: VerifyDeploymentParameters): Promise<Verification> => {
  const { client, deployment: d } = parameters;
  const shipped = await shippedPackages();
  const atoma = d.tomaPackageId === null ? shipped.atoma : linkPackage(shipped.atoma, shipped.toma, d.tomaPackageId);
  const market = (path: string) => `${d.originalPackageId}::${path}`;
  const faucetType = d.tomaOriginalPackageId === null ? null : `${d.tomaOriginalPackageId}::toma::Faucet`;
  const checks = await Promise.all([
    checkChain(client, d),
    checkPackage(client, 'toma', { id: d.tomaPackageId, original: d.tomaOriginalPackageId }, shipped.toma),
    checkPackage(client, 'atoma', { id: d.packageId, original: d.originalPackageId }, atoma),
    checkObject(client, 'database is shared', d.dbId, market('db::AtomaDb')),
    checkObject(client, 'faucet is shared', d.faucetId, faucetType),
  ]);
  return { ok: checks.every((check) => check.ok), checks };
};
