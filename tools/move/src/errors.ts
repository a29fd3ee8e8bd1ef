import { defineErrors } from '@atoma/base';

/** Errors of the Move build tools. */
export const moveError = defineErrors('MOVE', {
  COMPILE: {
    message: 'Move package {name} does not compile:\n{output}',
    hint: 'Correct the source at the place the compiler names.',
  },
  TIMEOUT: {
    message: 'the Move {operation} of {name} did not end within {milliseconds} ms',
    hint: 'Look for an endless loop in the tests, or allow more time: timeoutMs, or --timeout on the command line.',
  },
  WORKER: {
    message: 'the Move toolchain stopped during the {operation} of {name}: {reason}',
    hint: 'This is a fault of the compiler or of a native it does not have; reduce the source to find which.',
  },
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
