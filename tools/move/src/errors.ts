import { defineErrors } from '@atoma/base';

/** Errors of the Move build tools. */
export const moveError = defineErrors('MOVE', {
  UNKNOWN_PACKAGE: {
    message: 'there is no Move package named {name}',
    hint: 'Known packages: {known}.',
  },
  MISSING_SOURCES: {
    message: 'Move package {name} has no sources in {directory}',
    hint: 'Create {directory}/sources with at least one .move file.',
  },
  USAGE: {
    message: 'cannot understand the command line: {reason}',
    hint: 'Use: test [package] [--filter TEXT] [--timeout MS], or build.',
  },
});
