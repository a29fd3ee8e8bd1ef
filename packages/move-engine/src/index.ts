export { type CanonicalDatatype, type CanonicalFunction, type CanonicalModule, canonicalModule } from './canonical.ts';
export { featureFlags } from './feature-flags.ts';
export { engineError } from './move-engine-errors.ts';
export { systemPackages } from './params.ts';
export type * from './types.ts';
export { createMoveVm } from './vm.ts';
