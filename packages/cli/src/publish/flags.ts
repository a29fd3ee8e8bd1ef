import { choice, optional, toggle } from '../kernel/flags.ts';

/** Flags of `publish`. */
export const publishFlags = {
  upgrade: toggle('upgrade the recorded package instead of publishing anew; then run `db migrate`'),
  another: toggle('publish even if the chain already has a market'),
  verify: toggle('only check the recorded deployment against the chain'),
  faucet: optional(choice('turn the TOMA faucet on or off (default: on, but off on mainnet)', ['on', 'off'])),
  yes: toggle('do not ask before publishing'),
};
