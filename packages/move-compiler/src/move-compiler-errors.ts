import { defineErrors } from '@atoma/base';

/** Errors of compiling Move. */
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
  COMPILER_ABSENT: {
    message: 'The Move compiler is not installed',
    hint: 'Install it beside the program: npm install {global}{compiler}',
  },
  NO_PACKAGE: {
    message: 'There is no Move package in {directory}: {why}',
    hint: 'Name the directory that holds Move.toml and sources/.',
  },
  MANIFEST: {
    message: '{file}: {why}',
    hint: 'Correct the manifest; its form is described at https://docs.sui.io under "Manifest File Reference".',
  },
  DEPENDENCY: {
    message: 'The dependency {name} of {parent} cannot be used: {why}',
    hint: '{remedy}',
  },
  NO_TEST: { message: 'There is no {what} in {name}', hint: '{hint}' },
  FRAMEWORK: {
    message: '{directory} is not a framework: {why}',
    hint: "Name a directory with Sui's packages as directories, such as crates/sui-framework/packages of Sui's repository.",
  },
});
