import { command } from '../kernel/command.ts';
import { integer, optional, text, withDefault } from '../kernel/flags.ts';
import * as s from '../kernel/schema.ts';

/** Flags of `docs`. */
export const docsFlags = {
  page: optional(text('page such as guide or node, or the code of an error', 'PAGE')),
  port: withDefault(integer('port; 0 takes a free one', 'PORT', 0, 65_535, 'as a port'), 8790),
};

/** The documentation in a browser. */
export const docsCommands = {
  docs: command({
    brief: 'Serve the documentation to a browser on this machine, with search and a page for each error.',
    examples: ['docs', 'docs node', 'docs CLI_PORT_TAKEN'],
    notes: 'The site is built once by `npm run docs:site` in a checkout. Ctrl-C ends it.',
    access: 'local',
    flags: docsFlags,
    positional: ['page'],
    output: s.shape('docs', { url: s.text('Address of the page.') }),
    load: async () => (await import('./serve.ts')).serveDocs,
  }),
};
