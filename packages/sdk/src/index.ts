/** Everything: what the packages of this repository use. Published, each part is an entry point of its own. */
export * from './buyer/index.ts';
export * from './core.ts';
export * from './payments/index.ts';
export * from './wallet/index.ts';
export * from './wire/index.ts';
