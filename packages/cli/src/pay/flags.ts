import { amount, optional, text, withDefault } from '../kernel/flags.ts';

/** Flags of `pay`. */
export const payFlags = {
  url: text('address to ask', 'URL'),
  data: optional(text('JSON to send by POST; `-` reads standard input (default: GET without a body)', 'JSON')),
  most: withDefault(amount('most to pay'), 10_000_000n),
};
