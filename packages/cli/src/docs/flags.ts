import { integer, optional, text, withDefault } from '../kernel/flags.ts';

/** Flags of `docs`. */
export const docsFlags = {
  page: optional(text('page such as guide or node, or the code of an error', 'PAGE')),
  port: withDefault(integer('port; 0 takes a free one', 'PORT', 0, 65_535, 'as a port'), 8790),
};
