import { text, toggle } from '../kernel/flags.ts';

/** Flags of `network use`. */
export const networkNameFlags = { name: text('name of the network', 'NAME', 'network') };
/** Flags of `network add`. */
export const networkAddFlags = {
  name: text('name for the network', 'NAME'),
  url: text('address of its gRPC endpoint', 'URL'),
  sui: toggle('add it to the Sui wallet’s environments as well'),
};
