import { integer, optional, text, withDefault } from '../kernel/flags.ts';

const common = {
  directory: withDefault(text('directory of the package', 'DIR', 'file'), '.'),
  framework: optional(
    text('directory with Sui’s framework packages; default: the subset in this program', 'DIR', 'file'),
  ),
  timeout: withDefault(integer('longest the compiler may take', 'SECONDS', 1, 86_400, 'seconds'), 240),
};
/** Flags of `move build`. */
export const buildFlags = common;
/** Flags of `move test`. */
export const testFlags = {
  ...common,
  gasLimit: withDefault(integer('most gas one test may use', 'UNITS', 1, 1_000_000_000_000, 'gas units'), 50_000_000),
  filter: optional(text('only tests whose module::function contains this', 'TEXT')),
};
/** Flags of `move publish`. */
export const publishFlags = common;
