export { engineError } from './errors.ts';
export type * from './types.ts';
export { createMoveVm } from './vm.ts';
