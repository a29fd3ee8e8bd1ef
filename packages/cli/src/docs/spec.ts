import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { docsFlags } from './flags.ts';

/** The documentation in a browser. */
export const docsCommands = {
  docs: command({
    brief: 'Serve the documentation to a browser on this machine: pages, search, API reference, a page for each error.',
    examples: ['docs', 'docs node', 'docs CLI_PORT_TAKEN'],
    notes:
      'The installed command contains the site; in a checkout, `npm run docs:site` builds it. Ctrl-C stops the server. Without the site, the code of an error prints its page as text.',
    access: 'local',
    flags: docsFlags,
    positional: ['page'],
    output: s.shape(
      'docs',
      {
        url: s.text('Address of the page, where the site is built.'),
        error: s.record(
          {
            code: s.text('Code of the error.'),
            message: s.text('What happened; words in braces stand for what the message names.'),
            hint: s.text('What to do next.'),
            retryable: s.bool('Whether the same call may succeed later.'),
          },
          'Page of the error, where the site is not built.',
        ),
      },
      ['url', 'error'],
    ),
    load: async () => (await import('./handler.ts')).serveDocs,
  }),
};
