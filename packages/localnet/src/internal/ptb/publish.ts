import { blake2b256, isAtomaError, toHex } from '@atoma/base';
import type { Address, MovePackage, MoveValue } from '@atoma/move-engine';
import { ledgerError } from '../../ledger-errors.ts';
import { MAX_PACKAGE_BYTES, PUBLISH_UNITS_PER_BYTE } from '../../params.ts';
import { type ModuleOutline, readModule, withAddress } from '../bytecode.ts';
import { packageBytes } from '../gas.ts';
import type { Command } from '../transaction-data.ts';
import { isCompatible } from './compatibility.ts';
import type { PtbContext } from './context.ts';
import { failWith } from './failure.ts';
import { linkPublication } from './linkage.ts';
import { charge, countInit } from './metering.ts';
import { invoke } from './move-call.ts';

const ZERO = '0'.repeat(64);

type Modules = readonly { readonly bytes: Uint8Array; readonly outline: ModuleOutline }[];

const badBytecode = (ctx: PtbContext, reason: string): never =>
  failWith(
    { VMVerificationOrDeserializationError: true },
    `Move bytecode verification error in command ${ctx.command}: ${reason}.`,
    ctx.command,
  );

const brokenRule = (ctx: PtbContext, reason: string): never =>
  failWith(
    { SuiMoveVerificationError: true },
    `Sui Move bytecode verification error in command ${ctx.command}: ${reason}.`,
    ctx.command,
  );

const readModules = (ctx: PtbContext, modules: readonly Uint8Array[]): Modules => {
  const read = modules.map((bytes, i) => {
    const outline = readModule(bytes);
    if ('bcsFault' in outline) return badBytecode(ctx, `module ${i}: ${outline.bcsFault}`);
    if (outline.address !== ZERO)
      failWith(
        { PublishErrorNonZeroAddress: true },
        `Publish error: module ${outline.name} has address 0x${outline.address}, it must be 0x0.`,
        ctx.command,
      );
    return { bytes, outline };
  });
  if (new Set(read.map(({ outline }) => outline.name)).size !== read.length)
    badBytecode(ctx, 'two modules have one name');
  return read;
};

const linkTo = (ctx: PtbContext, modules: Modules, dependencies: readonly Address[]): MovePackage['linkage'] => {
  const packages = linkPublication(ctx, dependencies);
  const linkage = new Map(packages.map((pkg) => [pkg.originalId, { storageId: pkg.storageId, version: pkg.version }]));
  const missing = (what: string): never =>
    failWith(
      { PublishUpgradeMissingDependency: true },
      `Publish error: dependency 0x${what} is not in the list.`,
      ctx.command,
    );
  for (const { outline } of modules)
    for (const address of outline.dependencies) if (!linkage.has(address)) missing(address);
  for (const pkg of packages)
    for (const [original, needed] of pkg.linkage) {
      const given = linkage.get(original) ?? missing(original);
      if (given.version < needed.version)
        failWith(
          { PublishUpgradeDependencyDowngrade: true },
          `Publish error: 0x${original} is given at version ${given.version}, 0x${pkg.storageId} needs ${needed.version}.`,
          ctx.command,
        );
    }
  return linkage;
};

const admit = (ctx: PtbContext, pkg: MovePackage, check: () => void = () => {}): void => {
  const size = packageBytes(pkg);
  if (size > MAX_PACKAGE_BYTES)
    failWith(
      { MovePackageTooBig: { objectSize: String(size), maxObjectSize: String(MAX_PACKAGE_BYTES) } },
      `Move package with size ${size} is larger than the maximum ${MAX_PACKAGE_BYTES} bytes.`,
      ctx.command,
    );
  ctx.announce(pkg);
  try {
    check(); // before the verifier, which would only see that code and known types disagree
    ctx.vm.verifyPackage(pkg);
  } catch (thrown) {
    if (!isAtomaError(thrown)) throw thrown;
    if (thrown.code === 'ENGINE_TOO_COMPLEX')
      throw ledgerError('PACKAGE_TOO_COMPLEX', { reason: thrown.message }, thrown);
    if (thrown.code === 'ENGINE_BROKEN_RULE') brokenRule(ctx, thrown.message);
    badBytecode(ctx, thrown.message);
  }
  ctx.session.addPackage(pkg);
  ctx.published.push(pkg);
};

const chargePublish = (ctx: PtbContext, modules: readonly Uint8Array[]): void => {
  const bytes = modules.reduce((sum, module) => sum + module.length, 0);
  charge(ctx, bytes * PUBLISH_UNITS_PER_BYTE, 'publishing', ctx.command);
};

/** Publish: stores the package, runs each module's `init`, returns the UpgradeCap. */
export const runPublish = (ctx: PtbContext, command: Command & { readonly kind: 'publish' }): MoveValue[] => {
  chargePublish(ctx, command.modules);
  const modules = readModules(ctx, command.modules);
  const linkage = linkTo(ctx, modules, command.dependencies);
  const id = ctx.session.freshId();
  const pkg: MovePackage = {
    storageId: id,
    originalId: id,
    version: 1,
    modules: new Map(modules.map(({ bytes, outline }) => [outline.name, withAddress(bytes, outline, id)])),
    linkage,
    typeOrigins: modules.flatMap(({ outline }) =>
      outline.datatypes.map((datatype) => ({ module: outline.name, datatype, package: id })),
    ),
  };
  admit(ctx, pkg);
  for (const { outline } of modules) runInit(ctx, id, outline.name);
  const cap = ctx.session.freshId();
  ctx.session.recordCreated(cap);
  return [[[[cap]], [id], 1, 0]];
};

const runInit = (ctx: PtbContext, id: Address, module: string): void => {
  const info = ctx.vm.functionInfo(id, module, 'init');
  if (!info) return;
  countInit(ctx);
  // The verifier has seen to it: TxContext alone, or the witness and TxContext.
  invoke(ctx, { package: id, module, function: 'init' }, [], info.parameters.length === 2 ? [[true]] : []);
};

const initAdded = (ctx: PtbContext, id: Address, module: string): void => {
  if (!ctx.protocol.runsInitOnUpgrade && ctx.vm.functionInfo(id, module, 'init'))
    failWith(
      { FeatureNotYetSupported: true },
      `Command ${ctx.command}: \`init\` in new modules on upgrade is not yet supported.`,
      ctx.command,
    );
  runInit(ctx, id, module);
};

const refuseUpgrade = (ctx: PtbContext, error: Readonly<Record<string, unknown>>, description: string): never =>
  failWith({ PackageUpgradeError: { upgradeError: error } }, `Invalid package upgrade. ${description}.`, ctx.command);

/** Digest of a package's modules and dependencies, as the compiler computes it and an UpgradeTicket carries it. */
const packageDigest = (modules: readonly Uint8Array[], dependencies: readonly Address[]): string => {
  const parts = [...modules.map((module) => toHex(blake2b256(module))), ...dependencies].sort();
  return toHex(blake2b256(Buffer.from(parts.join(''), 'hex')));
};

const checkTicket = (ctx: PtbContext, command: Command & { readonly kind: 'upgrade' }, ticket: MoveValue): number => {
  const [, [named], policy, digest] = ticket as [unknown, [string], number, number[]];
  if (named !== command.package)
    refuseUpgrade(
      ctx,
      { PackageIDDoesNotMatch: { packageId: `0x${command.package}`, ticketId: `0x${named}` } },
      `Package 0x${command.package} does not match package 0x${named} of the ticket`,
    );
  const computed = packageDigest(command.modules, command.dependencies);
  if (computed !== Buffer.from(digest).toString('hex'))
    refuseUpgrade(
      ctx,
      { DigestDoesNotMatch: { digest: [...Buffer.from(computed, 'hex')] } },
      'Digest in upgrade ticket and computed digest disagree',
    );
  return policy;
};

/** Upgrade: consumes the ticket, stores the next version under an id of its own, runs `init` of new modules, returns the receipt. */
export const runUpgrade = (
  ctx: PtbContext,
  command: Command & { readonly kind: 'upgrade' },
  ticket: MoveValue,
): MoveValue[] => {
  chargePublish(ctx, command.modules);
  const policy = checkTicket(ctx, command, ticket);
  const old = ctx.packageOf(command.package) as MovePackage;
  const modules = readModules(ctx, command.modules);
  const pkg = nextVersion(ctx, old, modules, linkTo(ctx, modules, command.dependencies));
  admit(ctx, pkg, () => checkPolicy(ctx, policy, old, pkg));
  for (const { outline } of modules) if (!old.modules.has(outline.name)) initAdded(ctx, pkg.storageId, outline.name);
  return [[(ticket as MoveValue[])[0] as MoveValue, [pkg.storageId]]];
};

const nextVersion = (
  ctx: PtbContext,
  old: MovePackage,
  modules: Modules,
  linkage: MovePackage['linkage'],
): MovePackage => {
  const storageId = ctx.session.freshId();
  const origin = new Map(old.typeOrigins.map((entry) => [`${entry.module}::${entry.datatype}`, entry.package]));
  return {
    storageId,
    originalId: old.originalId,
    version: old.version + 1,
    modules: new Map(modules.map(({ bytes, outline }) => [outline.name, withAddress(bytes, outline, old.originalId)])),
    linkage,
    typeOrigins: modules.flatMap(({ outline }) =>
      outline.datatypes.map((datatype) => ({
        module: outline.name,
        datatype,
        package: origin.get(`${outline.name}::${datatype}`) ?? storageId,
      })),
    ),
  };
};

const checkPolicy = (ctx: PtbContext, policy: number, old: MovePackage, pkg: MovePackage): void => {
  if (![0, 128, 192].includes(policy))
    refuseUpgrade(ctx, { UnknownUpgradePolicy: { policy } }, `Upgrade policy ${policy} is not a valid upgrade policy`);
  const reason = isCompatible(policy, old, pkg);
  if (reason !== undefined)
    refuseUpgrade(ctx, { IncompatibleUpgrade: true }, `New package is incompatible with previous version: ${reason}`);
};
