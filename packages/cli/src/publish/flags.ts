import { choice, optional, toggle } from '../kernel/flags.ts';

/** Flags of `publish`. */
export const publishFlags = {
  upgrade: toggle('upgrade the recorded package instead of publishing anew; then run `db migrate`'),
  another: toggle('publish although the chain has a market already'),
  verify: toggle('only check the recorded deployment against the chain'),
  faucet: optional(choice('whether the TOMA faucet is turned on (default: on, but not on mainnet)', ['on', 'off'])),
  yes: toggle('do not ask before publishing'),
};
