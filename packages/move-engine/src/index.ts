export { type CanonicalDatatype, type CanonicalFunction, type CanonicalModule, canonicalModule } from './canonical.ts';
export { engineError } from './errors.ts';
export { featureFlags } from './feature-flags.ts';
export { systemPackages } from './params.ts';
export type * from './types.ts';
export { createMoveVm } from './vm.ts';
